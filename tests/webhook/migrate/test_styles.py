"""Manifests in random styles: whatever the style is, comments and the annotations of others stay as they were."""

from __future__ import annotations

import random
import re
from typing import TypeVar

import pytest

from tests.support.webhook.vault_k8s import DOMAIN
from tests.webhook.migrate.cases import Json, migrated, pods_in

TEXTS = 150  # each time
TEMPLATE = '{{ with secret "secret/data/x" }}{{ .Data.data.a }} # {{ .Data.data.b }}{{ end }}'
HEAD = ("apiVersion: v1", "kind: Pod", "spec: {containers: [{name: app}]}", "metadata:", "  annotations:")
ALWAYS = [("agent-inject", "true"), ("role", "shop")]
SOMETIMES = [
    ("agent-inject-secret-a", "secret/data/x"),
    ("agent-inject-template-a", TEMPLATE),
    ("agent-inject-secret-b", "kv/y"),
    ("agent-inject-perms-b", "0400"),
    ("log-level", "debug"),
    ("agent-pre-populate-only", "true"),
    ("agent-init-first", "true"),
    ("agent-inject-token", "true"),
    ("secret-volume-path", "/a/b"),
    ("agent-limits-cpu", "500m"),
]
T = TypeVar("T")
COMMENT = re.compile(r"#[0-9]+#")


class Writer:
    """Writes a Pod in a style of its own; each comment has a number."""

    def __init__(self, seed: int) -> None:
        """Take what all choices are made by."""
        self._random = random.Random(seed)
        self._newline = self._choose("\n", "\n", "\r\n")
        self._indent = self._choose(4, 6, 8)
        self._comments = 0

    def text(self) -> str:
        """Write one."""
        pairs = [*ALWAYS, *self._random.sample(SOMETIMES, self._random.randint(1, 6))]
        items = [(f"{DOMAIN}/{name}", value) for name, value in pairs]
        items += [(f"other/x{number}", self._choose("true", "a b")) for number in range(self._random.randint(0, 3))]
        self._random.shuffle(items)
        lines = [*HEAD]
        for name, value in items:
            if self._random.random() < 0.2:
                lines.append(" " * self._choose(0, self._indent) + self._comment())
            lines += [""] * (self._random.random() < 0.1)
            key = self._choose(name, name, f'"{name}"', f"'{name}'")
            lines.append(" " * self._indent + key + self._choose("", " ") + ":" + self._value(value))
        lines += self._choose(list[str](), ["  name: x"], [self._comment()])
        return self._newline.join([*lines, *self._choose(list[str](), [""])])

    def _choose(self, *ways: T) -> T:
        return self._random.choice(ways)

    def _comment(self) -> str:
        self._comments += 1
        return f"# #{self._comments}#"

    def _value(self, value: str) -> str:
        behind = self._choose("", "", f" {self._comment()}")
        deeper = self._newline + " " * (self._indent + 2)
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return self._choose(
            f' "{quoted}"{behind}',
            f" '{value}'{behind}",
            f" |-{behind}{deeper}{value}",
            f" >-{behind}{deeper}{value}{self._newline}",
            f"{behind}{deeper}'{value}'",
        )


@pytest.mark.parametrize("seed", range(2))
def test_styles(seed: int) -> None:
    """Comments are all there, line ends are as they were, and only the annotations of vault-k8s have changed."""
    moved = 0
    for number in range(TEXTS):
        text = Writer(seed * TEXTS + number).text()
        outcome = migrated(text)
        (old,), (new,) = pods_in(text), pods_in(outcome.text)
        assert _others(old) == _others(new)
        assert sorted(COMMENT.findall(text)) == sorted(COMMENT.findall(outcome.text))
        assert bool(re.search(r"(?<!\r)\n", outcome.text)) is bool(re.search(r"(?<!\r)\n", text))
        assert ("\r" in outcome.text) is ("\r" in text)
        assert outcome.text.endswith("\n") or not text.endswith("\n")
        assert bool(outcome.moved) is (f"{DOMAIN}/agent-inject" not in new["metadata"]["annotations"])
        moved += bool(outcome.moved)
    assert moved > TEXTS // 2


def _others(pod: Json) -> Json:
    found = pod["metadata"]["annotations"]
    return {name: text for name, text in found.items() if DOMAIN not in name and "omamori.dev" not in name}
