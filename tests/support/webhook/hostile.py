"""Reviews made to be slow, to be remembered, or to get a long answer: hand-made maxima for every part of a decision.

Each is at most 3 MiB, so a direct caller can send it; many reach the webhook through the API server by dry run, before
anything is validated.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from tests.support.webhook.builders import pod, review

MOST_BYTES = 3 * 1024 * 1024
KINDS = 6
ASKING = {"file.omamori.dev/a": "s/d#k"}


def reviews() -> Iterator[tuple[str, bytes]]:
    """Give each with its name. What is above 3 MiB would be refused by its length, so it is an error here."""
    for name, raw in pods():
        body = review(raw)
        assert len(body) <= MOST_BYTES, (name, len(body))
        yield name, body
    for name, body in _bodies():
        assert len(body) <= MOST_BYTES, (name, len(body))
        yield name, body


def ordinary(size: int = MOST_BYTES) -> bytes:
    """A review as ordinary as one of 3 MiB can be: containers with two dozen variables, probes, resources, a mount."""
    probe = {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 10, "timeoutSeconds": 1}
    container = {
        "image": "registry.example.com/shop/checkout:1.4.2",
        "env": [{"name": f"SETTING_{number}", "value": "x" * 40} for number in range(24)],
        "livenessProbe": probe,
        "readinessProbe": probe,
        "resources": {"limits": {"cpu": "1", "memory": "128Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "volumeMounts": [{"name": "token", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
    }
    empty, one = (len(review(_pod(ASKING, _named(count, **container)))) for count in (1, 2))
    return review(_pod(ASKING, _named((size - empty) // (one - empty + 4), **container)))


def _pod(annotations: dict[str, str], containers: list[dict[str, Any]] | None = None, **spec: Any) -> dict[str, Any]:
    return pod(annotations, **({"containers": containers} if containers is not None else {}), **spec)


def _named(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"name": f"c{number}", "image": "i", **more} for number in range(count)]


def _files(count: int, value: str) -> dict[str, str]:
    return {f"file.omamori.dev/f{number}": value.format(number=number) for number in range(count)}


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the Pods among them, each with its name."""
    mounted = [{"name": "v", "mountPath": "/a"}]
    yield (
        "300 files, 300 containers, a mount in the way",
        _pod(_files(300, "s/d#k dir=/a/{number}"), _named(300, volumeMounts=mounted)),
    )
    yield "120 files, 3000 containers", _pod(_files(120, "s/d#k dir=/a/{number}"), _named(3000, volumeMounts=mounted))
    yield "500 files, 500 containers", _pod(_files(500, "s/d#k dir=/a/{number}"), _named(500, volumeMounts=mounted))
    yield "11,000 annotations of ours", _pod(_files(11_000, "s/d"))
    yield "500 annotations, all wrong", _pod(_files(500, "s/d#k " + "x " * 7))
    yield "4,000 unknown options", _pod({"file.omamori.dev/a": "s/d#k " + "a=1 " * 3_900})
    yield "options of 250 KiB without blanks", _pod({"file.omamori.dev/a": "s/d#k as=" + "a" * 250_000})
    yield "a path of 80,000 escapes", _pod({"file.omamori.dev/a": "%41" * 80_000})
    yield "a path of 120,000 folders", _pod({"file.omamori.dev/a": "a/" * 120_000 + "b#k"})
    yield "40 paths of 1,000 folders", _pod(_files(120, "a/" * 1_000 + "b{number}#k"))
    yield "a name of 120,000 folders", _pod({"file.omamori.dev/a": "s/d#k as=" + "a/" * 120_000 + "b"})
    deep = "/a" * 14
    nested = _files(500, f"s/d#k dir={deep}/{{number}}/x as=" + "b/" * 14 + "c")
    yield "500 deep names in two containers", _pod(nested, _named(2))
    long_names = _files(500, "s/d#" + "k" * 120 + " dir=/a/{number}/" + "d" * 90)
    yield "500 long names in two containers", _pod(long_names, _named(2))
    apart = {
        f"file.omamori.dev/f{number}": f"s/{number}#k dir=/d/{number} containers=c{number},c{number + 1}"
        for number in range(499)
    }
    yield "499 files, each in two of 500 containers, apart", _pod(apart, _named(500))
    variables = {
        f"env.omamori.dev/V{number}": f"s/{number}#k containers=c{number},c{number + 1}" for number in range(499)
    }
    yield "499 variables, each in two of 500 containers", _pod(variables, _named(500))
    launched = {**variables, "omamori.dev/env-delivery": "exec"}
    yield "499 launched variables in 500 containers", _pod(launched, _named(500, command=["x"]))
    yield (
        "the same with 4,000 references in each of 100 containers",
        _pod(
            {**launched, "omamori.dev/containers": "c0"},
            _named(500, command=["x"])[:400]
            + [{"name": f"c{n}", "command": ["$(V1)" * 3_900]} for n in range(400, 500)],
        ),
    )
    yield from _referring()
    yield from _sets()
    paths = [{"name": "v", "mountPath": f"/{number}/./" + "x//" * 80} for number in range(20)]
    yield "10,000 mounts that are not normal", _pod(ASKING, _named(480, volumeMounts=paths))
    yield (
        "9,900 mounts inside one directory",
        _pod(
            _files(2, "s/d#k dir=/a/{number}"),
            _named(99, volumeMounts=[{"name": "v", "mountPath": f"/b/{n}"} for n in range(100)]),
        ),
    )
    yield (
        "9,900 long variables",
        _pod(
            {"env.omamori.dev/A": "s/d#k"},
            _named(1, env=[{"name": f"{n}" + "N" * 240, "value": "x"} for n in range(9_900)]),
        ),
    )
    yield "40,000 variables", _pod({"env.omamori.dev/A": "s/d#k"}, _named(1, env=[{"name": "N"}] * 40_000))
    yield "40,000 containers", _pod(ASKING, [{"name": "c"}] * 40_000)
    yield (
        "10,000 volumes of reserved names",
        _pod(ASKING, volumes=[{"name": f"omamori-files-{number}"} for number in range(9_999)]),
    )
    yield (
        "500 containers with names of 6 KB",
        _pod(_files(2, "s/d#k dir=/a"), [{"name": f"{n}" + "c" * 6_000, "volumeMounts": mounted} for n in range(490)]),
    )
    yield "500 containers without a name, 100 files", _pod(_files(2, "s/d#k"), [{"image": "i"}] * 500)
    yield "a call that writes 250 KiB", _pod({"file.omamori.dev/a": "pki/issue/x#c data.a=" + "a" * 250_000})
    yield "the same with escapes", _pod({"file.omamori.dev/a": 'pki/issue/x#c data.a="' + "\\u0024" * 40_000 + '"'})
    yield from _templates()
    yield "500 warnings", _pod(_files(500, "database/creds/{number}#k mode=0400"), _named(2))
    yield "99,000 annotations of others", _pod({**ASKING, **{f"a{number}": "" for number in range(98_000)}})
    yield "one annotation of others with 2.9 MiB", _pod({**ASKING, "x" * 1_450_000: "y" * 1_450_000})
    yield "a command of 95,000 words", _pod(ASKING, [{"name": "app", "command": ["w"] * 95_000}])
    yield "a second call with 1,000 variables of ours", _injected_before(5_000)
    yield (
        "48,000 affinity expressions",
        _pod(
            ASKING,
            affinity={
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [{"matchExpressions": [{"key": "kubernetes.io/os"}]}] * 16_000
                    }
                }
            },
        ),
    )
    yield (
        "250 KiB of containers= names",
        _pod({"file.omamori.dev/a": "s/d#k containers=" + ",".join(f"c{number}" for number in range(3_900))}),
    )
    yield "a position of 250 KiB", _pod({**ASKING, "omamori.dev/position": "before:" + "a" * 250_000})
    yield "resources of 250 KiB", _pod({**ASKING, "omamori.dev/resources": "cpu=" + "9" * 250_000})
    yield "a user of 250 KiB of digits", _pod({**ASKING, "omamori.dev/run-as-user": "0" * 240_000 + "1"})
    yield (
        "a Pod with 99,000 resources",
        _pod(ASKING, resources={"limits": {f"r{number}": "1" for number in range(98_000)}}),
    )


