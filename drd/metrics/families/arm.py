"""Requests to Azure that this process sent."""

import re

from prometheus_client import Counter, Gauge, Histogram

from drd.metrics.family import Ears, Family, Process
from drd.ports.capabilities import SentRequest

_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_PROVIDER = re.compile(r"/providers/(?P<name>Microsoft\.[A-Za-z]+)", re.IGNORECASE)
_KNOWN = {
    name.casefold(): name
    for name in ("Microsoft.Compute", "Microsoft.Network", "Microsoft.RecoveryServices", "Microsoft.Storage")
}
_MILLISECONDS = 1000


class RequestInstruments:
    """Counts requests by resource provider, method and status."""

    def __init__(self, process: Process) -> None:
        """Enter the instruments."""
        registry = process.registry
        self._total = Counter(
            "drd_arm_requests",
            "Requests sent to Azure Resource Manager; code is empty when no answer came.",
            ("provider", "method", "code"),
            registry=registry,
        )
        self._took = Histogram(
            "drd_arm_request_duration_seconds",
            "Host time of a request to Azure Resource Manager.",
            ("provider", "method"),
            buckets=_BUCKETS,
            registry=registry,
        )
        self._remaining = Gauge(
            "drd_arm_quota_remaining",
            "What Azure last said is left of a request budget.",
            ("scope",),
            registry=registry,
        )

    def sent(self, request: SentRequest) -> None:
        """Count one request."""
        provider = _provider(request.url)
        self._total.labels(provider, request.method, str(request.status or "")).inc()
        self._took.labels(provider, request.method).observe(request.took_ms / _MILLISECONDS)
        for scope, left in request.remaining.items():
            if left.isdigit():
                self._remaining.labels(scope).set(int(left))


def _provider(url: str) -> str:
    names = [match["name"].casefold() for match in _PROVIDER.finditer(url)]
    return _KNOWN.get(names[-1], "other") if names else "Microsoft.Resources"


def count_requests(process: Process) -> Ears:
    """Enter the instruments and say what they want to be told."""
    return Ears(sent=RequestInstruments(process).sent)


FAMILY = Family(count=count_requests)
