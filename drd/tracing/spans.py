"""Spans: a run is a trace, a step a span of it, a request to Azure a span below. Loaded where a collector is named.

A span is made when it is over, with ids that follow from names in the journal (`drd.domain.trace`): a run that another
daemon goes on with stays one trace, and nothing has to be handed over.
"""

import logging
import re
from datetime import UTC, datetime, timedelta

import requests
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.util.types import AttributeValue

from drd.domain.course import RunCourse, RunEnd, StepEnd, seconds
from drd.domain.events import Event
from drd.domain.ids import RunId
from drd.domain.trace import run_span_id, step_span_id, trace_id
from drd.ports.capabilities import SentRequest
from drd.ports.in_hand import IN_HAND
from drd.tracing.post import Post
from drd.tracing.terms import OpenSpans, Spanner, SpanTerms

_TIMEOUT_SECONDS = 5.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PROVIDER = re.compile(r"/providers/(Microsoft\.[A-Za-z]+)", re.IGNORECASE)
_REFUSED = 400
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)

Attributes = dict[str, AttributeValue | None]


class _Ids(IdGenerator):
    """Hands the library the ids that a span is to have."""

    def __init__(self) -> None:
        self.trace, self.span = "", ""

    def generate_trace_id(self) -> int:
        """See the library."""
        return int(self.trace, 16)

    def generate_span_id(self) -> int:
        """See the library."""
        return int(self.span, 16)


