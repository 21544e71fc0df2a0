"""Draw the pictures of the pages.

python docs/pictures/draw.py            write the SVG files beside this script
python docs/pictures/draw.py --check    exit code 1 where a file is not what is drawn
"""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

from svg import WIDTH, Picture  # noqa: E402 - only now can it be found

Message = tuple[int, int, str]  # from a lane to a lane; the same twice: what a part does by itself


def parts() -> Picture:
    """Draw the parts, and what goes between them."""
    left, middle, right, wide = 20, 265, 510, 190
    drawn = Picture(
        "The parts of omamori",
        "A Pod with annotations goes to the API server, which asks the webhook. The kubelet starts the agent in the "
        "Pod, which logs in to Vault and leaves files in memory for the application. Access files become policies.",
        506,
    )
    drawn.box(left, 24, wide, 62, ("your Pod", "with annotations"))
    drawn.box(middle, 24, wide, 62, ("API server",))
    drawn.box(right, 24, wide, 62, ("webhook", "decides; has no secret"), "ours")
    drawn.arrow(((left + wide, 55), (middle, 55)))
    drawn.arrow(((middle + wide, 55), (right, 55)), both=True)
    drawn.say("create", 237.5, 46)
    drawn.say("patch", 482.5, 46)

    drawn.box(left, 146, wide, 62, ("omamori doctor", "says what is wrong"), "ours")
    drawn.box(middle, 146, wide, 62, ("kubelet",))
    drawn.box(right, 146, wide, 62, ("controller", "renews the certificate"), "ours")
    drawn.arrow(((115, 146), (115, 116), (300, 116), (300, 86)), thin=True)
    drawn.arrow(((360, 86), (360, 146)))
    drawn.say("Pod and Plan", 368, 121, "start")
    drawn.arrow(((605, 146), (605, 86)))

    drawn.frame(left, 252, 435, 124, "the Pod")
    drawn.box(left + 20, 290, 140, 62, ("application",))
    drawn.box(middle, 290, 170, 62, ("agent", "has its own token"), "ours")
    drawn.arrow(((middle, 321), (left + 160, 321)))
    drawn.say("files", 222.5, 312)
    drawn.say("in memory", 222.5, 341)
    drawn.arrow(((360, 208), (360, 290)))
    drawn.say("starts", 368, 240, "start")

    drawn.box(right, 290, wide, 62, ("Vault or OpenBao",))
    drawn.arrow(((middle + 170, 321), (right, 321)))
    drawn.say("log in,", 483, 290)
    drawn.say("read", 483, 308)
    drawn.box(left, 420, wide, 62, ("access files", "in Git, reviewed"))
    drawn.box(middle, 420, wide, 62, ("omamori policy", "plan, apply, drift"), "ours")
    drawn.arrow(((left + wide, 451), (middle, 451)))
    drawn.arrow(((middle + wide, 451), (605, 451), (605, 352)))
    drawn.say("policies and roles", 596, 404, "end")
    return drawn


def access() -> Picture:
    """Draw what the commands on access files do."""
    left, middle, right, wide = 20, 265, 510, 190
    drawn = Picture(
        "Access files",
        "omamori policy plan shows what would change, apply writes policies and then roles to Vault, import writes "
        "files from what Vault has, drift compares both; test, explain and render need no Vault.",
        300,
    )
    drawn.box(left, 118, wide, 62, ("access files", "in Git, reviewed"))
    drawn.box(middle, 24, wide, 62, ("plan", "what would change"), "ours")
    drawn.box(middle, 118, wide, 62, ("drift", "compares both"), "ours")
    drawn.box(middle, 212, wide, 62, ("test, explain,", "render: without a Vault"), "ours")
    drawn.box(right, 118, wide, 62, ("Vault", "policies, then roles"))
    drawn.arrow(((115, 118), (115, 55), (middle, 55)))
    drawn.arrow(((middle + wide, 55), (605, 55), (605, 118)))
    drawn.say("apply", 530, 46)
    drawn.arrow(((left + wide, 149), (middle, 149)))
    drawn.arrow(((right, 149), (middle + wide, 149)))
    drawn.arrow(((115, 180), (115, 243), (middle, 243)))
    drawn.arrow(((640, 180), (640, 288), (60, 288), (60, 180)), thin=True)
    drawn.say("import", 560, 280)
    return drawn


