"""What every action keeps, whichever file it stands in: interrupted anywhere, it is done once."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from drd.actions import item_of
from drd.daemon.catalogue import Actions
from drd.daemon.discovery import actions
from drd.domain.canonical import Json, canonical_json
from drd.domain.durations import parse_instant
from drd.domain.errors import NotFoundError
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.ports.action import Absent, BoundAction, Doubt, Outputs, OutputType, Present, StepContext, Underway
from drd.ports.capabilities import Operation
from tests.contract.actions.cases import CASES, OF_PLANS
from tests.fakes.world import Crash, World
from tests.fakes.world_vaults import (
    WorldReplication,
    cloud,
    step_context,
)

pytestmark = pytest.mark.anyio

CATALOGUE = Actions(actions())
FOLDER = Path(__file__).parents[3] / "drd" / "actions"
INTERRUPTIONS = ("nowhere", "before sending", "before the reply", "after the reply", "while polling", "while verifying")


@dataclass
class Stage:
    """A world, an action, and a process that may die."""

    world: World
    context: StepContext
    action: BoundAction

    async def sight(self, *, sent_before: bool) -> tuple[Operation | None, Outputs | None]:
        """Look, and act where the class of the action allows it. `None, None` when the step is parked."""
        seen = await self.action.look(self.context)
        if isinstance(seen, Absent):
            if sent_before and self.action.doubt is Doubt.AMBIGUOUS:
                return None, None
            acted = await self.action.act(self.context)
            return (acted.operation, None) if isinstance(acted, Underway) else (None, acted.outputs)
        if isinstance(seen, Underway):
            return seen.operation, None
        assert isinstance(seen, Present), seen
        return None, seen.outputs

    async def polled(self, operation: Operation) -> Outputs:
        """Poll what went through the journal, to its end."""
        stored = Operation.from_json(operation.to_json())
        for _ in range(100):
            polled = await self.action.poll(self.context, stored)
            if isinstance(polled, Present):
                return polled.outputs
            await self.world.clock.sleep(polled.wait or timedelta(seconds=30))
        raise AssertionError("it never ends")

    async def verified(self, outputs: Outputs) -> Outputs:
        """Read the world back until it is as wanted."""
        for _ in range(100):
            verified = await self.action.verify(self.context, outputs)
            if isinstance(verified, Present):
                return verified.outputs
            await self.world.clock.sleep(verified.wait or timedelta(seconds=30))
        raise AssertionError("the world is never as wanted")


def staged(name: str) -> Stage:
    """Set a case up."""
    case, world = CASES[name], World()
    replication = WorldReplication(world)
    case.before(world, replication)
    context = step_context(world, cloud(world, replication), mode=case.mode, owned=case.owned, copies=case.copies)
    return Stage(world=world, context=context, action=CATALOGUE.bind(name, case.values))


async def carried_out(stage: Stage, interruption: str) -> Outputs | None:
    """Carry a step out, with one death of the process and one restart. None when it was parked."""
    stage.world.dies = {"before sending": "before", "before the reply": "after"}.get(interruption, "")
    operation: Operation | None = None
    outputs: Outputs | None = None
    crashed = False
    try:
        operation, outputs = await stage.sight(sent_before=False)
    except Crash:
        crashed = True
    if crashed or interruption == "after the reply":
        stage.context = replace(stage.context, in_doubt=True)
        await stage.world.clock.sleep(timedelta(seconds=2))
        operation, outputs = await stage.sight(sent_before=True)
        if operation is None and outputs is None:
            return None
    if operation is not None:
        outputs = await stage.polled(operation)
        if interruption == "while polling":
            outputs = await stage.polled(operation)
    assert outputs is not None
    done = await stage.verified(outputs)
    return await stage.verified(outputs) if interruption == "while verifying" else done


def test_every_action_has_its_case() -> None:
    """An action without one would be tried by nobody."""
    assert set(CASES) == set(CATALOGUE.names())


@pytest.mark.parametrize("interruption", INTERRUPTIONS)
@pytest.mark.parametrize("name", sorted(CASES))
async def test_interrupted_anywhere_it_is_done_once(name: str, interruption: str) -> None:
    """The world is changed exactly once; only what cannot be told is left to a person, and never sent again."""
    stage = staged(name)

    outputs = await carried_out(stage, interruption)

    if outputs is None:
        assert stage.action.doubt is Doubt.AMBIGUOUS
        assert interruption == "before sending"
        assert stage.world.sent == []
        return
    case = CASES[name]
    may_miss = case.at_most_once if interruption == "before sending" else 0
    assert case.changes - may_miss <= len(set(stage.world.sent)) <= case.changes
    if stage.action.doubt is not Doubt.PUT_BY_NAME or case.at_most_once:
        assert len(stage.world.sent) <= case.changes


@pytest.mark.parametrize("name", sorted(CASES))
async def test_it_gives_the_outputs_that_it_declares(name: str) -> None:
    """Neither more nor less, each of its type, and writable to a journal."""
    given = await carried_out(staged(name), "nowhere")

    assert given is not None
    declared = CATALOGUE.outputs(name)
    of_plans = OF_PLANS if name.startswith("asr.") and "item" in CASES[name].values else frozenset()
    assert set(given) == set(declared) - of_plans
    for output, kind in ((each, declared[each]) for each in given):
        assert _is(given[output], kind), f"{output} is no {kind}: {given[output]!r}"
    assert canonical_json(dict(given))


def _is(value: Json, kind: OutputType) -> bool:
    if kind in {OutputType.TEXTS, OutputType.ARM_IDS}:
        one = OutputType.TEXT if kind is OutputType.TEXTS else OutputType.ARM_ID
        return isinstance(value, list | tuple) and all(_is(each, one) for each in value)
    if kind is OutputType.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is OutputType.BOOLEAN:
        return isinstance(value, bool)
    if not isinstance(value, str) or not value:
        return False
    if kind is OutputType.INSTANT:
        return parse_instant(value) is not None
    return kind is OutputType.TEXT or ArmId.parse(value).text == value


@pytest.mark.parametrize("name", sorted(CASES))
async def test_the_same_outputs_come_after_an_adoption(name: str) -> None:
    """A restart is not seen in what later steps, and the figures, get; only a record's old values may be lost."""
    first = await carried_out(staged(name), "nowhere")
    adopted = await carried_out(staged(name), "before the reply")

    assert first is not None
    assert adopted is not None
    lost = {"previous"} if name in {"dns.switch", "traffic-manager.switch", "desktop.publish"} else set()
    assert {key: first[key] for key in first if key not in lost} == {
        key: adopted[key] for key in adopted if key not in lost
    }