def _templates() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "a template of 120 KiB of blanks", _pod({"template.omamori.dev/a": "[[" + " \n," * 40_000})
    yield "a template of 120 KiB of dollars", _pod({"template.omamori.dev/a": "[[" + "$" * 120_000})
    yield "a template of 250 KiB", _pod({"template.omamori.dev/a": "[[" + "x" * 250_000})
    yield "250 KiB that are nearly a volume's file", _pod({"template.omamori.dev/a": "volume:v/" + "a/" * 60_000})
    apart = {f"template-options.omamori.dev/t{number}": f"containers=c{number},all" for number in range(10)}
    texts = {f"template.omamori.dev/t{number}": "[[" + "$" * 24_000 for number in range(10)}
    yield "templates of 240 KiB in 20 groups of containers", _pod({**apart, **texts}, [*_named(10), {"name": "all"}])
    mounted = {f"template.omamori.dev/t{number}": f"volume:v{number}/a" for number in range(490)}
    volumes = [{"name": f"v{number}", "configMap": {"name": "x"}} for number in range(9_000)]
    yield "490 templates in 490 of 9,000 volumes", _pod(mounted, volumes=volumes)
    sources = [{"configMap": {"name": "x"}}] * 30_000
    yield (
        "a template in a volume of 30,000 sources",
        _pod({"template.omamori.dev/t": "volume:v/a"}, volumes=[{"name": "v", "projected": {"sources": sources}}]),
    )


