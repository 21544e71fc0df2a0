"""Check that the webhook exists, accepts its settings, and injects the agent of its own release."""

from __future__ import annotations

from vault.report import Finding
from webhook.doctor.checks.check import Check
from webhook.doctor.installed_settings import Configured
from webhook.doctor.snapshot import K8sObject, Lookup

SETTINGS = Check("settings")
RELEASE = Check("release")


def check_settings(deployment: Lookup, configured: Configured | None) -> Finding:
    """Check that the webhook exists and accepts its settings."""
    absent = "install the chart (docs/operations.md); if it is elsewhere, give -n NAMESPACE and --name NAME"

    def judge(_: K8sObject) -> Finding:
        assert configured is not None
        if configured.mistakes:
            return SETTINGS.failed("; ".join(configured.mistakes), "fix the chart's values")
        assert configured.settings is not None
        return SETTINGS.ok(f"the webhook's settings are right; Vaults: {', '.join(configured.settings.vaults)}")

    return SETTINGS.of(deployment, absent, judge)


def check_release(deployment: Lookup, configured: Configured | None) -> Finding:
    """Check that the agent image is of the webhook's release: an older one may not understand a Plan."""

    def judge(_: K8sObject) -> Finding:
        assert configured is not None
        if configured.settings is None:
            return RELEASE.unknown("the agent's image is not known", "see the finding of settings")
        ours, theirs = configured.image, configured.settings.agent.image
        if "@" in ours or "@" in theirs:
            return RELEASE.ok("images are named by digest, and not compared")
        if _tag(ours) != _tag(theirs):
            message = f"the webhook is {_tag(ours)}, and Pods get the agent {_tag(theirs)}"
            return RELEASE.warning(message, "set images.tag, and no tag for a single image")
        return RELEASE.ok(f"the webhook and the agent are {_tag(ours)}")

    return RELEASE.behind(deployment, "settings", judge)


def _tag(image: str) -> str:
    return image.rpartition("/")[2].partition(":")[2] or "latest"
