"""How this daemon stands: leases, loops, queues, settings. In host time, which is also Prometheus's."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from drd.metrics.family import Family, gauge, timestamp
from drd.ports.vitals import Vitals


def tell_daemon(vitals: Vitals) -> Iterator[Metric]:
    """Tell how the daemon stands."""
    yield gauge(
        "drd_lease_held",
        "1 while this daemon holds a small lease, else 0; of all daemons on a store one holds each.",
        ("lease",),
        {(name,): float(held) for name, held in vitals.leases.items()},
    )
    yield gauge(
        "drd_heartbeat_timestamp_seconds",
        "When a loop of this daemon last turned, in host time; each turns at least once in 10 seconds.",
        ("loop",),
        {(name,): timestamp(at) for name, at in vitals.beats.items()},
    )
    yield gauge(
        "drd_queue_depth",
        "What waits in this daemon: runs for a place, writes for the disk, ended runs for their record of evidence.",
        ("queue",),
        {(name,): float(depth) for name, depth in vitals.queues.items()},
    )
    yield gauge(
        "drd_config_last_reload_successful",
        "1 when the settings were last read whole. They are read at start, and a daemon that cannot does not start.",
        (),
        {(): float(vitals.configured_at is not None)},
    )
    yield gauge(
        "drd_config_last_reload_success_timestamp_seconds",
        "When the settings that are in force were read, in host time; 0 for never.",
        (),
        {(): timestamp(vitals.configured_at)},
    )


FAMILY = Family(tell=tell_daemon)
