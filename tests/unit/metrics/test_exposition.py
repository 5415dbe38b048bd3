"""Pages are what the client library would write, whatever stands in labels and values."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric

from drd.metrics.exposition import OPENMETRICS, TEXT, Form
from drd.metrics.family import counter, gauge

pytestmark = pytest.mark.anyio

ACCEPTED = {"application/openmetrics-text; version=1.0.0": OPENMETRICS, "text/plain; version=0.0.4": TEXT}
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


class _These:
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families


def _library(accept: str, families: list[Metric]) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_These(families))  # type: ignore[arg-type]  # a collector by its shape
    return choose_encoder(accept)[0](registry)


def _counted() -> list[Metric]:
    """Give what instruments give: a counter and a histogram with exemplars, and one without labels."""
    disable_created_metrics()  # as the exporter does
    registry = CollectorRegistry()
    asked = Counter("drd_asked", 'Asked "often", \\ or not.', ("code",), registry=registry)
    took = Histogram("drd_took_seconds", "Took.", ("mode",), buckets=(1, 60), registry=registry)
    Counter("drd_lone", "Lone.", registry=registry).inc()
    asked.labels("200").inc(3, {"run_id": "r-1"})
    took.labels("drill").observe(30, {"run_id": 'r-"2"'})
    took.labels("failover").observe(0.5)
    return list(registry.collect())


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.text(max_size=8), st.text(alphabet='a\\\n"%{}', max_size=6)),
        st.one_of(st.floats(), st.sampled_from([0.0, -0.0, 1.0, 1e6, 1763812345.25, 1e21, math.inf, -math.inf])),
        max_size=12,
    )
)
async def test_a_page_is_the_librarys_own(series: dict[tuple[str, str], float]) -> None:
    """Byte for byte, in both forms."""
    plain = GaugeMetricFamily("drd_plain_seconds", "Plain.", labels=("tenant", "item"))
    for key, value in series.items():
        plain.add_metric(key, value)
    info = InfoMetricFamily("drd_about", "About.")
    info.add_metric((), {"version": "1"})
    families = [
        plain,
        gauge("drd_some_seconds", 'Some "gauge".', ("tenant", "item"), series),
        gauge("drd_sorted", "Sorted.", ("item", "a_tenant"), series),
        gauge("drd_alone", "Alone.", (), {(): 1.0}),
        gauge("drd_none", "None.", ("a",), {}),
        counter("drd_told", "Told.", ("a",), {key[:1]: value for key, value in series.items()}),
        *_counted(),
        info,
    ]

    for accept, form in ACCEPTED.items():
        assert await form.page(families) == _library(accept, families)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (PROMETHEUS_3, OPENMETRICS),
        ("application/openmetrics-text; version=9.made-up; escaping=x", OPENMETRICS),
        ("text/plain;version=0.0.4;q=1,*/*;q=0.1", TEXT),
        ("*/*", TEXT),
        ("", TEXT),
        ("\x00;;;,=,;version", TEXT),
    ],
)
def test_there_are_two_forms_whatever_is_asked_for(accept: str, form: Form) -> None:
    """A scraper that makes up versions gets no page of its own to be made."""
    assert Form.of(accept) is form
