"""What a role allows, and where it counts."""

import pytest

from drd.sandbox.arm import fold
from drd.sandbox.roles import OWNER, READER, RoleDefinition, Roles, read_role

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-a"
MACHINE = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm-1"
START = "Microsoft.Compute/virtualMachines/start/action"


@pytest.mark.parametrize(
    ("actions", "not_actions", "operation", "allowed"),
    [
        (("*",), (), START, True),
        (("*/read",), (), "Microsoft.Compute/virtualMachines/read", True),
        (("*/read",), (), START, False),
        (("Microsoft.Compute/*",), (), START, True),
        (("Microsoft.Compute/virtualMachines/*/action",), (), START, True),
        (("Microsoft.Compute/virtualMachines/*/action",), (), "Microsoft.Compute/virtualMachines/write", False),
        (("microsoft.compute/VIRTUALMACHINES/start/ACTION",), (), START, True),
        (("*",), (START,), START, False),
        (("*",), ("Microsoft.Authorization/*/write",), "Microsoft.Authorization/roleAssignments/write", False),
        (("Microsoft.Compute/virtualMachines/read",), (), "Microsoft.Compute/virtualMachines/readSecrets", False),
        ((), (), START, False),
    ],
)
def test_a_role_allows_what_its_patterns_say(
    actions: tuple[str, ...], not_actions: tuple[str, ...], operation: str, *, allowed: bool
) -> None:
    """A star stands for anything, case does not count, and what is taken back is gone."""
    assert RoleDefinition(name="r", actions=actions, not_actions=not_actions).allows(operation) is allowed


@pytest.mark.parametrize(
    ("given_at", "asked_at", "may"),
    [
        ("", MACHINE, True),
        (SUBSCRIPTION, MACHINE, True),
        (GROUP, MACHINE, True),
        (GROUP.upper(), MACHINE, True),
        (MACHINE, MACHINE, True),
        (MACHINE, GROUP, False),
        (GROUP, f"{SUBSCRIPTION}/resourceGroups/rg-ab/providers/Microsoft.Compute/virtualMachines/vm-1", False),
        (f"{SUBSCRIPTION}2", MACHINE, False),
    ],
)
def test_a_right_counts_where_it_is_given_and_below(given_at: str, asked_at: str, *, may: bool) -> None:
    """A group whose name begins alike is another group."""
    roles = Roles()
    roles.assign("somebody", OWNER, given_at)

    assert roles.may("somebody", START, fold(asked_at)) is may
    assert not roles.may("another", START, fold(asked_at))


def test_what_one_role_takes_back_another_may_give() -> None:
    """Rights add up over roles, as in Azure."""
    roles = Roles()
    roles.assign("somebody", RoleDefinition(name="a", id="a", actions=("*",), not_actions=(START,)), SUBSCRIPTION)
    assert not roles.may("somebody", START, fold(MACHINE))

    roles.assign("somebody", RoleDefinition(name="b", id="b", actions=(START,)), GROUP)
    assert roles.may("somebody", START, fold(MACHINE))


def test_a_change_of_roles_counts_at_once() -> None:
    """What was remembered of an identity is forgotten."""
    roles = Roles()
    given = roles.assign("somebody", READER, SUBSCRIPTION)
    assert not roles.may("somebody", START, fold(MACHINE))

    roles.define(RoleDefinition(name="Reader", id=READER.id, actions=("*",)))
    assert roles.may("somebody", START, fold(MACHINE))
    roles.withdraw(given.id)
    assert not roles.may("somebody", START, fold(MACHINE))


def test_a_subscription_is_seen_by_whoever_holds_something_in_it() -> None:
    """Also by somebody who holds one group only."""
    roles = Roles()
    roles.assign("somebody", READER, GROUP)

    subscriptions = ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"]
    assert roles.seen("somebody", subscriptions) == subscriptions[:1]
    assert roles.seen("another", subscriptions) == []
    roles.assign("another", READER, "/")
    assert roles.seen("another", subscriptions) == subscriptions


def _file(**changes: object) -> dict[str, object]:
    lists = {name: [] for name in ("Actions", "NotActions", "DataActions", "NotDataActions", "AssignableScopes")}
    return {"Name": "n", "IsCustom": True, "Description": "d", **lists, **changes}


def test_a_role_is_read_from_a_file_in_azure_s_form() -> None:
    """The id comes from the name, so that it is the same everywhere."""
    role = read_role(_file(Actions=["*/read"]))

    assert (role.name, role.actions, role.is_custom) == ("n", ("*/read",), True)
    assert role.id == read_role(_file()).id != read_role(_file(Name="m")).id


@pytest.mark.parametrize("wrong", [{"Actions": "*"}, {"Extra": 1}, {"Name": None}])
def test_a_file_with_a_mistake_is_no_role(wrong: dict[str, object]) -> None:
    """The message names the member."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        read_role(_file(**wrong))