def dynamodb() -> Picture:
    """Draw Vault on DynamoDB."""
    left, middle, right, wide = 20, 265, 510, 190
    drawn = Picture(
        "Vault on DynamoDB",
        "Pods reach the active Vault by the Service vault. It keeps its data and its lock in a DynamoDB table; the "
        "standbys watch the lock and pass requests on. All are unsealed by a KMS key.",
        356,
    )
    drawn.box(left, 24, wide, 62, ("Pods",))
    drawn.box(middle, 24, wide, 62, ("Service vault", "label vault-active"))
    drawn.box(right, 24, wide, 62, ("API server", "reviews Pods' tokens"))
    drawn.arrow(((left + wide, 55), (middle, 55)))
    drawn.say("https", 237.5, 46)
    drawn.frame(left, 124, 435, 108, "namespace vault")
    drawn.box(left + 20, 154, 150, 62, ("vault-1, vault-2", "standbys"))
    drawn.box(middle, 154, 170, 62, ("vault-0", "active"))
    drawn.arrow(((left + 170, 185), (middle, 185)))
    drawn.say("pass on", 227.5, 176)
    drawn.arrow(((340, 86), (340, 154)))
    drawn.arrow(((400, 154), (400, 106), (605, 106), (605, 86)))
    drawn.box(right, 154, wide, 62, ("DynamoDB", "table, with the lock"))
    drawn.arrow(((middle + 170, 185), (right, 185)))
    drawn.say("data,", 483, 158)
    drawn.say("lock", 483, 176)
    drawn.arrow(((80, 216), (80, 250), (560, 250), (560, 216)), thin=True)
    drawn.say("watch the lock", 512, 243)
    drawn.box(middle, 278, 170, 54, ("KMS key",))
    drawn.arrow(((350, 216), (350, 278)))
    drawn.arrow(((120, 216), (120, 305), (middle, 305)))
    drawn.say("unseal, at start", 190, 297)
    return drawn


def sequence(
    title: str, description: str, lanes: tuple[tuple[str, bool], ...], messages: tuple[Message, ...]
) -> Picture:
    """Draw who says what to whom, one after the other; a lane has a name, and whether it is ours."""
    step, top, box = 43, 72, 106
    bottom = top + step * len(messages) + 22
    drawn = Picture(title, description, bottom + 14)
    places = [WIDTH / len(lanes) * (number + 0.5) for number in range(len(lanes))]
    for (name, is_ours), x in zip(lanes, places, strict=True):
        drawn.lane(x, 58, bottom)
        drawn.box(x - box / 2, 18, box, 40, (name,), "ours" if is_ours else "box")
    for number, (first, last, text) in enumerate(messages):
        y = top + step * (number + 0.8)
        if first == last:
            anchor, x = ("end", places[first] - 8) if first == len(lanes) - 1 else ("start", places[first] + 8)
            drawn.say(f"{number + 1}. {text}", x, y, anchor)
        else:
            drawn.arrow(((places[first], y), (places[last], y)))
            drawn.say(f"{number + 1}. {text}", (places[first] + places[last]) / 2, y - 7)
    return drawn


def start() -> Picture:
    """Draw the start of one Pod in mode init."""
    return sequence(
        "The start of one Pod",
        "The webhook adds the agent to the Pod. The agent logs in to Vault as the Pod's ServiceAccount, reads, revokes "
        "its token, writes all files at once and ends. Then the application starts.",
        (
            ("API server", False),
            ("webhook", True),
            ("kubelet", False),
            ("agent", True),
            ("Vault", False),
            ("application", False),
        ),
        (
            (0, 1, "your Pod"),
            (1, 0, "patch: agent, Plan"),
            (0, 2, "the Pod; the Plan names paths, no secret"),
            (2, 3, "starts it first"),
            (3, 4, "log in as the Pod"),
            (3, 4, "read each path"),
            (3, 4, "revoke the token"),
            (3, 3, "all files at once, in memory"),
            (3, 2, "ends"),
            (2, 5, "starts"),
            (5, 5, "reads /vault/secrets"),
        ),
    )


def rotation() -> Picture:
    """Draw how a new version reaches an application in mode sidecar."""
    return sequence(
        "A rotation",
        "In mode sidecar the agent looks at the secret's metadata every minute. A new version is read and published by "
        "one rename; then the application gets a signal, or opens the file again. While Vault is away the files stay.",
        (("you", False), ("Vault", False), ("agent", True), ("files", False), ("application", False)),
        (
            (2, 1, "each minute: which version?"),
            (0, 1, "a new version"),
            (2, 1, "which version? another"),
            (2, 1, "read it"),
            (2, 3, "one rename: all new"),
            (2, 4, "a signal, if you like"),
            (4, 3, "opens the file again"),
            (2, 2, "Vault is away: the files stay"),
        ),
    )


PICTURES = {"parts": parts, "start": start, "rotation": rotation, "access": access, "dynamodb": dynamodb}


def main() -> int:
    """Write the files, or compare them."""
    drawn = {FOLDER / f"{name}.svg": draw().svg() for name, draw in PICTURES.items()}
    if "--check" in sys.argv[1:]:
        return 0 if all(file.is_file() and file.read_text() == text for file, text in drawn.items()) else 1
    for file, text in drawn.items():
        file.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