def _referring() -> Iterator[tuple[str, dict[str, Any]]]:
    alone = {"env.omamori.dev/A": "s/d#k containers=app", "omamori.dev/env-delivery": "exec"}
    others: list[dict[str, Any]] = [{"name": f"c{number}", "command": ["$()" * 2_000]} for number in range(480)]
    yield (
        "a million references in containers that are not served",
        _pod(alone, [{"name": "app", "command": ["x"]}, *others]),
    )
    yield "19,000 references in one container", _pod(alone, [{"name": "app", "command": ["$(A)" * 19_000]}])
    yield "1.4 million escapes of references", _pod(alone, [{"name": "app", "command": ["$$" * 1_400_000 + "$(A)"]}])
    yield (
        "half a million unclosed references",
        _pod(
            {"env.omamori.dev/A": "s/d#k", "omamori.dev/env-delivery": "exec"},
            [{"name": "app", "command": ["$(" * 500_000, "$$(" * 500_000]}],
        ),
    )


def _sets() -> Iterator[tuple[str, dict[str, Any]]]:
    """Secrets of which each key is a variable, and all that their names are compared with."""
    exec_ = {"omamori.dev/env-delivery": "exec"}
    many = {f"envfrom.omamori.dev/s{n}": f"s/{n} prefix=P{n}_ upper=true" for n in range(50)}
    apart = [{"name": "app", "command": [f"$(N{n}_{'n' * 100})" for n in range(19_000)]}]
    yield "50 sets and 19,000 references that they do not give", _pod({**many, **exec_}, apart)
    given = [{"name": "app", "command": [f"$(P49_{n})" for n in range(1_000)]}]
    yield "50 sets and 1,000 references that the last one gives", _pod({**many, **exec_}, given)
    more = [{"name": "app", "command": [f"$(P49_{n})" for n in range(19_000)]}]
    yield "50 sets and 19,000 references that the last one gives", _pod({**many, **exec_}, more)
    declared = [{"name": "app", "command": ["x"], "env": [{"name": f"P49_{n}", "value": "$(Q)"} for n in range(9_900)]}]
    yield "50 sets and 9,900 names that the last one gives", _pod({**many, **exec_}, declared)
    keys = ",".join(f"k{n}" for n in range(3_900))
    renames = ",".join(f"k{n}:K{n}" for n in range(1_900))
    referring = [{"name": "app", "command": [f"$(K{n})" for n in range(19_000)]}]
    for what in (f"keys={keys}", f"rename={renames}", f"keys={keys[: len(renames) // 2]} prefix=P"):
        yield f"a set with {what[:5]} of many keys", _pod({"envfrom.omamori.dev/a": f"s/a {what}", **exec_}, referring)
    everywhere = {f"envfrom.omamori.dev/s{n}": f"s/{n} keys=a,b rename=a:A{n}" for n in range(2)}
    yield "two sets in 500 containers", _pod({**everywhere, **exec_}, _named(500, command=["$(A1)$(X)"]))
    paired = {f"envfrom.omamori.dev/s{n}": f"s/{n} keys={keys[:400]}" for n in range(40)}
    yield "40 sets of 90 keys in two containers", _pod({**paired, **exec_}, _named(2, command=["x"]))


