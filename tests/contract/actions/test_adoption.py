"""What a person adopts is followed to its end by every action that can be asked to."""

import pytest

from drd.ports.action import Doubt, Present, Unclear, Underway
from drd.ports.capabilities import Operation
from tests.contract.actions.cases import CASES, OF_PLANS
from tests.contract.actions.test_actions import CATALOGUE, staged

pytestmark = pytest.mark.anyio

ADOPTABLE = sorted(name for name in CASES if CATALOGUE.bind(name, CASES[name].values).doubt is Doubt.ADOPTABLE)
BY_STATE = {"vm.start", "vm.deallocate"}
"""What goes on is seen in the machine itself: whoever ordered it, it is what the step wants."""
BY_TARGET = {"backup.restore-disks", "backup.restore-vm", "backup.cross-region-restore", "asr.resume-plan"}
"""Whoever restores into the step's own group or machine, or moves its plan on, does what the step wants."""


@pytest.mark.parametrize("name", ADOPTABLE)
async def test_what_somebody_else_began_is_followed_once_a_person_adopts_it(name: str) -> None:
    """The record goes through the journal; poll and read-back give the outputs that later steps need."""
    stage = staged(name)
    await stage.action.act(stage.context)
    sent = list(stage.world.sent)

    seen = await stage.action.look(stage.context)

    if name in BY_STATE:
        assert isinstance(seen, Present)
        outputs = seen.outputs
    else:
        if name in BY_TARGET:
            assert isinstance(seen, Underway)
            found: Operation | None = seen.operation
        else:
            assert isinstance(seen, Unclear), "nothing of this step had left"
            found = seen.found
        assert found is not None
        outputs = await stage.polled(found)
    done = await stage.verified(outputs)
    of_plans = OF_PLANS if "item" in CASES[name].values else frozenset()
    assert set(done) == set(CATALOGUE.outputs(name)) - of_plans
    assert stage.world.sent == sent
