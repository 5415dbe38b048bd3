"""Faults: what each kind does, whom it means, how often it strikes, and that all of it repeats."""

from datetime import UTC, datetime, timedelta

import pytest

from drd.sandbox.faults import KINDS, Asked, Fault, Faults, Strike, make, named
from drd.sandbox.faults.fault import Selection
from drd.sandbox.faults.model import FaultModel, members_of

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
GROUP = "/subscriptions/s1/resourceGroups/rg-a"
MACHINE = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm-db-1"
ITEM = f"{GROUP}/providers/Microsoft.RecoveryServices/vaults/v/x/VM;iaasvmcontainerv2;rg-a;vm-db-1"
START = "Microsoft.Compute/virtualMachines/start/action"


def asked(**changes: object) -> Asked:
    """A call to start a machine."""
    members: dict[str, object] = {
        "at": NOW,
        "method": "POST",
        "path": f"{MACHINE}/start",
        "operation": START,
        "identity": "drd-failover",
        "regions": ("westeurope",),
    }
    return Asked(**{**members, **changes})  # type: ignore[arg-type] - members of Asked


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_can_be_ordered_and_says_what_it_does(kind: str) -> None:
    """A kind's own assumptions are members that an order of it may change."""
    assert KINDS[kind].means
    assert make(kind).kind == kind
    fixed = {"status", "code", "after_accepting", "reset", "hang"}
    assert set(KINDS[kind].assumes) - members_of(kind) - fixed == set()


@pytest.mark.parametrize(
    ("selection", "meant"),
    [
        ({}, True),
        ({"operation": START.upper()}, True),
        ({"operation": "Microsoft.Compute/*"}, True),
        ({"operation": "Microsoft.Compute/virtualMachines/*/action"}, True),
        ({"operation": "Microsoft.Compute"}, False),
        ({"operation": "Microsoft.Network/*"}, False),
        ({"method": "post"}, True),
        ({"method": "GET"}, False),
        ({"resource": "vm-db-1"}, True),
        ({"resource": "VM-DB-*"}, True),
        ({"resource": "vm-db"}, False),
        ({"resource": MACHINE}, True),
        ({"resource": "resourcegroups/rg-a"}, True),
        ({"resource": "virtualMachines/vm-*/start"}, True),
        ({"resource": "rg-b"}, False),
        ({"path_contains": "vm-db"}, True),
        ({"region": "WestEurope"}, True),
        ({"region": "northeurope"}, False),
        ({"identity": "drd-failover"}, True),
        ({"identity": "drd-reaper"}, False),
        ({"method": "POST", "region": "northeurope"}, False),
    ],
)
def test_a_fault_means_what_its_selection_says(selection: dict[str, str], meant: bool) -> None:
    """All that it says must agree, without regard to case; a name is a whole segment."""
    assert Selection(make("throttle", **selection)).covers(asked()) is meant


def test_a_name_selects_the_backup_of_its_machine() -> None:
    """Azure Backup glues names together with semicolons."""
    assert Selection(make("point-missing", resource="vm-db-1")).covers(Asked(path=ITEM))
    assert not Selection(make("point-missing", resource="vm-db")).covers(Asked(path=ITEM))


def test_a_fault_stands_from_an_instant_until_another() -> None:
    """`for` counts from its beginning, in world time."""
    faults = Faults()
    model = FaultModel.model_validate({"kind": "throttle", "from": "+5m", "for": "10m"})
    faults.add(model.fault(NOW), NOW)

    struck = [faults.strike(asked(at=NOW + timedelta(minutes=at)), _any) is not None for at in (0, 4, 5, 14, 15, 60)]
    assert struck == [False, False, True, True, False, False]


def test_skip_lets_some_go_and_count_ends_it() -> None:
    """The second and the third match are struck."""
    faults = Faults()
    faults.add(make("server-error", skip=1, count=2))

    assert [faults.strike(asked(), _any) is not None for _ in range(5)] == [False, True, True, False, False]
    assert len(faults) == 0
    assert [(one.matched, one.struck, one.is_spent) for one in faults.listed()] == [(3, 2, True)]


def test_an_event_strikes_once_and_a_state_as_long_as_it_stands() -> None:
    """Where the order does not say how often, its kind does, and a window or a share means: as often as it falls."""
    assert make("reply-lost").count == 1
    assert make("throttle").count is None
    assert make("reply-lost", probability=0.5).count is None
    assert make("reply-lost", ends=NOW).count is None
    assert make("throttle", count=3).count == 3


