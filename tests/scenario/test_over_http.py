"""The lost region once more, with real processes: the commands, sockets, threads and files of an installation."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from drd.daemon.clock import HostClock
from drd.domain.events import first_broken
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import RunState
from drd.domain.trace import run_span_id, step_span_id, trace_id
from proofs import account
from proofs.figures import Told, differences, question, times_of_points
from proofs.lost_region import GREEN, POINTS
from proofs.processes import Driven, House, drive, house, start_failover, to_event, whole
from proofs.stage import PARENT, SERVICES, TENANT
from proofs.whole_kills import WHOLE
from tests.fakes.otlp_collector import Collector, collecting

pytestmark = pytest.mark.timeout(120)

_SPEED = 120
_HOST_SECOND = timedelta(seconds=1) * _SPEED


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A failover of everything over HTTP."""

    made: House
    driven: Driven
    entries: list[dict[str, Any]]
    collector: Collector


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    """Play it once; the tests look at it from all sides."""
    with (
        collecting() as collector,
        house(speed=_SPEED, settings={"tracing": {"endpoint": collector.endpoint}}) as made,
    ):
        run = start_failover(made, PARENT, confirm=TENANT)
        driven = drive(made, run)
        yield Played(made=made, driven=driven, entries=made.entries(), collector=collector)


def test_real_processes_bring_every_service_back_within_its_objectives(played: Played) -> None:
    """T9: the same as in virtual time, with the commands that people type."""
    trouble = [step for each in whole(played.driven.view) for step in each.steps if step.failure or step.question]
    assert trouble == []
    assert played.driven.view.run.state is RunState.SUCCEEDED
    assert {child.run.service for child in played.driven.view.children} == set(SERVICES)
    assert all(child.figures.met for child in played.driven.view.children)


def test_real_processes_send_everything_once_and_nothing_to_the_lost_region(played: Played) -> None:
    """P1 and P7 on the sandbox's journal, with sockets and threads in play."""
    assert account.repeated(played.entries) == {}
    assert account.kinds(played.entries) == WHOLE
    assert account.asked_of_lost_region(account.of_runs(played.entries)) == []


def test_figures_over_http_agree_with_the_sandbox_within_a_second_of_the_host(played: Played) -> None:
    """P8, T30: a second of the host is two minutes of this world; points are exact to a second of the world."""
    times = times_of_points(played.entries, played.made.arm)
    apart: dict[str, timedelta] = {}
    for child in played.driven.view.children:
        finished = played.driven.events[child.run.id][-1]
        values = {
            event.step: event.payload["values"]
            for event in played.driven.events[child.run.id]
            if event.kind == "step.intent"
        }
        after = [values[step.id] for step in child.steps if step.phase == "after" and step.id in values]
        told = Told(
            service=str(child.run.service),
            figures=finished.payload["figures"],
            questions=tuple(question(each) for each in after),
        )
        apart |= differences(told, played.entries, times)

    assert len(apart) == GREEN + POINTS
    assert {what: far for what, far in apart.items() if far > _HOST_SECOND} == {}
    points = {what: far for what, far in apart.items() if not what.endswith(" green")}
    assert all(far <= timedelta(seconds=1) for far in points.values()), points


def test_hash_chains_over_http_are_whole(played: Played) -> None:
    """T24 in small: what the API tells can be verified by who reads it."""
    assert len(played.driven.events) == len(SERVICES) + 1
    for events in played.driven.events.values():
        assert first_broken([to_event(each) for each in events]) is None


def test_every_end_in_the_journals_has_its_line_and_its_span(played: Played) -> None:
    """As many as there are, each once, in the log and at the collector; children lead to their parent's trace."""
    collector, parent = played.collector, RunId(played.driven.view.run.id)
    until = time.monotonic() + 10
    while sum(not span.parent for span in collector.spans) < len(SERVICES) + 1 and time.monotonic() < until:
        time.sleep(0.05)  # noqa: TID251 - another process sends what is left within a second
    ends = {
        (RunId(run), StepId(event.step))
        for run, events in played.driven.events.items()
        for event in events
        if event.step and event.kind in {"step.done", "step.skipped", "step.failed"}
    }
    log = (played.made.rehearsed.folder / "daemon.log").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in log.splitlines()]
    told = [(line["run"], line["step"]) for line in lines if line["event"] == "step ended"]
    roots = {span.id: span for span in collector.spans if not span.parent}
    steps = {span.id for span in collector.spans if span.parent in roots}

    assert sorted(told) == sorted(ends)
    assert sorted(line["run"] for line in lines if line["event"] == "run ended") == sorted(played.driven.events)
    assert [line for line in lines if "run" in line and line["trace_id"] != trace_id(RunId(line["run"]))] == []
    assert roots.keys() == {run_span_id(RunId(run)) for run in played.driven.events}
    assert steps >= {step_span_id(run, step, 1) for run, step in ends}
    assert {link for span in roots.values() for link in span.links} == {(trace_id(parent), run_span_id(parent))}
    assert {span.parent for span in collector.spans} <= {"", *roots, *steps}


def test_a_running_daemon_tells_how_it_fares(played: Played) -> None:
    """What happened in it was counted where it happened, and every loop of it turns."""
    page = httpx2.get(played.made.rehearsed.metrics).raise_for_status().text
    told: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            told.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    routes = {key for key in told["drd_http_requests_total"] if "/api/v1/runs" in key}
    beats = told["drd_heartbeat_timestamp_seconds"]
    late = HostClock().now() - timedelta(seconds=30)

    assert told["drd_lease_held"] == {("exporter",): 1}
    assert {loop for (loop,) in beats} == {"calendar", "dispatch", "leases"}
    assert min(beats.values()) > late.timestamp()
    assert told["drd_config_last_reload_success_timestamp_seconds"][()] > 0
    assert {queue for (queue,) in told["drd_queue_depth"]} == {"evidence", "runs", "writes"}
    assert set(told["drd_arm_operations"].values()) == {0}
    assert told["drd_audit_chain_valid"] == {(): 1}
    assert told["drd_journal_commit_duration_seconds_count"][()] > 0
    assert told["drd_event_loop_lag_seconds_count"][()] > 0
    assert any("POST" in key for key in routes)
    assert not any(run in key for key in routes for run in played.driven.events)
    assert "drd_credential_expiry_timestamp_seconds" not in told
