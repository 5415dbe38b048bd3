"""A drill that ends its own daemon: once, at the drawn step, and nothing is sent twice."""

from itertools import count

import pytest

from drd.domain.conductor import KillWish, Moment, draw
from drd.domain.errors import RefusedError
from drd.domain.events import KILL, Kind
from drd.domain.evidence_of_conductor import SeenJob, conductor
from drd.domain.ids import RunId, ServiceId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode, RecoveryPlan
from drd.engine.engine import Engine
from drd.ports.journal import RunCard
from tests.fakes.engine_house import House, check, plan, step
from tests.fakes.mortal import Mortal

pytestmark = pytest.mark.anyio

FIRST, SECOND = "boot-1", "boot-2"


def _drill(*uses: str) -> RecoveryPlan:
    steps = [step(f"s{place}", each, {"lasts": 120}) for place, each in enumerate(uses)]
    return plan(*steps, check("loket"), mode=Mode.DRILL)


def _wish(wanted: RecoveryPlan, moment: Moment, name: str = "s0") -> KillWish:
    """Find a seed that draws this."""
    for number in count():
        wish = KillWish(seed=str(number))
        kill = draw(wanted, wish, graceful=True)
        if (kill.step, kill.moment) == (name, moment):
            return wish
    raise AssertionError


async def _killed(house: House, wanted: RecoveryPlan, wish: KillWish) -> RunCard:
    """Start, let the daemon die, and let the next one go on."""
    mortal = Mortal(FIRST)
    house.engine = Engine(house.parts(conductor=mortal))
    async with house.serving():
        await house.start(wanted, kill=wish)
        await mortal.died.wait()
        await house.kill()
    house.engine = Engine(house.parts(conductor=Mortal(SECOND)))
    async with house.serving():
        return await house.engine.over(RunId("r-1"))


@pytest.mark.parametrize("moment", list(Moment))
@pytest.mark.parametrize("uses", ["adopt", "put"])
async def test_the_daemon_dies_once_and_what_it_was_doing_is_sent_once(moment: Moment, uses: str) -> None:
    """Wherever it died, the next one looks or follows; the record says by whom it was taken up and what was found."""
    house, wanted = House(), _drill(uses, "put")
    card = await _killed(house, wanted, _wish(wanted, moment))

    said = conductor(wanted, house.events())
    assert card.state is RunState.SUCCEEDED
    assert sorted(house.world.names_sent()) == ["s0", "s1"]
    assert isinstance(said, dict)
    assert said["kill"] == {
        "wanted-by": "an",
        "drawn": house.events()[0].payload[KILL],
        "outcome": "killed",
        "step": "s0",
        "moment": moment.value,
        "at": said["takeovers"][0]["at"],
        "daemon": "d-1",
        "boot": FIRST,
        "because": "",
        "taken-up-by": {"daemon": "d-1", "boot": SECOND},
        "taken-up-at": said["takeovers"][0]["at"],
    }
    found = {each["step"]: each["found"] for each in said["takeovers"][0]["steps"]}
    wanted_of = {Moment.INTENT: "absent", Moment.SENT: "under-way"}
    assert found["s0"] == wanted_of.get(moment, "followed")
    assert len(said["takeovers"]) == 1
    assert said["repeated"] == []


async def test_a_step_that_is_done_at_once_is_not_recorded_and_the_daemon_dies_at_its_next_moment() -> None:
    """The draw is kept as near as the step allows."""
    house, wanted = House(), plan(step("s0"), mode=Mode.DRILL)
    await _killed(house, wanted, _wish(wanted, Moment.RECORDED))

    [note] = house.events(Kind.RUN_NOTE)
    assert note.payload[KILL]["moment"] == Moment.ENDED.value  # type: ignore[index,call-overload]  # a mapping
    assert house.world.names_sent() == ["s0"]


async def _stayed(house: House, mortal: Mortal, **others: object) -> str:
    """Let a drill that wants its daemon dead end beside what a test put there; gives why it was let be."""
    house.engine = Engine(house.parts(conductor=mortal))
    wanted = _drill("adopt")
    async with house.serving():
        if others:
            await house.start(plan(step("slow", "adopt", {"lasts": 9000}), **others), run=RunId("r-2"))
            await house.until(Kind.STEP_RECORDED, run="r-2")
        await house.start(wanted, kill=_wish(wanted, Moment.SENT))
        card = await house.engine.over(RunId("r-1"))
    assert card.state is RunState.SUCCEEDED
    assert not mortal.died.is_set()
    said = conductor(wanted, house.events())
    assert isinstance(said, dict)
    assert said["kill"]["outcome"] == "stayed"
    assert said["nothing-repeated"] == "not-applicable"
    return str(said["kill"]["because"])


async def test_a_daemon_that_nobody_starts_again_is_let_be_and_the_record_says_so() -> None:
    """Whoever took the run may be another than whoever was asked to start it."""
    assert "start it again" in await _stayed(House(), Mortal(restarted_by=""))


async def test_a_daemon_that_moves_a_failover_is_let_be() -> None:
    """A rehearsal never harms the real thing, whatever was allowed."""
    because = await _stayed(House(), Mortal(), mode=Mode.FAILOVER, service=ServiceId("sociaal-huis"))
    assert because == "it moves r-2, which is no drill"


async def test_a_daemon_that_moves_another_drill_is_let_be_unless_told() -> None:
    """The other drill did not ask for it."""
    because = await _stayed(House(), Mortal(), mode=Mode.DRILL, service=ServiceId("sociaal-huis"))
    assert because == "it moves r-2 too"


async def test_a_plan_that_only_asks_cannot_lose_its_daemon() -> None:
    """There is no step at which anything could be repeated."""
    with pytest.raises(RefusedError) as refused:
        await House().start(plan(check("loket"), mode=Mode.DRILL), kill=KillWish(seed="1"))
    assert refused.value.code == "nothing-to-kill-at"


async def test_two_jobs_of_one_request_are_a_repetition_whatever_the_journal_says() -> None:
    """Azure's own list has the last word; a job that it does not name leaves the question open."""
    house, wanted = House(), _drill("adopt")
    await _killed(house, wanted, _wish(wanted, Moment.RECORDED))
    events = house.events()
    [recorded] = house.events(Kind.STEP_RECORDED)
    operation = dict(recorded.payload["operation"])  # type: ignore[arg-type]  # a mapping
    job = {**operation, "kind": "site-recovery"}
    told = [
        type(event)(**{**_members(event), "payload": {"operation": job}}) if event is recorded else event
        for event in events
    ]
    seen = SeenJob(id="j-1", request=str(job["request-id"]).upper())

    def verdict(*jobs: SeenJob) -> object:
        said = conductor(wanted, told, jobs)
        assert isinstance(said, dict)
        return said["nothing-repeated"]

    assert verdict(seen) is True
    assert verdict(seen, SeenJob(id="j-2", request=seen.request)) is False
    assert verdict() == "unknown"


def _members(event: object) -> dict[str, object]:
    names = ("run", "sequence", "kind", "at", "step", "attempt", "actor", "reason", "token", "previous", "hash")
    return {name: getattr(event, name) for name in names}
