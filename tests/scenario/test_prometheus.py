"""A real Prometheus and a real Alertmanager watch a daemon through a drill, a lost region and its own end.

World time is the host's here, because Prometheus knows no other; Azure's operations end soon instead. The rules are the
shipped ones; only how long they wait is shortened, in a copy.
"""

import contextlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from drd.api.wire.estate import ServiceShape
from drd.api.wire.runs import StartBody
from drd.cli.faults import CommandError
from drd.cli.schedule_client import Schedules
from drd.domain.durations import format_instant
from drd.domain.errors import ConflictError
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from proofs.figures import question, times_of_points
from proofs.monitoring import (
    Alertmanager,
    Labels,
    Prometheus,
    Receiver,
    alertmanager,
    eventually,
    installed,
    prometheus,
    receiver,
)
from proofs.postgres import free_port
from proofs.processes import Driven, House, drive, house
from proofs.stage import HOME, ROOT, TENANT
from proofs.truth import seen, told

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.place("where Debian's prometheus and prometheus-alertmanager are installed"),
    pytest.mark.skipif(not installed(), reason="Prometheus or Alertmanager is not installed"),
]

DRILLED, MOVED = "databank", "burgerzaken"
AGO = timedelta(minutes=40)
"""How long ago the region was lost: longer than `databank` may lose, and shorter than `burgerzaken` may."""
BREACHED, APPROVAL, DOWN, BLIND, WATCHDOG = (
    "DrdRecoveryPointObjectiveBreached",
    "DrdApprovalWaiting",
    "DrdDown",
    "DrdNoExporter",
    "DrdWatchdog",
)
TOOK, AGE = "drd_service_achieved_recovery_time_seconds", "drd_service_achieved_recovery_point_seconds"
POINT = "drd_service_recovery_point_timestamp_seconds"

# An approval may wait for five minutes; its rule reckons that itself, for no hand-over may begin it anew.
_ASKED = 'drd_run_approval_requested_timestamp_seconds{mode!="drill"})'
_FIVE_MINUTES, _TWO_SECONDS = f"{_ASKED} > 300", f"{_ASKED} > 2"
_SHIPPED = ROOT / "deploy" / "prometheus"
_HURRY = 20_000
_PATIENT = 90.0
_AT_WORK = ConflictError.code


