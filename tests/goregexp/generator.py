"""Generated patterns, with a text that they are likely to match in part, and a replacement. A seed gives a case."""

from __future__ import annotations

from random import Random

from tests.support.vault.goregexps import Case

# letters with three cases, without any, of each width in UTF-8
LETTERS = [*"aabbcABks0_ \n-éÉ", "\u03c3", "\u03c2", "\u212a", "\u017f", "日", "🔒"]
CLASSES = {
    r"\d": "0", r"\D": "a", r"\w": "a", r"\W": "-", r"\s": " ", r"\S": "b", ".": "a", "[[:alpha:]]": "b",
    "[[:^alpha:]]": "0", "[[:word:][:punct:]]": "-", "[[:space:]]": "\v", "[[:upper:]]": "A", "[[:^upper:]x]": "a",
}  # fmt: skip
ESCAPES = {
    r"\n": "\n", r"\t": "\t", r"\x61": "a", r"\x{e9}": "é", r"\141": "a", r"\.": ".", r"\*": "*", r"\\": "\\",
    r"\Qa.b\E": "a.b", r"\Q(\E": "(", r"\x{1F512}": "🔒", r"\0": "\0", r"\-": "-", r"\x{FFFD}": "\ufffd",
    r"\x{D800}": "a", "\ufffd": "\ufffd",
}  # fmt: skip
PLACES = ("^", "$", r"\A", r"\z", r"\b", r"\B", "(?m:^)", "(?m:$)", "(?-m)", "")
REPETITIONS = "* + ? *? +? ?? {2} {1,2} {0,3} {1,} {2,}? {0} {,2} {1,3}? {0,1}".split()  # noqa: SIM905 - in one line
FLAGS = ("i", "m", "s", "U", "i", "is", "im-s", "-i", "-U", "s-im", "")
GROUPS = ("(", "(", "(", "(?:", "(?:", "(?P<n>", "(?<m>", "(?i:", "(?U:", "(?s-i:", "(?m:", "(?P<x_1>", "(?P<n>")
NOISE = r"""
    ( ) [ ] { } * + ? | \ ^ $ . - (? (?P< > < [^ [[: :] \Q \E \x \x{ \8 \1 \C \G \Z é \pN {1001} {2,1} {1000}
    {9999999999} {1,9999999999} (?i (?< ** +* [a- [b-a] (?P<a-b> (?= (?! (?# \z* ^* (?i)* []a] [^]a] [a-] [-a]
    [a-b-c] (?P=n) (?'n'a) [[:foo:]] [[:word:] (?-) (?i-) (?z)
""".split()  # noqa: SIM905 - as above
REPLACEMENTS = r"""
    x <$0> $1 ${1}$2 $n ${n}-${m} $$1 $ $x_1 $10 $1x ${1 ${} $é a$ ${x_1}$9 $01 ${00} $- $999999999999
""".split()  # noqa: SIM905 - as above


def generate(seed: int) -> Case:
    """Return the case of a seed."""
    return _Generator(Random(seed)).case()


class _Generator:
    def __init__(self, random: Random) -> None:
        self.random = random
        # few letters, so that what is generated meets itself
        self.letters = random.sample(LETTERS, random.randint(2, 5))

    def case(self) -> Case:
        random = self.random
        pattern, sample = self.alternation(random.randint(1, 4))
        if random.random() < 0.15:
            pattern = f"(?{random.choice(FLAGS)}){pattern}"
        data = pattern.encode()
        if random.random() < 0.25:
            data = self.damaged(data)
        pieces = [self.text(), sample, self.text()]
        if random.random() < 0.5:
            pieces += [self.alternation(1)[1], sample, self.text()]
        text = "".join(pieces).encode()
        if random.random() < 0.1:
            at = random.randint(0, len(text))
            text = text[:at] + random.choice((b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xe6\x97", b"\x80")) + text[at:]
        if random.random() < 0.05:
            text *= random.randint(2, 30)
        most = random.choice((-1, -1, -1, 0, 1, 2, 3, 5))
        return Case(data, text, random.choice(["", *REPLACEMENTS]).encode(), most)

    def damaged(self, pattern: bytes) -> bytes:
        """Return a pattern that is probably none."""
        random = self.random
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            at = random.randint(0, len(pattern))
            kind = random.random()
            if kind < 0.6:
                pattern = pattern[:at] + random.choice(NOISE).encode() + pattern[at:]
            elif kind < 0.9:
                pattern = pattern[:at] + pattern[at + random.randint(1, 2) :]
            else:
                pattern = pattern[:at] + bytes([random.randrange(256)]) + pattern[at:]
        return pattern

    def text(self) -> str:
        return "".join(self.random.choices(self.letters, k=self.random.choice((0, 0, 1, 2, 3, 6))))

    def alternation(self, depth: int) -> tuple[str, str]:
        count = self.random.choice((1, 1, 1, 2, 2, 3))
        branches = [self.sequence(depth) for _ in range(count)]
        return "|".join(pattern for pattern, _ in branches), self.random.choice(branches)[1]

    def sequence(self, depth: int) -> tuple[str, str]:
        parts = [self.repeated(depth) for _ in range(self.random.choice((0, 1, 1, 2, 2, 3, 4)))]
        return "".join(pattern for pattern, _ in parts), "".join(sample for _, sample in parts)

    def repeated(self, depth: int) -> tuple[str, str]:
        pattern, sample = self.atom(depth)
        if self.random.random() < 0.35:
            return pattern + self.random.choice(REPETITIONS), sample * self.random.choice((0, 1, 1, 2, 3))
        return pattern, sample

    def atom(self, depth: int) -> tuple[str, str]:
        random = self.random
        kind = random.random()
        if depth > 0 and kind < 0.35:
            pattern, sample = self.alternation(depth - 1)
            return f"{random.choice(GROUPS)}{pattern})", sample
        if kind < 0.42:
            return random.choice(PLACES), ""
        if kind < 0.52:
            return random.choice(list(CLASSES.items()))
        if kind < 0.58:
            return random.choice(list(ESCAPES.items()))
        if kind < 0.72:
            return self.bracketed()
        if kind < 0.75:
            return f"(?{random.choice(FLAGS)})", ""
        letter = random.choice(self.letters)
        return letter, letter

    def bracketed(self) -> tuple[str, str]:
        random = self.random
        members = []
        for _ in range(random.randint(1, 3)):
            first, last = sorted(random.choices(self.letters, k=2))
            members.append(
                random.choice(
                    (first, first, f"{first}-{last}", r"\d", r"\W", "[:lower:]", "[:^digit:]", r"\x{3b1}-\x{3c9}")
                )
            )
        return f"[{random.choice(('', '', '^'))}{''.join(members)}]", random.choice(self.letters)
