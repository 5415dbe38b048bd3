"""What every ledger keeps, on every database."""

from datetime import timedelta
from typing import Any

import pytest

from drd.domain.ids import ArmId, ItemId, RunId, StepId
from drd.ports.ledger import Entry
from drd.store.opening import Store
from tests.contract.store.sample import MACHINE, NOON, TENANT

pytestmark = pytest.mark.anyio


def entry(resource: ArmId = MACHINE, **other: Any) -> Entry:
    """Give an entry of run r."""
    given: dict[str, Any] = {
        "kind": "resource",
        "run": RunId("r"),
        "step": StepId("s1"),
        "tenant": TENANT,
        "recorded_at": NOON,
    }
    return Entry(**(given | {"keep": False, "id": resource} | other))


async def test_entries_are_read_back_in_order(store: Store) -> None:
    """With everything that was said of them."""
    full = entry(
        expires_at=NOON + timedelta(hours=4, microseconds=1), item=ItemId("vm-1"), details={"vault": "rsv", "é": ""}
    )
    others = (entry(ArmId(f"{MACHINE}-b"), keep=True), entry(ArmId(f"{MACHINE}-a"), run=RunId("q")))
    await store.ledger.record((full, others[0]))
    await store.ledger.record((others[1],))

    assert await store.ledger.of_run(RunId("r")) == (full, others[0])
    assert [each.id.text for each in await store.ledger.open()] == [full.id.text, others[1].id.text]


async def test_an_entry_that_is_there_stays_as_it_is(store: Store) -> None:
    """The same id in other letters is the same thing; another step's is another entry."""
    await store.ledger.record((entry(details={"a": "first"}),))

    await store.ledger.record(
        (entry(ArmId(MACHINE.text.upper()), details={"a": "second"}), entry(step=StepId("s2"), details={"a": "third"}))
    )

    assert [each.details["a"] for each in await store.ledger.of_run(RunId("r"))] == ["first", "third"]


async def test_what_was_removed_is_open_no_longer(store: Store) -> None:
    """It stays in the ledger, with the first instant at which its absence was read back."""
    await store.ledger.record((entry(),))
    for hours in (1, 2):
        await store.ledger.removed(RunId("r"), ArmId(MACHINE.text.lower()), at=NOON + timedelta(hours=hours))
    await store.ledger.removed(RunId("nobody"), MACHINE, at=NOON)

    assert await store.ledger.open() == ()
    assert (await store.ledger.of_run(RunId("r")))[0].removed_at == NOON + timedelta(hours=1)


async def test_nothing_is_written_for_nothing(store: Store) -> None:
    """An action that creates nothing may say so."""
    await store.ledger.record(())

    assert await store.ledger.of_run(RunId("r")) == ()
