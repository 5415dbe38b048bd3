"""What people tell: recorded once, linked to what is there, never changed, and by who may only."""

import asyncio
from typing import Any

import pytest

from drd.api.presenting_evidence import statement_of
from drd.api.wire.statement import ExerciseBody
from drd.cli.verify_evidence import verify
from drd.domain.actor import Actor, Role
from drd.domain.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, RefusedError
from drd.domain.evidence import FIELDS, NOT_APPLICABLE, UNKNOWN, EvidenceKind
from drd.domain.ids import TenantId
from drd.domain.statement import Statement
from drd.operations.record_statement import RecordStatement
from drd.operations.show_evidence import ShowEvidence
from tests.fakes.exercise import EXERCISE
from tests.fakes.memory_evidence import MemoryEvidence
from tests.fakes.served_house import FakeServices
from tests.fakes.virtual_clock import EPOCH, VirtualClock

pytestmark = pytest.mark.anyio
AN = Actor(name="an", roles=frozenset({Role.OPERATOR}))
TOWN = TenantId("voorbeeld")


class Desk:
    """A book with the record of a drill in it, and who writes into it."""

    def __init__(self) -> None:
        """Begin."""
        self.book = MemoryEvidence()
        self.record = RecordStatement(book=self.book, services=FakeServices(), clock=VirtualClock(), version="1.2")

    async def drilled(self, run: str = "r-1", tenant: str = TOWN) -> None:
        """Leave the record of a drill."""
        body: dict[str, Any] = {"run": {"id": run}, "service": {"id": "burgerzaken"}, "outcome": {"state": "succeeded"}}
        await self.book.append(EvidenceKind.DRILL, TenantId(tenant), body, EPOCH, key=f"run/{run}")


@pytest.fixture
async def desk() -> Desk:
    """Give a desk."""
    desk = Desk()
    await desk.drilled()
    return desk


def exercise(**others: Any) -> Statement:
    """Tell of an exercise; what is None is left out."""
    told = {name: value for name, value in (EXERCISE | others).items() if value is not None}
    return statement_of(ExerciseBody.model_validate(told))


def added(**said: Any) -> Statement:
    """Tell more of a run."""
    return Statement(id="a-1", tenant="", said=said)


FOUND = {"id": "f-1", "severity": "info", "text": "t", "owner": "o", "due": "2026-12-31", "status": "done"}


async def test_an_exercise_is_one_record_with_what_was_told(desk: Desk) -> None:
    """Told again it is the same; what was not told is unknown, and nothing is said of what drd did."""
    told = exercise(records=["r-1"], decisions=None, findings=[FOUND | {"re-test": "r-1"}])
    first, again = await desk.record.exercise(AN, told), await desk.record.exercise(AN, told)
    body, drill = first.body(), desk.book.records[0]

    assert (first, len(desk.book.records), set(body)) == (again, 2, set(FIELDS))
    assert (body["type"], body["key"], body["outcome"]["state"]) == ("exercise", "exercise/voorbeeld/tafel-1", "held")
    assert (body["trigger"]["by"], body["service"]["tier"], body["scenario"]) == ("an", 1, {"kind": "ransomware"})
    assert (body["exercise"]["form"], body["environment"]["moved-production"]) == ("tabletop", False)
    assert body["records"] == [{"id": drill.body()["id"], "key": "run/r-1", "sequence": 1, "hash": drill.hash}]
    assert body["findings"][0]["due"] == "2026-12-31"
    assert (body["decisions"], body["suppliers"], body["steps"]) == (UNKNOWN, UNKNOWN, NOT_APPLICABLE)
    lines = [f"{each.line()}\n".encode() for each in desk.book.records]
    assert verify([*lines, f"{(await desk.book.head()).seal()}\n".encode()]).faults == []


async def test_an_exercise_of_the_whole_names_no_service(desk: Desk) -> None:
    """And one that finds nothing says nothing of findings."""
    body = (await desk.record.exercise(AN, exercise(service=None, findings=None))).body()

    assert (body["service"], body["findings"], body["records"]) == (NOT_APPLICABLE, UNKNOWN, [])


async def test_what_is_told_at_the_same_time_is_one_record(desk: Desk) -> None:
    """A person clicks twice."""
    written = await asyncio.gather(*(desk.record.exercise(AN, exercise()) for _ in range(4)))

    assert (len(set(written)), len(desk.book.records)) == (1, 2)