@dataclass(frozen=True, slots=True)
class Watching:
    """The daemon, what watches it, and who is told."""

    made: House
    prometheus: Prometheus
    alertmanager: Alertmanager
    people: Receiver

    def hear(self, alert: str, status: str = "firing", **labels: str) -> None:
        """Wait until people were told."""
        eventually(lambda: self.people.heard(alert, status, **labels), _PATIENT, self.prometheus.alerts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What was seen on the way.

    Attributes:
        calm: the alerts that fired before the region was lost, in a moment in which the daemon answered in time.
        truth: what the sandbox knows of the failover's figures.
        services: what the daemon told of the services when all was over, and `points` what Prometheus had of their
            newest recovery points. `series`: every series of the daemon's that it had then, `troubles` of its rules.
        suppressed: the alerts that were held back while the daemon was gone.
    """

    watching: Watching
    calm: frozenset[str]
    drill: Driven
    failover: Driven
    truth: Mapping[str, float | None]
    services: Mapping[str, ServiceShape]
    points: Mapping[str, float]
    series: Counter[tuple[str, Labels]]
    troubles: list[str]
    suppressed: Mapping[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Play it once; the tests look at it from all sides."""
    folder = tmp_path_factory.mktemp("watched")
    address = f"127.0.0.1:{free_port()}"
    with contextlib.ExitStack() as stack:
        people = stack.enter_context(receiver())
        manager = stack.enter_context(alertmanager(folder / "alertmanager", _routing(people.url)))
        rules, to = _rules(folder / "rules"), manager.url.removeprefix("http://")
        watcher = stack.enter_context(prometheus(folder / "watcher", [address], rules=rules, alertmanager=to))
        settings = {"listen": {"metrics": address}, "runbooks": str(_runbooks(folder / "runbooks"))}
        made = stack.enter_context(house(speed=1, hurry=_HURRY, settings=settings))
        yield _play(Watching(made, watcher, manager, people))


def _play(watching: Watching) -> Watched:
    made, asked = watching.made, watching.prometheus
    with made.as_somebody() as me:
        drill = drive(made, me.start(StartBody(runbook=DRILLED, tenant=TENANT, mode=Mode.DRILL, reason="test")).id)
    eventually(lambda: asked.query(f'{TOOK}{{mode="drill"}}'), _PATIENT)
    watching.hear(WATCHDOG)
    calm = eventually(lambda: _answered(asked), _PATIENT, asked.alerts)

    since = len(made.entries())
    failover, lost = _failed_over(watching)
    entries = made.entries()[since:]
    services, points = _settled(watching)
    items = [each.id for each in services[MOVED].items]
    events = failover.events[failover.view.run.id]
    values = {each.step: each.payload["values"] for each in events if each.kind == "step.intent"}
    after = [question(values[step.id]) for step in failover.view.steps if step.phase == "after"]
    green = seen.green_at(entries, after, operation=seen.GUEST)
    truth = seen.of_run(lost, green, times_of_points(entries, made.arm), items)
    series, troubles = Counter(asked.series()), asked.troubles()

    made.daemon.terminate()
    made.daemon.wait(_PATIENT)
    watching.hear(DOWN)
    suppressed = eventually(watching.alertmanager.suppressed, _PATIENT)
    made.revive()
    watching.hear(DOWN, "resolved")
    eventually(lambda: asked.query(TOOK), _PATIENT)
    return Watched(
        watching=watching,
        calm=calm,
        drill=drill,
        failover=failover,
        truth=truth,
        services=services,
        points=points,
        series=series,
        troubles=troubles,
        suppressed=suppressed,
    )


def _answered(asked: Prometheus) -> frozenset[str]:
    """Give the alerts that fire, and none while a scrape is late.

    On a busy machine a page may take longer than the second that it has here; then it is true that nobody answers.
    """
    firing = frozenset(asked.alerts())
    return frozenset() if firing & {DOWN, BLIND} else firing


def _failed_over(watching: Watching) -> tuple[Driven, datetime]:
    """Lose the region, and fail over; nobody approves before people were told. Gives how it went, and the incident."""
    made, asked = watching.made, watching.prometheus
    lost = made.rehearsed.lose_region(HOME, ago=AGO)
    eventually(lambda: _collects(made), _PATIENT)
    order = StartBody(
        runbook=MOVED,
        tenant=TENANT,
        mode=Mode.FAILOVER,
        graceful=False,
        incident_at=format_instant(lost),
        confirm=MOVED,
        reason="test",
    )
    with made.as_somebody() as me:
        run = me.start(order).id
    watching.hear(APPROVAL, runbook=MOVED, mode="failover")
    watching.hear(BREACHED, service=DRILLED)
    driven = drive(made, run)
    watching.hear(APPROVAL, "resolved")
    eventually(lambda: asked.query(f'{TOOK}{{mode="failover"}}'), _PATIENT)
    return driven, lost


def _collects(made: House) -> bool:
    """Have everything collected now; not while its schedule is at work, as it is every five minutes."""
    with Schedules(made.rehearsed.socket) as schedules:
        try:
            schedules.trigger("collect", reason="test", anyway=True)
        except CommandError as error:
            if error.problem.code != _AT_WORK:
                raise
            return False
        return True


def _settled(watching: Watching) -> tuple[Mapping[str, ServiceShape], Mapping[str, float]]:
    """Give the services, and Prometheus' newest points of them, of one moment.

    The collection after the loss may end just now: the region took the evening's snapshot with it, and Prometheus is a
    look behind the command line.
    """
    services: Mapping[str, ServiceShape] = {}
    points: Mapping[str, float] = {}

    def alike() -> bool:
        nonlocal services, points
        with watching.made.as_somebody() as me:
            services = {each.id: each for each in me.services(TENANT)}
        points = {dict(labels)["service"]: value for labels, value in watching.prometheus.query(POINT).items()}
        # The API tells instants to the millisecond.
        return points == pytest.approx(_points(services), abs=0.001)

    eventually(alike, _PATIENT, lambda: (points, _points(services)))
    return services, points


def _points(services: Mapping[str, ServiceShape]) -> dict[str, float]:
    """Give what the command line tells of the newest points of those that have any items; 0 for unknown."""
    told_at = {name: each.point_at for name, each in services.items() if each.items}
    return {name: at.timestamp() if at else 0.0 for name, at in told_at.items()}


def _rules(folder: Path) -> list[Path]:
    """Copy the shipped rules, with everything that waits for minutes waiting for a second."""
    folder.mkdir()
    for file in (_SHIPPED / "rules.yaml", _SHIPPED / "alerts.yaml"):
        text = re.sub(r"(?m)^( +(?:keep_firing_)?for:) .*$", r"\1 1s", file.read_text(encoding="utf-8"))
        (folder / file.name).write_text(text.replace(_FIVE_MINUTES, _TWO_SECONDS), encoding="utf-8")
    assert _TWO_SECONDS in (folder / "alerts.yaml").read_text(encoding="utf-8")
    return sorted(folder.iterdir())


def _routing(url: str) -> dict[str, Any]:
    """Give the shipped sample, with nobody waiting for a message, and every way to people leading to `url`."""
    text = (_SHIPPED / "alertmanager.yaml").read_text(encoding="utf-8")
    for what, seconds in (("group_wait", 0), ("group_interval", 1)):
        text = re.sub(rf"{what}: \w+", f"{what}: {seconds}s", text)
    sample: dict[str, Any] = YAML(typ="safe").load(text)
    ways = [{"url": url, "send_resolved": True}]
    return sample | {"receivers": [{"name": each["name"], "webhook_configs": ways} for each in sample["receivers"]]}


def _runbooks(folder: Path) -> Path:
    """Copy the runbooks; the probe of the drill, which waits for a quarter of a minute at a time, is left out."""
    shutil.copytree(ROOT / "runbooks", folder)
    file = folder / f"{DRILLED}.yaml"
    book = YAML(typ="safe").load(file)
    book["groups"] = [each for each in book["groups"] if each["id"] != "probe"]
    book["always"] = [each for each in book["always"] if each["id"] != "probe-cleanup"]
    # JSON is YAML 1.2.
    file.write_text(json.dumps(book), encoding="utf-8")
    return folder


def test_every_shipped_rule_is_evaluated_and_none_of_a_healthy_estate_cries(watched: Watched) -> None:
    """The dead man's switch fires, and what says that drd is down, blind, late or divided does not."""
    assert watched.troubles == []
    assert WATCHDOG in watched.calm
    wrong = {BREACHED, APPROVAL, DOWN, BLIND, "DrdHeartbeatStale", "DrdCollectorStale", "DrdDrillFailed"}
    assert watched.calm & wrong == set()


def test_prometheus_knows_the_figures_that_the_journal_holds(watched: Watched) -> None:
    """To the millisecond, of the drill and of the failover."""
    asked = watched.watching.prometheus
    for driven, service, mode in ((watched.drill, DRILLED, "drill"), (watched.failover, MOVED, "failover")):
        assert driven.view.run.state is RunState.SUCCEEDED, driven.trouble()
        figures = driven.events[driven.view.run.id][-1].payload["figures"]
        labels = f'{{tenant="{TENANT}",service="{service}",mode="{mode}"}}'

        assert asked.one(TOOK + labels) == figures["achieved-recovery-time-ms"] / 1000
        assert asked.one(AGE + labels) == figures["achieved-recovery-point-ms"] / 1000


def test_prometheus_knows_what_happened_in_the_sandbox_to_a_second(watched: Watched) -> None:
    """P8: RTO from the loss to the last good answer of a guest, RPO from the points that were used."""
    said = {
        what: watched.watching.prometheus.one(f'{name}{{service="{MOVED}",mode="failover"}}')
        for name, what in ((TOOK, told.TOOK), (AGE, told.LOST))
    }
    apart = told.differences(
        (told.Said(where="", what=what, value=value) for what, value in said.items()), watched.truth
    )

    assert all(far <= 1.0 for far in apart.values()), (apart, watched.truth)


def test_prometheus_and_the_command_line_tell_the_same_of_every_service(watched: Watched) -> None:
    """Newest points, and what was promised; no series stands twice."""
    asked = watched.watching.prometheus
    promised = {
        dict(labels)["service"]: value for labels, value in asked.query("drd_service_rto_objective_seconds").items()
    }

    # The API tells instants to the millisecond.
    assert watched.points == pytest.approx(_points(watched.services), abs=0.001)
    assert promised == {name: float(each.rto_seconds) for name, each in watched.services.items()}
    assert [series for series, count in watched.series.items() if count > 1] == []
    assert len(watched.series) > 300


def test_people_are_told_of_the_loss_and_of_the_approval_and_that_it_was_given(watched: Watched) -> None:
    """And of nothing that the loss did not bring: `burgerzaken` may lose an hour, and lost forty minutes."""
    people = watched.watching.people
    assert {each.to for each in people.heard(BREACHED, tenant=TENANT, service=DRILLED)} == {"voorbeeld-on-call"}
    assert [each.to for each in people.heard(APPROVAL, runbook=MOVED)] == ["voorbeeld-on-call"]
    assert [each.to for each in people.heard(APPROVAL, "resolved", runbook=MOVED)] == ["voorbeeld-on-call"]
    assert {each.to for each in people.heard(WATCHDOG)} == {"dead-mans-switch"}
    assert people.heard("DrdRunPausedByFailure") == []


def test_a_daemon_that_is_gone_is_told_once_and_no_objective_seems_to_have_recovered(watched: Watched) -> None:
    """While nobody tells of the estate, what was breached is held back, and never told to be well."""
    people = watched.watching.people
    held = [each["service"] for each in watched.suppressed.get(BREACHED, [])]

    assert DRILLED in held
    assert people.heard(BREACHED, "resolved", service=DRILLED) == []
    assert {each.to for each in people.heard(DOWN, "resolved")} == {"platform-on-call"}


def test_figures_are_the_same_after_a_restart(watched: Watched) -> None:
    """At every instant at which there was one."""
    asked = watched.watching.prometheus
    for name in (TOOK, AGE):
        now = asked.query(f"{name}")
        told_over_time = asked.query(f"changes({name}[5m])")
        assert set(told_over_time.values()) == {0.0}
        assert len(now) == len(told_over_time)