def _injected_before(count: int) -> dict[str, Any]:
    """A Pod that looks as if we had been there, with variables of ours that are not the ones we would write."""
    ours = [
        {"name": f"O{number}", "valueFrom": {"fileKeyRef": {"volumeName": "omamori-env", "path": "c0", "key": "x"}}}
        for number in range(count)
    ]
    raw = _pod({f"env.omamori.dev/V{number}": f"s/{number}#k" for number in range(490)}, _named(2, env=ours))
    raw["spec"]["initContainers"] = [{"name": "omamori-init", "env": [{"name": "OMAMORI_PLAN", "value": "{}"}]}]
    return raw


def _bodies() -> Iterator[tuple[str, bytes]]:
    start = review(_pod(ASKING))[:-1]
    yield "1.5 million numbers", start + b',"x":[' + b"0," * 1_500_000 + b"0]}"
    yield "3 MiB of brackets", b"[" * MOST_BYTES
    yield "1 million empty objects", start + b',"x":[' + b"{}," * 1_000_000 + b"0]}"
    yield "49,000 objects of one member", start + b',"x":[' + b'{"a":"b"},' * 49_000 + b"0]}"
    yield "99,000 numbers of 30 digits", start + b',"x":[' + b"1.1234567890123456789012345678," * 98_000 + b"0]}"
    yield "3 MiB of escapes", start + b',"x":"' + b"\\u0041" * 520_000 + b'"}'
    yield "3 MiB of one digit's escapes", start + b',"x":"' + b"\\n" * 1_560_000 + b'"}'
    yield "1,000 deep", start + b',"x":' + b"[" * 1_000 + b"]" * 1_000 + b"}"


def distinct(seed: int, least: int, most: int) -> bytes:
    """A review that no other is equal to, allowed, and of a size between the two."""
    chance = random.Random(seed)
    size = chance.randrange(least, most)
    kind = seed % KINDS
    small = {"file.omamori.dev/a": f"s/{seed}#k"}
    if kind == 3:
        mounts = [{"name": "v", "mountPath": f"/m{n}/" + "x" * min(250, size // 40)} for n in range(size // 320)]
        return review(_pod(small, [{"name": "app", "image": "i", "volumeMounts": mounts[:9_000]}]))
    if kind == 4:
        named = [{"name": f"{n}_" + "N" * min(250, size // 40)} for n in range(size // 290)]
        return review(_pod({"env.omamori.dev/A": f"s/{seed}#k"}, [{"name": "app", "image": "i", "env": named[:9_000]}]))
    if kind == 5:
        long = _pod(small, [{"name": f"c{n}" + "c" * (size // 4), "image": "i"} for n in range(3)])
        return review(long, namespace="n" * (size // 5))
    if kind == 0:
        data = min(size, 240_000)
        annotations = {"file.omamori.dev/a": f"pki/issue/x#c data.a={seed:09d}" + "a" * data}
    elif kind == 1:
        annotations = {f"file.omamori.dev/f{n}": f"s/{seed}/{n}#k" for n in range(min(size // 400, 450))}
    else:
        annotations = {f"env.omamori.dev/V{n}": f"s/{seed}/{n}#k" for n in range(min(size // 400, 450))}
    used = sum(len(name) + len(text) + 8 for name, text in annotations.items())
    variables = [{"name": f"S{n}", "value": "x" * 1_000} for n in range(max(0, size - used) // 1_050)]
    return review(_pod(annotations, [{"name": "app", "image": "i", "env": variables}]))
