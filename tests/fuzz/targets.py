"""All targets by name."""

from __future__ import annotations

from tests.fuzz.configurations import CONFIGURATION_TARGETS
from tests.fuzz.patterns import PATTERN_TARGETS
from tests.fuzz.pod import POD_TARGETS
from tests.fuzz.target import Target
from tests.fuzz.templates import TEMPLATE_TARGETS
from tests.fuzz.webhook import WEBHOOK_TARGETS

TARGETS: dict[str, Target] = {
    **WEBHOOK_TARGETS,
    **POD_TARGETS,
    **TEMPLATE_TARGETS,
    **PATTERN_TARGETS,
    **CONFIGURATION_TARGETS,
}