async def test_other_words_under_the_same_id_are_refused(desk: Desk) -> None:
    """A record is never changed."""
    first = await desk.record.exercise(AN, exercise())
    with pytest.raises(ConflictError, match="something else") as refused:
        await desk.record.exercise(AN, exercise(form="full"))

    assert (refused.value.other, len(desk.book.records)) == (first.body()["id"], 2)


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"records": ["r-9"]}, NotFoundError),
        ({"findings": [FOUND | {"re-test": "r-9"}]}, NotFoundError),
        ({"records": ["r-2"]}, RefusedError),
        ({"until": "2026-11-22T05:00:00+01:00"}, RefusedError),
        ({"service": "nergens"}, NotFoundError),
        ({"tenant": "nergens"}, NotFoundError),
    ],
)
async def test_what_does_not_fit_is_refused_whole(desk: Desk, told: dict[str, Any], kind: type[Exception]) -> None:
    """A record that is not there, or of another municipality; an exercise that is not over; nothing is written."""
    await desk.drilled("r-2", "elders")
    with pytest.raises(kind):
        await desk.record.exercise(AN, exercise(**told))

    assert len(desk.book.records) == 2


async def test_what_people_add_is_a_record_that_names_the_first(desk: Desk) -> None:
    """The first stays as it was, and is shown with it; told twice it is one."""
    before = desk.book.records[0]
    told = added(accepted=[{"role": "dienst", "outcome": "accepted", "at": "x"}], end={"declared-by": "burgemeester"})
    first, again = await desk.record.addition(AN, "r-1", told), await desk.record.addition(AN, "1", told)
    body = first.body()

    assert (first, desk.book.records) == (again, [before, first])
    assert (body["type"], body["outcome"]["state"], body["run"]) == ("addition", "told", {"id": "r-1"})
    assert (body["tenant"], body["service"]) == ("voorbeeld", {"id": "burgerzaken"})
    assert body["records"][0]["hash"] == before.hash
    assert body["integrity"]["accepted-by"][0]["outcome"] == "accepted"
    assert (body["end-of-recovery"], body["scenario"]) == ({"declared-by": "burgemeester"}, UNKNOWN)
    show = ShowEvidence(desk.book)
    assert await show.additions(AN, before) == (first,)


async def test_an_addition_to_an_addition_or_with_other_words_is_refused(desk: Desk) -> None:
    """There is one record that everything is about."""
    first = await desk.record.addition(AN, "r-1", added(scenario={"kind": "deletion"}))
    with pytest.raises(RefusedError, match="itself an addition"):
        await desk.record.addition(AN, first.body()["id"], added(scenario={"kind": "deletion"}))
    with pytest.raises(ConflictError):
        await desk.record.addition(AN, "r-1", added(scenario={"kind": "ransomware"}))
    with pytest.raises(NotFoundError, match="no such record"):
        await desk.record.addition(AN, "r-9", added(scenario={"kind": "deletion"}))

    assert len(desk.book.records) == 2


async def test_only_who_may_tells(desk: Desk) -> None:
    """Who approves may accept, and holds no exercise; nobody tells for another municipality."""
    approver = Actor(name="bo", roles=frozenset({Role.APPROVER}))
    elsewhere = Actor(name="cis", roles=frozenset({Role.RESPONDER}), tenants=frozenset({TenantId("elders")}))
    viewer = Actor(name="dirk", roles=frozenset({Role.VIEWER}))
    for actor in (approver, elsewhere, viewer):
        with pytest.raises(ForbiddenError):
            await desk.record.exercise(actor, exercise())
    for actor in (elsewhere, viewer):
        with pytest.raises(ForbiddenError):
            await desk.record.addition(actor, "r-1", added(scenario={}))

    assert (await desk.record.addition(approver, "r-1", added(scenario={}))).body()["trigger"]["by"] == "bo"


async def test_a_name_that_fits_several_records_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to write instead."""

    async def several(_book: MemoryEvidence, _name: str) -> None:
        raise InvalidError("several records begin so", faults=("e-1", "e-12"))

    monkeypatch.setattr(MemoryEvidence, "get", several)
    with pytest.raises(InvalidError) as refused:
        await desk.record.addition(AN, "e-1", added(scenario={}))

    assert refused.value.hint == "write the whole id"
