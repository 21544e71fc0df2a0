"""Generated templates: statements, spaces and delimiters around expressions, and text that is slightly wrong."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.gotemplate.dense import dense
from tests.gotemplate.expressions import Expressions
from tests.gotemplate.generated_data import a_map, dump, value
from tests.support.vault.gotemplates import Case

DELIMITERS = (("[[", "]]"), ("<%", "%>"), ("{%", "%}"), ("((", "))"), ("{{{", "}}}"), ("é", "ü"), ("{", "}"))
TEXTS = (
    "", "x", " ", "\n", "key=", "  \n\t", "}}", "{ ", "{ { ", "é🔒", ":\n- ", "# c\n", '"', "'", "\r\n", "text ",
    "-}}", "/* */", "\u00a0", "{{`{{`}}",
)  # fmt: skip
DENSE = 0.35  # the part of templates that try one thing only
MUTATIONS = "{}()|.$\"'`:=-,/* \n\t0aé\x00\\%!#"


def generate(seed: int) -> Case:
    """Return the template of a seed; the same in each run."""
    random = Random(seed)
    if random.random() < DENSE:
        return dense(random)
    return _Generator(random).case()


class _Generator:
    """Makes one template."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._left, self._right = "{{", "}}"
        self._defined: list[str] = []
        self._loops = 0
        self._count = 0
        self._made = 0

    def case(self) -> Case:
        random = self._random
        data: Any = a_map(random, 3) if random.random() < 0.95 else value(random, 2)
        if random.random() < 0.08:
            self._left, self._right = random.choice(DELIMITERS)
        self._expressions = Expressions(random, data)
        text = "".join(self._definition() for _ in range(random.choice((0, 0, 0, 1, 2))))
        text += self._list(random.choice((1, 2, 2, 3)))
        if random.random() < 0.12:
            text = self._mutated(text)
        missingkey = random.choice(("default", "default", "zero", "error"))
        if self._left == "{{" and random.random() < 0.5:
            return Case(text.encode(), dump(data), missingkey=missingkey)
        return Case(text.encode(), dump(data), self._left, self._right, missingkey)

    def _mutated(self, text: str) -> str:
        """Change a few characters."""
        random = self._random
        for _ in range(random.choice((1, 1, 2, 3))):
            at = random.randrange(len(text) + 1)
            end = min(at + random.choice((0, 0, 1, 1, 2, 5)), len(text))
            text = text[:at] + "".join(random.choices(MUTATIONS, k=random.choice((0, 1, 1, 2)))) + text[end:]
        return text

    def _action(self, content: str) -> str:
        """Put delimiters around something, with or without spaces and trim markers."""
        random = self._random
        left, right = random.choice(("", " ", " ", "- ", "\n")), random.choice(("", " ", " ", " -", "\n"))
        if (left == "" and content[:1] in "-/") or (self._left[-1] in "({" and content[:1] == self._left[-1]):
            left = " "
        if self._right[0] in ")}":
            right = right or " "
        return f"{self._left}{left}{content}{right}{self._right}"

    def _list(self, depth: int) -> str:
        """Return some statements; variables that they declare are known until their end."""
        known = len(self._expressions.variables)
        text = ""
        for _ in range(self._random.choice((1, 2, 2, 3))):
            text += self._text() + self._statement(depth)
        text += self._text()
        del self._expressions.variables[known:]
        return text

    def _text(self) -> str:
        text = self._random.choice(TEXTS)
        return "" if self._left in text and self._left != "{{" else text

    def _statement(self, depth: int) -> str:
        random = self._random
        self._made += 1
        makers = [self._print, self._print, self._print, self._assignment, self._comment, self._call]
        if depth > 0 and self._made < 25:
            makers += [self._if, self._with, self._range, self._range]
            if random.random() < 0.3:
                makers.append(self._block)
        if self._loops:
            makers.append(self._leave)
        maker = random.choice(makers)
        return maker(depth - 1)

    def _any_pipeline(self) -> str:
        kind = self._random.choice(("string", "string", "int", "float", "bool", "list", "map", "number"))
        return self._expressions.pipeline(kind, self._random.choice((0, 1, 1, 2)))

    def _print(self, _depth: int) -> str:
        return self._action(self._any_pipeline())

    def _comment(self, _depth: int) -> str:
        random = self._random
        left, right = random.choice(("", "- ")), random.choice(("", " -"))
        return f"{self._left}{left}/*{random.choice(('', ' c ', self._left, '**', chr(10)))}*/{right}{self._right}"

    def _assignment(self, _depth: int) -> str:
        random, variables = self._random, self._expressions.variables
        if variables and random.random() < 0.3:
            name, known = random.choice(variables)
            kind = random.choice(("string", "int", "bool")) if not isinstance(known, str) else "string"
            return self._action(f"{name} = {self._expressions.pipeline(kind, 1)}")
        self._count += 1
        name = random.choice((f"$v{self._count}", f"$v{self._count}", "$x", "$é"))
        paths = [each for kind in self._expressions.paths.values() for each in kind]
        if paths and random.random() < 0.5:
            path, known = random.choice(paths)
            text = self._action(f"{name}{random.choice((' := ', ':='))}{path}")
            variables.append((name, known))
            return text
        text = self._action(f"{name} := {self._expressions.pipeline('string', 1)}")
        variables.append((name, "x"))
        return text

    def _condition(self) -> str:
        random = self._random
        expression = self._expressions.pipeline(random.choice(("bool", "bool", "string", "list", "map", "int")), 1)
        if random.random() < 0.2:
            self._count += 1
            return f"$c{self._count} := {expression}"
        return expression

    def _end(self, kind: str, depth: int) -> str:
        """Return what is after a body: perhaps branches, and the end."""
        random = self._random
        text = ""
        while kind != "range" and random.random() < 0.25:
            text += self._action(f"else {kind} {self._condition()}") + self._list(depth)
        if random.random() < 0.4:
            text += self._action("else") + self._list(depth)
        return text + self._action("end")

    def _if(self, depth: int) -> str:
        return self._action(f"if {self._condition()}") + self._list(depth) + self._end("if", depth)

    def _with(self, depth: int) -> str:
        expression = self._expressions
        path = expression.path(self._random.choice(("map", "list", "string"))) or expression.pipeline("string", 1)
        return self._action(f"with {path}") + self._dot(depth) + self._end("with", depth)

    def _dot(self, depth: int) -> str:
        """Return a body in which dot is something else."""
        before, self._expressions.is_at_root = self._expressions.is_at_root, False
        text = self._random.choice(("", self._action("."), self._action(". | print"))) + self._list(depth)
        self._expressions.is_at_root = before
        return text

    def _range(self, depth: int) -> str:
        random, expressions = self._random, self._expressions
        source = expressions.path(random.choice(("list", "list", "map"))) or random.choice(("$.none", "3"))
        if random.random() < 0.1:
            source = random.choice(
                ("3", "3", "3", "0", "-1", "1.5", "nil", "true", "$.none", "(len $)", "(slice `ab` 1)")
            )
        known = len(expressions.variables)
        self._count += 1
        index, element = f"$i{self._count}", f"$e{self._count}"
        roll = random.random()
        declared, has_index = "", False
        if roll < 0.35 and source != "3":
            declared, has_index = f"{index}, {element} := ", True
            expressions.variables.append((index, "k"))
        elif roll < 0.5:
            declared = f"{element} := "
        elif roll < 0.55 and expressions.variables:
            declared = f"{random.choice(expressions.variables)[0]} = "
        body = self._action(f"range {declared}{source}")
        self._loops += 1
        text = self._dot(depth)
        if declared and roll < 0.5:
            text += self._action(element)
        if has_index:
            text += self._action(index)
        self._loops -= 1
        del expressions.variables[known:]
        return body + text + self._end("range", depth)

    def _leave(self, _depth: int) -> str:
        word = self._random.choice(("break", "continue"))
        if self._random.random() < 0.3:
            return self._action(word)
        return self._action(f"if {self._expressions.pipeline('bool', 1)}") + self._action(word) + self._action("end")

    def _definition(self) -> str:
        """Return a definition; it calls those before it alone, so that nothing calls itself for ever."""
        name = f"t{len(self._defined)}"
        before, self._loops = self._loops, 0
        if self._random.random() < 0.15:  # one that calls itself, with less and less
            self._defined.append(name)
            again = self._action("if len .") + self._action(f'template "{name}" (slice . 1)') + self._action("end")
            return self._action(f'define "{name}"') + self._action(".") + again + self._action("end")
        paths, self._expressions.paths = self._expressions.paths, {}
        text = self._action(f'define "{name}"') + self._dot(1) + self._action("end")
        self._loops, self._expressions.paths = before, paths
        self._defined.append(name)
        return text

    def _call(self, depth: int) -> str:
        if not self._defined:
            return self._print(depth)
        name = self._random.choice(self._defined)
        argument = self._random.choice(("", " .", " $", f" {self._expressions.any(1)}"))
        return self._action(f'template "{name}"{argument}')

    def _block(self, depth: int) -> str:
        self._count += 1
        loops, self._loops = self._loops, 0
        known, self._expressions.variables = self._expressions.variables, []
        paths, self._expressions.paths = self._expressions.paths, {}
        body = self._dot(depth)
        self._expressions.variables = known
        self._expressions.paths = paths
        self._loops = loops
        return self._action(f'block "b{self._count}" {self._expressions.any(0)}') + body + self._action("end")
