"""Whether a drill may end its daemon: only a drill, only where somebody starts the daemon again, only alone."""

from typing import Any

import pytest

from drd.daemon.conductor import conductor_of
from drd.domain.actor import Actor, Role
from drd.domain.conductor import drawn
from drd.domain.errors import InvalidError, RefusedError
from drd.domain.ids import RunbookId, RunId, ServiceId
from drd.domain.plan import Mode
from drd.operations.kill_conductor import KillConductor, KillOrder
from drd.operations.start_run import StartOrder, StartRun
from drd.settings.settings import Settings
from drd.settings.settings_file import SettingsFile
from tests.fakes.engine_house import House, plan, step
from tests.fakes.mortal import Mortal
from tests.fakes.small_estate import FixedRunbooks

pytestmark = pytest.mark.anyio


def _settings(**daemon: Any) -> Settings:
    file = SettingsFile.model_validate({"drd": "settings/v1", "daemon": daemon})
    return Settings(file=file, path=None, calendar=None, shown=(), findings=())  # type: ignore[arg-type]  # not looked at


def _kills(house: House, *, restarted_by: str = "systemd") -> KillConductor:
    return KillConductor(
        journal=house.journal, conductor=Mortal(restarted_by=restarted_by), new_seed=lambda: "drawn-now"
    )


async def _refused(house: House, kills: KillConductor, order: KillOrder, mode: Mode = Mode.DRILL) -> str:
    with pytest.raises(RefusedError) as refused:
        await kills(order, mode)
    assert refused.value.code == "kill-refused"
    assert refused.value.hint
    return str(refused.value)


async def _busy(mode: Mode) -> House:
    house = House()
    await house.start(plan(mode=mode, service=ServiceId("sociaal-huis")), run=RunId("r-other"))
    return house


@pytest.mark.parametrize("mode", [Mode.FAILOVER, Mode.FAILBACK])
async def test_only_a_drill_may_end_its_daemon(mode: Mode) -> None:
    """The real thing never does."""
    house = House()
    assert mode.value in await _refused(house, _kills(house), KillOrder(), mode)


async def test_a_daemon_that_nobody_starts_again_is_not_ended() -> None:
    """The hint names the setting that says otherwise."""
    house = House()
    assert "restarted: true" in await _refused(house, _kills(house, restarted_by=""), KillOrder())


async def test_beside_another_drill_it_must_be_said_and_beside_a_failover_it_is_never_done() -> None:
    """Whatever else the daemon moves would die with it."""
    drill, real = await _busy(Mode.DRILL), await _busy(Mode.FAILOVER)
    assert "r-other" in await _refused(drill, _kills(drill), KillOrder())
    assert (await _kills(drill)(KillOrder(among_others=True), Mode.DRILL)).seed == "drawn-now"
    assert "r-other" in await _refused(real, _kills(real), KillOrder(among_others=True))


async def test_a_seed_may_be_given_to_repeat_a_draw_and_is_no_essay() -> None:
    """What it draws stands in the run's first event."""
    house = House()
    assert (await _kills(house)(KillOrder(seed="7"), Mode.DRILL)).seed == "7"
    with pytest.raises(InvalidError):
        await _kills(house)(KillOrder(seed="7" * 65), Mode.DRILL)


def _order(**others: Any) -> StartOrder:
    actor = Actor(name="an", roles=frozenset({Role.OPERATOR}))
    return StartOrder(runbook=RunbookId("burgerzaken"), tenant=None, mode=Mode.DRILL, actor=actor, **others)


async def test_what_is_drawn_stands_in_the_first_event_and_a_key_that_comes_again_draws_nothing_new() -> None:
    """One wish, one run, one death."""
    house = House()
    start = StartRun(
        runbooks=FixedRunbooks(plan(step("a"), mode=Mode.DRILL)),
        engine=house.engine,
        clock=house.clock,
        kills=_kills(house),
    )
    card = await start(_order(kill=KillOrder(), key="k-1"))
    again = await start(_order(kill=KillOrder(), key="k-1"))

    kill = drawn(house.journal.stored[card.id][0])
    assert kill is not None
    assert (again.id, kill.seed) == (card.id, "drawn-now")


async def test_a_daemon_that_is_never_ended_says_so() -> None:
    """A rehearsal in one process, for one."""
    house = House()
    start = StartRun(runbooks=FixedRunbooks(plan(step("a"), mode=Mode.DRILL)), engine=house.engine, clock=house.clock)
    with pytest.raises(RefusedError) as refused:
        await start(_order(kill=KillOrder()))
    assert refused.value.code == "kill-refused"


def test_a_wish_without_it_keeps_the_digest_that_it_had_before() -> None:
    """Keys of earlier versions go on meaning their runs."""
    assert _order().digest() == "6c3d2940b6e766bb52e744e435bbe1eaf8d739d939451405803974caf7b932c5"
    assert _order(kill=KillOrder()).digest() != _order().digest()


@pytest.mark.parametrize(
    ("daemon", "environment", "who"),
    [
        ({}, {}, ""),
        ({}, {"NOTIFY_SOCKET": "/run/systemd/notify"}, "systemd"),
        ({}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "Kubernetes"),
        ({"restarted": True}, {}, "settings"),
        ({"restarted": False}, {"NOTIFY_SOCKET": "/run/systemd/notify"}, ""),
    ],
)
def test_who_starts_the_daemon_again_is_what_the_settings_say_or_who_started_it(
    daemon: dict[str, Any], environment: dict[str, str], who: str
) -> None:
    """Each life of the process has another name."""
    first, second = (conductor_of(_settings(**daemon), environment) for _ in range(2))
    assert first.restarted_by == who
    assert first.boot != second.boot
