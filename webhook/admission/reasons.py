"""Reasons of answers: one word for each outcome, used in metrics and log lines.

The words are public: alerts and dashboards name them. What each means is a row of docs/outcomes.md, made of this table.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """The word, and what it means to whoever reads it in a log line or a metric."""

    meaning: str

    def __new__(cls, word: str, meaning: str) -> Self:
        """Make a member of its word and its meaning."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning = meaning
        return member

    # patched
    INJECTED = "injected", "the Pod gets what it asked for"

    # unchanged
    NOT_A_NEW_POD = "not-a-new-pod", "the request is not for the creation of a Pod"
    NOT_ANNOTATED = "not-annotated", 'no annotation of omamori, or `omamori.dev/inject: "false"`'
    MIRROR_POD = "mirror-pod", "a mirror Pod of a static Pod; the kubelet never sees a change to it"
    NOTHING_ASKED = "nothing-asked", "annotations of omamori, and none of them asks for a file or a variable"
    ALREADY_INJECTED = "already-injected", "everything is already injected: a later call, or a copied Pod"

    # denied, in the order in which a Pod is looked at
    ANNOTATION = "annotation", "an annotation is unknown, or its value is wrong"
    TOO_LARGE = (
        "too-large",
        "more annotations, containers or files than allowed; as an error: the body is too large",
    )
    NAMES = "names", "two containers have the same name, or one has none"
    WINDOWS = "windows", "the Pod runs on Windows"
    RESERVED_NAME = "reserved-name", "the Pod has a name that is reserved for omamori's own parts"
    NAMESPACE = "namespace", "the namespace may not use omamori, or not this Vault"
    VAULT = "vault", "there is no Vault of that name"
    POSITION = "position", "the init container named by `omamori.dev/position` does not exist"
    CONTAINERS = "containers", "a named container does not exist, or starts before omamori's"
    DUPLICATE = "duplicate", "two files at one path, or two variables with one name"
    MOUNT = "mount", "a mount of the Pod is in the way"
    DECLARED = "declared", "the container declares the variable itself"
    COMMAND = "command", "the launcher needs a `command` in the Pod"
    REFERENCE = "reference", "`$(NAME)` refers to a variable that the launcher sets later"
    ENV_FILES = "env-files", "variables set by the kubelet conflict with the settings or the nodeSelector"
    ENV_FROM = "env-from", "`envfrom.omamori.dev` where the kubelet sets the variables, which must know their names"
    TOKEN = "token", "the path returns the token of omamori's own login, or something that expires with it"
    RUN_AS_USER = "run-as-user", "`omamori.dev/run-as-user` contradicts a container's `runAsUser`"
    SIDECAR = "sidecar", "the sidecar needs something that the Pod or the settings lack"
    VOLUME = "volume", "a template's volume is not in the Pod, or is no volume of ConfigMaps"
    MODE = "mode", "the application could not read a file with that mode"
    RESOURCES = "resources", "the requested resources contradict each other, or are too small"

    # error: the API server gets no decision, and failurePolicy holds
    NO_CLIENT_CERTIFICATE = "no-client-certificate", "the caller presented no certificate of the client CA"
    TOO_SLOW = "too-slow", "the body did not arrive completely in time"
    DISCONNECTED = "disconnected", "the connection ended within the body"
    TOO_MUCH_AT_ONCE = "too-much-at-once", "too many large bodies at once"
    MALFORMED_REVIEW = "malformed-review", "the body is not an AdmissionReview of a Pod"
    INTERNAL = "internal", "a bug in omamori; the log names the code location"


OUTCOMES: dict[str, tuple[Reason, ...]] = {
    "patched": (Reason.INJECTED,),
    "unchanged": (
        Reason.NOT_A_NEW_POD,
        Reason.NOT_ANNOTATED,
        Reason.MIRROR_POD,
        Reason.NOTHING_ASKED,
        Reason.ALREADY_INJECTED,
    ),
    "error": (
        Reason.NO_CLIENT_CERTIFICATE,
        Reason.TOO_LARGE,
        Reason.TOO_SLOW,
        Reason.DISCONNECTED,
        Reason.TOO_MUCH_AT_ONCE,
        Reason.MALFORMED_REVIEW,
        Reason.INTERNAL,
    ),
}
