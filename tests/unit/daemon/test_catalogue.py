"""The catalogue says what is wrong in people's words, and puts values inside."""

import pytest

from drd.daemon.catalogue import Actions, Checks
from drd.daemon.discovery import actions, checks
from drd.domain.canonical import Json
from drd.domain.errors import InvalidError, NotFoundError
from drd.domain.plan import Mode
from drd.ports.catalogue import ActionCatalogue, CheckCatalogue

ACTIONS: ActionCatalogue = Actions(actions())
CHECKS: CheckCatalogue = Checks(checks())


@pytest.mark.parametrize(
    ("name", "values", "path", "message", "hint"),
    [
        ("asr.failover", {"itm": "vm-1"}, ("itm",), 'unknown key "itm"', 'did you mean "item"?'),
        ("backup.restore-original", {}, (), 'the key "item" is missing', "add `item: ...`"),
        ("asr.failover", {"item": None}, ("item",), '"item" is left blank', "give it a value, or delete the line"),
        ("asr.failover", {"item": 5}, ("item",), "expected a text, found 5", "put it in quotes"),
        (
            "asr.failover",
            {"item": "vm-1", "recovery-point": "latest-procesed"},
            ("recovery-point",),
            '"latest-procesed" is not allowed here',
            'did you mean "latest-processed"?',
        ),
        ("wait", {"for": "soon"}, ("for",), "not a length of time: 'soon'", "write 90s, 15m"),
        ("vm.start", {"machine": "vm-1"}, ("machine",), "not an Azure resource id", "it looks like /subscriptions/"),
        ("vm.start", {}, (), "exactly one of item and machine is needed", "write item: ID"),
        ("noop", {"x": 1}, ("x",), 'unknown key "x"', "it takes no values"),
    ],
)
def test_a_fault_says_where_what_and_how_to_mend_it(
    name: str, values: dict[str, Json], path: tuple[str, ...], message: str, hint: str
) -> None:
    """In people's words, not the library's."""
    found = ACTIONS.faults(name, values)

    assert (path, message) in [(fault.path, fault.message) for fault in found]
    assert any(fault.hint.startswith(hint) for fault in found)
    with pytest.raises(InvalidError) as refused:
        ACTIONS.bind(name, values)
    assert len(refused.value.faults) == len(found)


def test_values_that_fit_are_bound() -> None:
    """The engine sees neither the library nor the type of the values."""
    bound = ACTIONS.bind("asr.failover", {"item": "vm-1"})

    assert (bound.name, bound.modes) == ("asr.failover", frozenset({Mode.FAILOVER, Mode.FAILBACK}))
    assert "vm-1" in bound.simulate(None).sentence
    assert CHECKS.bind("check.vm", {"item": "vm-1"}).describe() == "vm-1 is running with its agent ready"


@pytest.mark.parametrize("catalogue", [ACTIONS, CHECKS])
def test_an_unknown_name_is_refused_with_the_nearest(catalogue: ActionCatalogue | CheckCatalogue) -> None:
    """By every question that takes a name."""
    name = f"{catalogue.names()[-1]}x"
    for ask in (catalogue.schema, catalogue.modes, catalogue.outputs, catalogue.permissions):
        with pytest.raises(NotFoundError, match="did you mean"):
            ask(name)
    with pytest.raises(NotFoundError):
        catalogue.faults(name, {})
    with pytest.raises(NotFoundError):
        catalogue.bind(name, {})


def test_nothing_destructive_has_a_default_target() -> None:
    """A step that forgets what it means is refused, it does not guess."""
    one_of_two = ("asr.failover", "asr.commit", "asr.cancel-failover", "asr.test-cleanup")
    destructive = ("dns.switch", "resource-group.delete", "backup.restore-original", "network.fence", "desktop.log-off")

    assert [name for name in destructive if not ACTIONS.schema(name).get("required")] == []
    assert [name for name in (*one_of_two, "vm.deallocate", "vm.run-command") if not ACTIONS.faults(name, {})] == []


def test_drills_cannot_fail_over() -> None:
    """Whatever a runbook says: the mode is the action's own."""
    real = ("asr.failover", "asr.commit", "asr.cancel-failover", "dns.switch")

    assert [name for name in real if Mode.DRILL in ACTIONS.modes(name)] == []


@pytest.mark.parametrize(("disks", "fits"), [([], True), ("/subscriptions/s/resourceGroups/g", True), (["x"], False)])
def test_a_machine_may_have_no_data_disks(disks: Json, fits: bool) -> None:
    """A restore of a machine without them hands on an empty list."""
    faults = ACTIONS.faults("vm.create", {"data-disks": disks})

    assert (("data-disks",) not in [fault.path for fault in faults]) is fits
