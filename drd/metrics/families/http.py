"""HTTP requests that this daemon answered, on its socket and on its metrics port."""

from prometheus_client import Counter, Histogram

from drd.metrics.family import API_BUCKETS, Ears, Family, Process
from drd.ports.vitals import AnsweredRequest


class AnswerInstruments:
    """Counts requests by route, method and status."""

    def __init__(self, process: Process) -> None:
        """Enter the instruments."""
        self._total = Counter(
            "drd_http_requests",
            "HTTP requests that were answered, by the template of their route; unmatched for no such route.",
            ("route", "method", "code"),
            registry=process.registry,
        )
        self._took = Histogram(
            "drd_http_request_duration_seconds",
            "Host time from an HTTP request until its answer began.",
            ("route", "method"),
            buckets=API_BUCKETS,
            registry=process.registry,
        )

    def answered(self, request: AnsweredRequest) -> None:
        """Count one request."""
        self._total.labels(request.route, request.method, str(request.status)).inc()
        self._took.labels(request.route, request.method).observe(request.seconds)


def count_answers(process: Process) -> Ears:
    """Enter the instruments and say what they want to be told."""
    return Ears(answered=AnswerInstruments(process).answered)


FAMILY = Family(count=count_answers)
