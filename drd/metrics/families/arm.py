"""Requests to Azure that this process sent, and what Azure carries out for active runs."""

import re
from collections import Counter as Counted
from collections.abc import Iterator

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric

from drd.metrics.family import API_BUCKETS, Ears, Family, Process, Reading, gauge
from drd.ports.capabilities import SentRequest

_PROVIDER = re.compile(r"/providers/(?P<name>Microsoft\.[A-Za-z]+)", re.IGNORECASE)
_KNOWN = {
    name.casefold(): name
    for name in ("Microsoft.Compute", "Microsoft.Network", "Microsoft.RecoveryServices", "Microsoft.Storage")
}
_RESOURCES, _OTHER = "Microsoft.Resources", "other"
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
            buckets=API_BUCKETS,
            registry=registry,
        )
        self._throttled = Counter(
            "drd_arm_throttled_seconds",
            "World time for which requests were held back, because Azure said that little or nothing is left.",
            ("provider",),
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
        self._throttled.labels(provider).inc(request.waited_ms / _MILLISECONDS)
        for scope, left in request.remaining.items():
            if left.isdigit():
                self._remaining.labels(scope).set(int(left))


def _provider(url: str) -> str:
    names = [match["name"].casefold() for match in _PROVIDER.finditer(url)]
    return _KNOWN.get(names[-1], _OTHER) if names else _RESOURCES


def count_requests(process: Process) -> Ears:
    """Enter the instruments and say what they want to be told."""
    return Ears(sent=RequestInstruments(process).sent)


def read_operations(reading: Reading) -> Iterator[Metric]:
    """Tell what Azure works on for runs that are under way; also what a daemon before this one set in motion."""
    counted = Counted(_provider(target) for run in reading.figures.active for target in run.operations)
    yield gauge(
        "drd_arm_operations",
        "Long-running operations that Azure carries out now for steps of active runs.",
        ("provider",),
        {(provider,): float(counted[provider]) for provider in (*_KNOWN.values(), _RESOURCES, _OTHER)},
    )


FAMILY = Family(count=count_requests, read=read_operations)
