"""Parse the text of `rawPolicy`, and find what Vault would refuse: other syntax, options and capabilities.

Sources: `ParseACLPolicy` in vault/policy.go of Vault and of OpenBao, and
https://developer.hashicorp.com/vault/docs/concepts/policies. A name that only one of the servers knows is no mistake:
the file does not say which server it is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vault.contract.shown import shown
from vault.hcl.errors import HclError
from vault.hcl.nodes import Item, ListNode, Literal, Node, ObjectNode
from vault.hcl.parser import parse

CAPABILITIES = (
    *("create", "read", "update", "patch", "delete", "list", "sudo", "deny"),
    *("subscribe", "recover"),  # Vault alone
    "scan",  # OpenBao alone
)
_OPTIONS = {
    *("comment", "policy", "capabilities", "allowed_parameters", "denied_parameters", "required_parameters"),
    *("min_wrapping_ttl", "max_wrapping_ttl", "mfa_methods", "control_group"),
    "subscribe_event_types",  # Vault alone
    *("expiration", "pagination_limit", "list_scan_response_keys_filter_path"),  # OpenBao alone
}
_WORDS = {
    # the values of `policy`, from before there were capabilities
    "deny": ("deny",),
    "read": ("read", "list"),
    "write": ("create", "read", "update", "delete", "list"),
    "sudo": ("create", "read", "update", "delete", "list", "sudo"),
}


@dataclass(frozen=True, slots=True)
class ParsedRule:
    """A path of a raw policy, with its capabilities and its line in the text, counted from 1."""

    path: str
    capabilities: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class RawMistake:
    """What is wrong in a line of a raw policy. `column` 0: the line as a whole."""

    line: int
    column: int
    what: str


def parse_raw_policy(text: str) -> tuple[list[ParsedRule], list[RawMistake]]:
    """Return the rules of a raw policy, and every mistake."""
    if text.lstrip()[:1] == "{":
        return [], [RawMistake(1, 0, "is JSON, which cannot follow the policy's other text; write it as HCL")]
    try:
        root = parse(text.encode("utf-8", "surrogatepass"))
    except HclError as error:
        return [], [RawMistake(error.line, error.column, f"is not HCL: {error.reason}")]
    mistakes: list[RawMistake] = []
    rules = [rule for item in root.items if (rule := _rule(item, mistakes)) is not None]
    return rules, mistakes


def _rule(item: Item, mistakes: list[RawMistake]) -> ParsedRule | None:
    name, *labels = item.keys
    if name == "name" and not labels and isinstance(item.value, Literal):
        return None
    if name != "path":
        what = f'has {shown(name)}, which is not known; a policy has blocks path "PATH" {{ … }}'
    elif len(labels) != 1 or not isinstance(item.value, ObjectNode):
        what = 'has a path that is not written as path "PATH" { … }'
    elif "+*" in labels[0]:
        what = f"has the path {shown(labels[0])}; Vault refuses '+*': write '*' or '+'"
    elif not _is_balanced(labels[0]):
        what = f"has the path {shown(labels[0])}, in which {{{{ and }}}} are not in pairs"
    else:
        return ParsedRule(labels[0], tuple(_capabilities(item.value, mistakes)), item.line)
    mistakes.append(RawMistake(item.line, 0, what))
    return None


def _is_balanced(path: str) -> bool:
    """Whether each `{{` of a templated path has its `}}`, and none is in another."""
    first, *others = path.split("{{")
    return "}}" not in first and all(each.count("}}") == 1 for each in others)


def _capabilities(block: ObjectNode, mistakes: list[RawMistake]) -> Iterator[str]:
    for option in block.items:
        name = option.keys[0]
        if name not in _OPTIONS:
            what = f"has {shown(name)}, which is not an option of a path; there are: {', '.join(sorted(_OPTIONS))}"
            mistakes.append(RawMistake(option.line, 0, what))
        elif name == "capabilities" and isinstance(option.value, ListNode):
            for each in option.value.elements:
                yield _known(each, "a capability", CAPABILITIES, mistakes)
        elif name == "capabilities":
            mistakes.append(RawMistake(option.line, 0, 'has capabilities that are not a list: write ["read"]'))
        elif name == "policy":
            yield from _WORDS.get(_known(option.value, "a policy", _WORDS, mistakes), ())


def _known(node: Node, kind: str, known: Iterable[str], mistakes: list[RawMistake]) -> str:
    """Return a word, which is a mistake if it is not known."""
    word = str(node.value) if isinstance(node, Literal) else "a list or block"
    if word not in known:
        what = f"has {shown(word)}, which is not {kind}; there are: {', '.join(known)}{_hint(word)}"
        mistakes.append(RawMistake(node.line, 0, what))
    return word


def _hint(word: str) -> str:
    if word == "write":
        return " (to write is create and update)"
    return " (to watch is to read the metadata)" if word == "watch" else ""
