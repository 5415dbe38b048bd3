"""Traces of a real run beside the sandbox, through a daemon's death, as a collector on loopback reads them."""

import asyncio
import socket
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog.testing

from drd.daemon.catalogue import Checks
from drd.daemon.discovery import checks
from drd.daemon.virtual_time import VirtualTimeLoop
from drd.domain.call import Call
from drd.domain.events import Event, Kind
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import RunState
from drd.domain.plan import RecoveryPlan, Step
from drd.domain.trace import run_span_id, step_span_id, trace_id
from drd.engine.orders import StartWish
from drd.settings.loading import load_configuration
from proofs.stage import ROOT
from tests.fakes.engine_house import plan
from tests.fakes.lives import Lives
from tests.fakes.otlp_collector import Collector, Told, collecting

RUN = RunId("r-1")
_NANOSECONDS = 1_000_000_000
_ENDS = {Kind.STEP_DONE, Kind.STEP_SKIPPED, Kind.STEP_FAILED}
_CLIENT = 3


def _plan(lives: Lives) -> RecoveryPlan:
    item = lives.item("vm-bz-sql-1")
    return plan(
        Step(id=StepId("before"), call=Call(uses="noop", values={})),
        Step(
            id=StepId("db"),
            call=Call(uses="asr.failover", values={"item": item.id}),
            item=item.id,
            needs=(StepId("before"),),
        ),
        items=(item,),
    )


@dataclass
class Story:
    """What came of it."""

    collector: Collector
    events: tuple[Event, ...] = ()
    state: RunState = RunState.QUEUED
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def root(self) -> Told:
        """The one span without a parent."""
        (found,) = (span for span in self.collector.spans if not span.parent)
        return found

    def below(self, parent: str) -> list[Told]:
        """Spans right below another one."""
        return [span for span in self.collector.spans if span.parent == parent]


async def _lived(place: Path, story: Story, *deaths: timedelta) -> None:
    """Let the run live, through the death of as many daemons."""
    lives = Lives(place)
    settings = {"DRD_TRACING_ENDPOINT": story.collector.endpoint}
    lives.configuration = load_configuration(ROOT / "config" / "drd.yaml", settings, Checks(checks()))
    for number, length in enumerate((*deaths, None)):
        async with lives.life(kill=length is not None) as life:
            engine = life.installation.engine
            if not number:
                await engine.start(_plan(lives), StartWish(actor="an", run=RUN, graceful=False))
            await (lives.clock.sleep(length) if length else engine.over(RUN))
            story.events = await life.store.journal.events(RUN)
            story.state = (await life.store.journal.run(RUN)).state
    story.sent = Counter((each.method, str(each.status)) for each in lives.sandbox.world.journal.entries)


def _story(place: Path, collector: Collector, *deaths: timedelta) -> Story:
    story = Story(collector)
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner, structlog.testing.capture_logs() as lines:
        runner.run(_lived(place / "drd.sqlite", story, *deaths))
    story.lines = [dict(line) for line in lines]
    return story


def _at(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / _NANOSECONDS, UTC)


def _last(events: tuple[Event, ...], kind: Kind, step: str | None = None) -> Event:
    return next(event for event in reversed(events) if event.kind is kind and event.step == step)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Let a run live through the death of its first daemon, once; the tests look at its trace."""
    with collecting() as collector:
        return _story(tmp_path_factory.mktemp("traced"), collector, timedelta(minutes=2))


def test_a_run_that_two_daemons_carry_is_one_trace(story: Story) -> None:
    """The second goes on in it; run, steps and requests hang together, as many as the journal and the sandbox know."""
    root, events, collector = story.root, story.events, story.collector
    steps = story.below(root.id)
    requests = [span for span in collector.spans if span.kind == _CLIENT]
    db = next(span for span in steps if span.told["drd.step"] == "db")
    intent = next(event for event in events if event.kind is Kind.STEP_INTENT and event.step == "db")

    assert (story.state, [event.kind for event in events].count(Kind.RUN_CLAIMED)) == (RunState.SUCCEEDED, 2)
    assert {span.trace for span in collector.spans} == {trace_id(RUN)}
    assert (root.id, root.name, root.told["drd.claims"]) == (run_span_id(RUN), "failover burgerzaken", "2")
    assert (_at(root.began), _at(root.ended)) == (events[0].at, _last(events, Kind.RUN_FINISHED).at)
    assert sorted(span.id for span in steps) == sorted(
        step_span_id(RUN, StepId(str(event.step)), 1) for event in events if event.kind in _ENDS
    )
    assert (_at(db.began), _at(db.ended)) == (intent.at, _last(events, Kind.STEP_DONE, "db").at)
    assert (db.name, db.told["drd.outcome"], db.told["drd.operation_id"]) == ("asr.failover", "done", "r-1/db/1")
    assert len(collector.spans) == 1 + len(steps) + len(requests)
    assert {span.parent for span in requests} == {db.id}
    # What the sandbox itself wrote down of requests is the truth about them.
    told = Counter((span.told["http.request.method"], span.told["http.response.status_code"]) for span in requests)
    assert told == story.sent
    assert {"POST Microsoft.RecoveryServices", "GET Microsoft.RecoveryServices"} <= {span.name for span in requests}
    assert len({span.id for span in collector.spans}) == len(collector.spans)


def test_no_span_holds_an_address_or_a_token(story: Story) -> None:
    """Names, codes, counts and ids only."""
    collector = story.collector
    body = b"".join(collector.bodies)

    assert b"vm-bz-sql-1" not in body
    assert not any(word in body for word in (b"://", b"api-version", b"earer", b"sandbox-identity", b"/subscriptions/"))
    assert collector.resources[0]["service.name"] == "drd"


def test_a_collector_that_is_away_costs_spans_and_nothing_else(tmp_path: Path) -> None:
    """The run ends as it would, and one line says how many spans are lost."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        away = Collector()
        away.endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
    story = _story(tmp_path, away)
    (line,) = (line for line in story.lines if line["event"] == "spans dropped")
    ends = sum(event.kind in _ENDS for event in story.events)

    assert story.state is RunState.SUCCEEDED
    assert line["count"] == 1 + ends + story.sent.total()
    assert len([line for line in story.lines if line["event"] == "step ended"]) == ends
