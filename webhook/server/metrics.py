"""The webhook's metrics. No label contains the name of a Pod, a namespace or a path."""

from __future__ import annotations

from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from webhook.admission.reasons import Reason
from webhook.server.tls import ServingCertificate

# a decision takes a fraction of a millisecond; the API server gives up after seconds
_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)


class Metrics:
    """The webhook's metrics, in a registry of their own."""

    def __init__(self, certificate: ServingCertificate) -> None:
        """Register all metrics; the certificate's expiry is read at each scrape."""
        self.registry = CollectorRegistry()
        self._decisions = Counter(
            "omamori_decisions",
            "Admission requests by what became of them: patched, unchanged, denied or error, and why.",
            ("outcome", "reason"),
            registry=self.registry,
        )
        self._children: dict[tuple[str, Reason], Counter] = {}  # labels() takes a lock and checks its arguments
        self._duration = Histogram(
            "omamori_decision_duration_seconds",
            "Time from the whole request to the whole answer, without the network.",
            registry=self.registry,
            buckets=_SECONDS,
        )
        expiry = Gauge(
            "omamori_certificate_expiry_timestamp_seconds",
            "When the serving certificate ends, in seconds since 1970.",
            registry=self.registry,
        )
        expiry.set_function(lambda: certificate.current.not_after.timestamp())  # noqa: PLW0108 - it is replaced
        self._reloads = Counter(
            "omamori_certificate_reloads",
            "Changed certificate files by what became of them: taken, or refused.",
            ("outcome",),
            registry=self.registry,
        )
        # Prometheus sees no increase in a series that starts with its first event, so rare series exist from the start
        for reason in (Reason.MALFORMED_REVIEW, Reason.INTERNAL):
            self._decisions.labels("error", reason)
        for outcome in ("taken", "refused"):
            self._reloads.labels(outcome)
        build = Gauge("omamori_build_info", "Always 1; the release is a label.", ("version",), registry=self.registry)
        build.labels(version=version("omamori")).set(1)
        ProcessCollector(registry=self.registry)

    def count(self, outcome: str, reason: Reason, seconds: float) -> None:
        """Count one admission request."""
        child = self._children.get((outcome, reason))
        if child is None:
            child = self._children[outcome, reason] = self._decisions.labels(outcome, reason)
        child.inc()
        self._duration.observe(seconds)

    def count_reload(self, outcome: str) -> None:
        """Count a look at certificate files that had changed."""
        self._reloads.labels(outcome).inc()

    def render(self) -> bytes:
        """Render everything in the Prometheus text format."""
        return generate_latest(self.registry)
