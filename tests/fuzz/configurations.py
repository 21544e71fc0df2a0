"""Agent configurations: a file of a ConfigMap, from a Pod's author."""

from __future__ import annotations

from tests.fuzz.target import Target, cases
from tests.support.vault.configurations import TEMPLATE, judge

CONFIGURATION_TARGETS = {
    "configuration": Target(judge, [TEMPLATE.encode(), *(each["text"].encode() for each in cases("hcl.json"))]),
}