@pytest.mark.parametrize("name", sorted(CASES))
async def test_looking_and_simulating_change_nothing(name: str) -> None:
    """Simulating asks nobody either."""
    stage = staged(name)
    reads = stage.world.reads

    for context in (stage.context, None):
        assert stage.action.simulate(context).sentence
    stage.action.creates(stage.context)
    stage.action.targets(stage.context)
    assert stage.world.reads == reads

    await stage.action.look(stage.context)
    assert stage.world.sent == []


@pytest.mark.parametrize("name", sorted(CASES))
async def test_its_way_back_can_be_taken(name: str) -> None:
    """An undo is a call that fits the catalogue."""
    stage = staged(name)
    outputs = await carried_out(stage, "nowhere")

    assert outputs is not None
    undo = stage.action.undo(outputs)
    if undo is not None:
        assert CATALOGUE.faults(undo.uses, undo.values) == ()


@pytest.mark.parametrize("name", sorted(CASES))
def test_its_permissions_are_operations_of_azure(name: str) -> None:
    """They go into roles as they are."""
    form = re.compile(r"Microsoft\.[A-Za-z]+(/[A-Za-z]+)+/(read|write|delete|action)")

    assert [each for each in CATALOGUE.permissions(name) if not form.fullmatch(each)] == []
    assert CATALOGUE.modes(name)


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_example_in_its_docstring_loads(name: str) -> None:
    """As in a runbook: values that are references are passed over."""
    text = (FOLDER / f"{name.replace('.', '_').replace('-', '_')}.py").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert example is not None
    (step,) = YAML(typ="safe").load(example[1])
    assert step["uses"] == name
    values = step.get("with", {})
    references = {key for key, value in values.items() if isinstance(value, str) and value.startswith("${{")}

    faults = [each for each in CATALOGUE.faults(name, values) if not (each.path and each.path[0] in references)]

    assert faults == []
    assert set(map(Mode, step.get("modes", ()))) <= CATALOGUE.modes(name)


@pytest.mark.parametrize("name", sorted(CASES))
def test_its_schema_names_and_explains_every_value(name: str) -> None:
    """Editors show it."""
    schema = CATALOGUE.schema(name)

    assert schema["additionalProperties"] is False
    assert [key for key, value in schema.get("properties", {}).items() if not value.get("description")] == []


@pytest.mark.parametrize("name", sorted(CASES))
def test_its_parameters_cannot_be_changed_and_nothing_unknown_is_taken(name: str) -> None:
    """A typing error is found when the runbook is loaded."""
    faults = CATALOGUE.faults(name, {**CASES[name].values, "itme": "x"})

    assert [each.message for each in faults] == ['unknown key "itme"']


def test_an_unknown_item_is_refused_with_a_hint() -> None:
    """The plan holds what may be named."""
    stage = staged("noop")

    with pytest.raises(NotFoundError, match="Hint"):
        item_of(stage.context, "vm-nobody")
