"""What an identity may do and what a subscription may use, as each provider tells it."""

import pytest

from drd.domain.grants import Grant, missing_from
from drd.domain.ids import ArmId
from drd.ports.rights import RIGHTS
from drd.sandbox.governance import REGISTRATION_TYPE, registration_id
from drd.sandbox.state import Resource
from tests.contract.providers.stage import SUBSCRIPTION, Stage

pytestmark = pytest.mark.anyio
START = "Microsoft.Compute/virtualMachines/start/action"


async def test_rights_are_those_of_the_asking_identity(stage: Stage) -> None:
    """At a subscription and at a group of it."""
    rights = stage.provider.capability(RIGHTS)

    everywhere = await rights.held(ArmId.parse(f"/subscriptions/{SUBSCRIPTION}"))
    here = await rights.held(stage.id("rg-recovery-neu"))

    assert missing_from(everywhere, [START]) == missing_from(here, [START]) == ()


async def test_a_namespace_that_is_not_registered_is_told(stage: Stage) -> None:
    """By its name in lower case."""
    stage.sandbox.world.store.put(
        Resource(
            id=registration_id(SUBSCRIPTION, "Microsoft.Network"),
            type=REGISTRATION_TYPE,
            location="",
            properties={"registrationState": "NotRegistered"},
        ),
        at=stage.clock.now(),
        by="test",
    )

    found = await stage.provider.capability(RIGHTS).registered(SUBSCRIPTION)

    assert (found["microsoft.compute"], found["microsoft.network"]) == ("Registered", "NotRegistered")


def test_what_one_role_leaves_out_another_may_give() -> None:
    """Patterns fit without case, and a star stands for any part."""
    most = Grant(actions=("*",), not_actions=("Microsoft.Compute/*/write", "*/delete"))
    writer = Grant(actions=("microsoft.compute/disks/WRITE",))
    wanted = [START, "Microsoft.Compute/disks/write", "Microsoft.Compute/disks/delete"]

    assert missing_from([most, writer], wanted) == ("Microsoft.Compute/disks/delete",)
    assert missing_from([], [START]) == (START,)
