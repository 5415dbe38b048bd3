"""The client library by itself: so many series of one gauge, rendered for each scrape. No store, nothing else."""

import json
import sys
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, disable_created_metrics, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector


class Items(Collector):
    """Makes the series anew at each scrape, as whoever reads them from somewhere does."""

    def __init__(self, series: int) -> None:
        """Know so many values."""
        self._values = {
            (f"gemeente-{number % 100}", f"vm-{number}", "site-recovery"): 1763800000.25 + number
            for number in range(series)
        }

    def collect(self) -> Iterator[Metric]:
        """Give the family."""
        labels = ("tenant", "item", "mechanism")
        family = GaugeMetricFamily("plain_recovery_point_timestamp_seconds", "Newest point.", labels=labels)
        for key, value in self._values.items():
            family.add_metric(key, value)
        yield family


def main() -> None:
    """`prometheus_plain.py SERIES`; ends with its input."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # the library forgot to annotate this one
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Items(int(sys.argv[1])))
    server, _ = start_http_server(0, "127.0.0.1", registry)
    print(json.dumps({"port": server.server_port}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