def test_chance_repeats_for_a_seed_and_differs_between_seeds_and_faults() -> None:
    """No shared random source: what else happens changes nothing."""

    def falls(seed: int, before: int = 0) -> list[bool]:
        faults = Faults(seed)
        for _ in range(before):
            faults.add(make("throttle", resource="nowhere"))
        faults.add(make("server-error", probability=0.3))
        return [faults.strike(asked(), _any) is not None for _ in range(400)]

    assert falls(1) == falls(1)
    assert falls(1) != falls(2)
    assert falls(1) != falls(1, before=1)
    assert 90 < sum(falls(1)) < 150


def test_the_oldest_fault_that_strikes_is_the_one() -> None:
    """What one lets go another may strike."""
    faults = Faults()
    faults.add(make("throttle", skip=1))
    faults.add(make("server-error", count=1))

    struck = [faults.strike(asked(), _any) for _ in range(3)]
    assert [one.kind if one else "" for one in struck] == ["server-error", "throttle", "throttle"]


def test_a_steady_kind_treats_a_target_the_same_each_time() -> None:
    """A point that is infected stays so, and a count counts points."""
    faults = Faults()
    faults.add(make("point-infected", count=1))
    first, second = NOW, NOW - timedelta(days=1)

    def infected(instant: datetime) -> bool:
        found = faults.condition("point-infected", target=ITEM, region="westeurope", at=NOW, instant=instant)
        return found is not None

    assert [infected(each) for each in (first, second, first, second)] == [True, False, True, False]


def test_points_are_selected_by_when_they_were_taken() -> None:
    """From an instant on, and before another."""
    faults = Faults()
    model = FaultModel.model_validate({"kind": "point-corrupt", "points-from": "-2d", "points-until": "-1d"})
    faults.add(model.fault(NOW), NOW)

    def corrupt(days: float) -> bool:
        instant = NOW - timedelta(days=days)
        return faults.condition("point-corrupt", target=ITEM, region="", at=NOW, instant=instant) is not None

    assert [corrupt(days) for days in (0.5, 1, 1.5, 2, 2.5)] == [False, False, True, True, False]
    assert faults.condition("point-corrupt", target=ITEM, region="", at=NOW) is None


def test_foretelling_counts_nothing() -> None:
    """Who only says what would happen uses nothing up."""
    faults = Faults()
    faults.add(make("allocation", count=1, region="northeurope"))

    for _ in range(3):
        assert faults.standing("allocation", target=MACHINE, region="northeurope", at=NOW) is not None
    assert faults.condition("allocation", target=MACHINE, region="northeurope", at=NOW) is not None
    assert faults.standing("allocation", target=MACHINE, region="northeurope", at=NOW) is None


def test_what_strikes_meanwhile_is_told_to_its_call_and_the_rest_to_the_background() -> None:
    """So that every strike has its place in the journal."""
    faults, background, strikes = Faults(), list[Strike](), list[Strike]()
    faults.on_background = background.append
    faults.add(make("script-fails", operation=START, count=2))

    with faults.answering(asked(), strikes):
        assert faults.condition("script-fails", target=MACHINE, region="", at=NOW) is not None
        caller = faults.caller
    assert faults.condition("script-fails", target=MACHINE, region="", at=NOW) is None
    with faults.on_behalf(caller):
        assert faults.condition("script-fails", target=MACHINE, region="", at=NOW) is not None

    assert (len(strikes), len(background)) == (1, 1)
    assert named([*strikes, *background]) == (
        {"fault": "fault-1", "kind": "script-fails", "target": MACHINE, "times": 2},
    )


def test_a_fault_is_withdrawn_by_its_id() -> None:
    """The others stay."""
    faults = Faults()
    first, second = faults.add(make("throttle")), faults.add(make("hang"))

    assert faults.remove(first.id) == first
    assert faults.remove(first.id) is None
    assert [one.fault.id for one in faults.listed()] == [second.id]


@pytest.mark.parametrize(
    ("retry_after", "header"), [(7, "7"), (0.5, "0.5"), (31_536_000, "31536000"), ("never", "never"), (None, None)]
)
def test_a_retry_after_is_written_with_all_its_digits(retry_after: float | str | None, header: str | None) -> None:
    """However absurd."""
    assert make("error", retry_after=retry_after).response().headers.get("retry-after") == header


@pytest.mark.parametrize(
    ("code", "words"), [("AllocationFailed", "capacity"), ("SkuNotAvailable", "size"), ("OperationNotAllowed", "quota")]
)
def test_a_failed_allocation_says_what_compute_says(code: str, words: str) -> None:
    """Unless its order says otherwise."""
    assert words in make("allocation", code=code).error(409).message
    assert make("allocation", code=code, message="no").error(409).message == "no"


def _any(_fault: Fault) -> bool:
    return True