class Spans:
    """Answers `Teller` with spans. Belongs to one event loop."""

    def __init__(self, terms: SpanTerms, processor: SpanProcessor) -> None:
        """Take what spans are told with, and who takes them away."""
        self._terms = terms
        self._ids, self._random = _Ids(), RandomIdGenerator()
        resource = Resource.create(
            {"service.name": "drd", "service.version": terms.version, "service.instance.id": terms.daemon}
        )
        provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, id_generator=self._ids, shutdown_on_exit=False)
        provider.add_span_processor(processor)
        self._tracer = provider.get_tracer("drd", terms.version)

    def went_on(self, course: RunCourse, event: Event) -> None:
        """Wait for an end."""

    def step_ended(self, course: RunCourse, end: StepEnd) -> None:
        """Make the span of a step, below that of its run."""
        told: Attributes = {
            **_of_run(course, end.run),
            "drd.step": end.step,
            "drd.action": end.action,
            "drd.outcome": end.outcome,
            "drd.attempt": end.attempt,
            "drd.attempts": end.attempts,
            "drd.operation_id": end.operation,
            "drd.request_id": end.request,
            "drd.correlation_id": end.correlation,
            "drd.job": end.job,
            "drd.by_hand": end.by_hand or None,
            "drd.child": end.child,
            "error.type": end.code,
        }
        self._make(
            end.action or "step",
            ids=(trace_id(end.run), step_span_id(end.run, end.step, end.course)),
            below=run_span_id(end.run),
            times=(end.began, end.ended),
            told=told,
            failed=end.outcome == "failed",
        )

    def run_ended(self, course: RunCourse, end: RunEnd) -> None:
        """Make the span of the run; a child's is linked to its parent's, which is another trace."""
        figures = end.figures
        told: Attributes = {
            **_of_run(course, end.run),
            "drd.state": end.state,
            "drd.claims": end.claims,
            "drd.attempts": end.attempts,
            **{f"drd.steps.{outcome}": count for outcome, count in end.steps.items()},
            "drd.recovery_time": figures.get("recovery-time"),
            "drd.recovery_time.objective_seconds": seconds(figures, "recovery-time-objective"),
            "drd.recovery_time.achieved_seconds": seconds(figures, "achieved-recovery-time"),
            "drd.recovery_point": figures.get("recovery-point"),
            "drd.recovery_point.objective_seconds": seconds(figures, "recovery-point-objective"),
            "drd.recovery_point.achieved_seconds": seconds(figures, "achieved-recovery-point"),
            "drd.parent": end.parent,
            "drd.parent_step": end.parent_step,
        }
        parent = RunId(end.parent)
        self._make(
            f"{course.plan.mode.value} {course.plan.runbook}",
            ids=(trace_id(end.run), run_span_id(end.run)),
            times=(end.began, end.ended),
            told=told,
            failed=end.state == "failed",
            links=(Link(_context(trace_id(parent), run_span_id(parent))),) if parent else (),
        )

    def sent(self, request: SentRequest) -> None:
        """Make the span of a request to Azure, below that of the step that sent it; others have no trace."""
        hand = IN_HAND.get()
        course = self._terms.course(hand.run) if hand else None
        if hand is None or course is None:
            return
        step = hand.step
        below = step_span_id(hand.run, step, course.course_of(step)) if step else run_span_id(hand.run)
        provider = _provider(request.url)
        told: Attributes = {
            **_of_run(course, hand.run),
            "drd.step": step,
            "drd.action": course.action(step) if step else None,
            "drd.attempt": course.attempt_of(step) if step else None,
            "drd.request_id": request.request_id,
            "drd.correlation_id": request.correlation_id,
            "http.request.method": request.method,
            "http.response.status_code": request.status,
            "azure.resource_provider.namespace": provider,
            "error.type": request.error or (str(request.status) if (request.status or 0) >= _REFUSED else None),
        }
        ended = self._terms.clock.now()
        self._make(
            f"{request.method} {provider}",
            ids=(trace_id(hand.run), f"{self._random.generate_span_id():016x}"),
            below=below,
            times=(ended - timedelta(milliseconds=request.took_ms), ended),
            told=told,
            failed=bool(told["error.type"]),
            kind=SpanKind.CLIENT,
        )

    def _make(
        self,
        name: str,
        *,
        ids: tuple[str, str],
        times: tuple[datetime, datetime],
        told: Attributes,
        failed: bool,
        below: str = "",
        kind: SpanKind = SpanKind.INTERNAL,
        links: tuple[Link, ...] = (),
    ) -> None:
        self._ids.trace, self._ids.span = ids
        above = set_span_in_context(NonRecordingSpan(_context(ids[0], below)), Context()) if below else Context()
        span = self._tracer.start_span(
            name,
            context=above,
            kind=kind,
            attributes={key: value for key, value in told.items() if value not in {None, ""}},
            links=links,
            start_time=_nanoseconds(times[0]),
        )
        if failed:
            # The code alone: a message may hold what others wrote.
            span.set_status(Status(StatusCode.ERROR, str(told.get("error.type") or "")))
        span.end(_nanoseconds(times[1]))


def _of_run(course: RunCourse, run: RunId) -> Attributes:
    plan = course.plan
    return {
        "drd.run": run,
        "drd.tenant": plan.tenant,
        "drd.service": plan.service,
        "drd.runbook": plan.runbook,
        "drd.mode": plan.mode.value,
    }


def _context(trace: str, span: str) -> SpanContext:
    return SpanContext(int(trace, 16), int(span, 16), is_remote=False, trace_flags=_SAMPLED)


def _nanoseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND * 1000


def _provider(url: str) -> str:
    named = _PROVIDER.findall(url)
    if named:
        return str(named[-1])
    return "Microsoft.Resources" if "/subscriptions" in url else "sign-in"


def open_spans(terms: SpanTerms) -> OpenSpans:
    """Open the way to the collector. It is asked nothing yet, and may be away."""
    # What the library says of a collector that is away, `Post` tells in one line a minute.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    session = requests.Session()
    # No password file and no proxy of the environment, and no other host than the one in the settings.
    session.trust_env, session.max_redirects = False, 0
    exporter = OTLPSpanExporter(endpoint=f"{terms.endpoint}/v1/traces", timeout=_TIMEOUT_SECONDS, session=session)
    post = Post(exporter)
    spans = Spans(terms, post)
    return OpenSpans(teller=spans, sent=spans.sent, close=post.close)


SPANS = Spanner(open_spans)
