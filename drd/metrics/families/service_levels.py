"""How well drd itself serves: its scrapes, its event loop and its journal. docs/slo.md says what is aimed at."""

from prometheus_client import Histogram

from drd.metrics.family import API_BUCKETS, Ears, Family, Process

_COMMIT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, *API_BUCKETS)
"""A commit is a write to a disk: most are over before the first of the usual bounds."""


def count_service_levels(process: Process) -> Ears:
    """Enter the instruments and say what they want to be told."""
    scrape = Histogram(
        "drd_scrape_duration_seconds",
        "Host time that a page of metrics took to make, its reading of the store included.",
        buckets=API_BUCKETS,
        registry=process.registry,
    )
    lag = Histogram(
        "drd_event_loop_lag_seconds",
        "Host time by which the event loop was late, looked at four times a second.",
        buckets=API_BUCKETS,
        registry=process.registry,
    )
    commit = Histogram(
        "drd_journal_commit_duration_seconds",
        "Host time of a commit to the store, until it is on disk; one holds whatever waited for it.",
        buckets=_COMMIT_BUCKETS,
        registry=process.registry,
    )
    return Ears(scraped=scrape.observe, lagged=lag.observe, committed=commit.observe)


FAMILY = Family(count=count_service_levels)
