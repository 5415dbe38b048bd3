"""What this process is."""

from prometheus_client import Gauge

from drd.metrics.family import Ears, Family, Process


def tell_build(process: Process) -> Ears:
    """Enter the one series."""
    labels = ("version", "revision", "python", "backend")
    info = Gauge("drd_build_info", "What this daemon is.", labels, registry=process.registry)
    about = process.about
    info.labels(about.version, about.revision, about.python, about.backend).set(1)
    return Ears()


FAMILY = Family(count=tell_build)
