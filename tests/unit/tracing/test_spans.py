"""Spans: what one course of a step is, what a child is linked to, and a collector that keeps the post waiting."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest
import structlog
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, StatusCode

from drd.daemon.discovery import spanner
from drd.daemon.tracing import traces
from drd.domain.call import Call
from drd.domain.errors import InvalidError
from drd.domain.events import Kind
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import RUNBOOK, Step
from drd.domain.trace import run_span_id, step_span_id, trace_id
from drd.settings.settings_file import SettingsFile
from drd.tracing.chronicle import Chronicle
from drd.tracing.post import Post
from drd.tracing.spans import Spans
from drd.tracing.terms import Spanner, SpanTerms
from tests.fakes.engine_house import House, plan, step
from tests.fakes.scripted_world import BUSY
from tests.fakes.virtual_clock import VirtualClock

pytestmark = pytest.mark.anyio

RUN = RunId("r-1")


class SpannedHouse(House):
    """A house whose processes make spans, kept in memory."""

    exporter = InMemorySpanExporter()

    def open(self) -> None:
        """Start a process."""
        self.exporter = InMemorySpanExporter()
        self.chronicle = Chronicle()
        terms = SpanTerms(endpoint="", clock=self.clock, daemon="d-1", version="1.0", course=self.chronicle.course)
        self.chronicle.tells(Spans(terms, SimpleSpanProcessor(self.exporter)))
        super().open()

    def parts(self, **others: Any) -> Any:
        """Give the engine somebody who tells."""
        return super().parts(historians=(self.chronicle,), **others)

    def spans(self, name: str) -> list[ReadableSpan]:
        """Give the spans of this name, in the order of their ends."""
        return [span for span in self.exporter.get_finished_spans() if span.name == name]


def _ids(context: SpanContext | None) -> tuple[str, str]:
    assert context is not None
    return f"{context.trace_id:032x}", f"{context.span_id:016x}"


async def test_a_step_that_begins_anew_has_a_span_of_its_own_each_time() -> None:
    """Two courses of one step are two spans, so no span is told twice with different ends."""
    house = SpannedHouse()
    house.world.script("a", "act", BUSY)
    async with house.serving():
        await house.start(plan(step("a", "adopt")))
        await house.until(Kind.STEP_FAILED)
        await house.order(Request.SKIP, "a", reason="by hand")
        await house.engine.over(RUN)
    failed, skipped = house.spans("adopt")

    assert [_ids(span.context)[1] for span in (failed, skipped)] == [
        step_span_id(RUN, StepId("a"), 1),
        step_span_id(RUN, StepId("a"), 2),
    ]
    assert failed.status.status_code is StatusCode.ERROR
    assert skipped.status.status_code is StatusCode.UNSET
    assert {_ids(span.parent)[1] for span in (failed, skipped)} == {run_span_id(RUN)}


async def test_a_child_run_is_a_trace_of_its_own_that_leads_to_its_parent() -> None:
    """And the parent's step names the child."""
    house = SpannedHouse()
    child = plan(step("c"), runbook="kind", service="databank")
    below = Step(id=StepId("below"), call=Call(uses=RUNBOOK, values={}), child=child)
    card = await house.run(plan(below))
    (of_child,), (of_parent,) = house.spans("failover kind"), house.spans("failover burgerzaken")
    (stepped,) = house.spans(RUNBOOK)
    (link,) = of_child.links

    assert card.state is RunState.SUCCEEDED
    assert stepped.attributes
    assert of_child.attributes
    assert of_child.attributes["drd.run"] == stepped.attributes["drd.child"]
    assert _ids(link.context) == _ids(of_parent.context) == (trace_id(RUN), run_span_id(RUN))
    assert _ids(of_child.context)[0] != trace_id(RUN)
    assert of_child.parent is None


class Deaf(SpanExporter):
    """Lets whoever sends wait until it is let go."""

    def __init__(self) -> None:
        """Begin deaf."""
        self.asked, self.go = threading.Event(), threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Wait."""
        self.asked.set()
        self.go.wait(5)
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        """Wait no longer."""
        self.go.set()


def test_a_collector_that_never_answers_costs_no_time_and_bounded_room() -> None:
    """What has no room is dropped at once; a stop waits as long as it was told, and tells of all that is lost."""
    exporter, span = Deaf(), ReadableSpan("any", resource=Resource({}))
    with structlog.testing.capture_logs() as lines:
        post = Post(exporter, room=600, told_every=3600)
        for _ in range(512):
            post.on_end(span)
        assert exporter.asked.wait(2)
        for _ in range(1000):
            post.on_end(span)
        post.close(0.05)
        post.close(0.05)

    assert [(line["event"], line["count"]) for line in lines] == [("spans dropped", 1512)]


def test_who_wants_traces_without_the_extra_is_told_what_to_install() -> None:
    """At the start, before anything moves."""

    def absent(_kind: type[Spanner]) -> Spanner:
        raise ModuleNotFoundError("No module named 'opentelemetry.sdk'", name="opentelemetry.sdk")

    settings = SettingsFile.model_validate({"drd": "settings/v1", "tracing": {"endpoint": "http://127.0.0.1:4318"}})

    with pytest.raises(InvalidError) as refused:
        traces(settings, VirtualClock(), absent)
    assert "pip install 'drd[otel]'" in str(refused.value)
    assert isinstance(
        traces(SettingsFile.model_validate({"drd": "settings/v1"}), VirtualClock(), absent).historian, Chronicle
    )
    assert isinstance(spanner(Spanner), Spanner)
