"""Turns a runbook into the plan of one tenant and mode: every target named, every value known, nothing left open."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from drd.document import Fault, Path, Refused, described, suggestion
from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.estate import NamedCheck, ProtectedItem, Service, Tenant, VirtualPc
from drd.domain.ids import ItemId, RunbookId, StepId
from drd.domain.plan import (
    APPROVE,
    RUNBOOK,
    ApprovalTerms,
    Mode,
    OnFailure,
    Origin,
    Phase,
    RecoveryGroup,
    RecoveryPlan,
    Retry,
    Step,
)
from drd.runbook.choosing import NOTHING, RECOVERY_POINT, Choices, ChosenPoint, Leaving
from drd.runbook.file import ApproveModel, CallModel, RetryModel
from drd.runbook.loader import Loaded
from drd.runbook.outline import Order, Placed, join_of, lines_of, order_of
from drd.runbook.reference import Kind, Reference, references_in, replaced
from drd.runbook.usage import wrong_input
from drd.runbook.vocabulary import Vocabulary

MOST_STEPS = 10_000
MOST_NEEDS = 200_000
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_HOUR = timedelta(hours=1)
_WEEK = timedelta(days=7)
_RETRY = Retry(times=3)

Each = ProtectedItem | VirtualPc
"""What a for-each goes over: it has an id and labels."""
Child = Callable[[RunbookId, Mapping[str, Json]], RecoveryPlan]
"""Plans a child runbook for the same tenant and mode. Raises Refused with the faults of the child."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a plan is made for."""

    tenant: Tenant
    service: Service | None
    mode: Mode
    inputs: Mapping[str, Json]
    choices: Choices = NOTHING
    inherited: bool = False
    """Whether the choices were made for a parent, so that a plan that cannot use them is no fault."""


class Resolver:
    """Makes one plan, or says everything that stands in its way."""

    def __init__(self, loaded: Loaded, target: Target, vocabulary: Vocabulary, child: Child) -> None:
        """Take a runbook whose file is right."""
        self._document = loaded.document
        self._file = loaded.file
        self._target = target
        self._vocabulary = vocabulary
        self._child = child
        self._lines = lines_of(loaded.file)
        self._faults: list[Fault] = []
        self._items = frozenset(item.id for item in target.service.items) if target.service else frozenset()
        self._inputs: dict[str, Json] = {}
        self._point = ChosenPoint(target.choices.point)
        self._given_points: dict[str, str] = {}
        self._leaving: Leaving

    def plan(self) -> RecoveryPlan:
        """Make the plan.

        Raises:
            Refused: with everything that is wrong for this tenant, mode and these inputs.
        """
        self._choose_inputs()
        copies = {line.step.id: self._items_of(line) for line in self._lines if self._target.mode in line.modes}
        self._stop_if_wrong()
        order = order_of(self._file, self._lines, lambda line: bool(copies.get(line.step.id)))
        self._limit(copies, order)
        ids: dict[str, Placed] = {
            _copy_id(line.step.id, item): line
            for line in self._lines
            if line.step.id in order
            for item in copies[line.step.id]
        }
        self._leaving = Leaving(self._target.choices, ids, lambda message, hint: self._wrong((), message, hint))
        steps = [
            self._step(line, item, order, copies)
            for line in self._lines
            if line.step.id in order
            for item in copies[line.step.id]
        ]
        steps += self._catalogue_checks()
        self._stop_if_wrong()
        choices, hypothesis = self._chosen(steps), tuple(self._hypothesis())
        self._stop_if_wrong()
        target, file = self._target, self._file
        return RecoveryPlan(
            runbook=RunbookId(file.id),
            title=file.title.text(),
            tenant=target.tenant.id,
            service=target.service.id if target.service else None,
            mode=target.mode,
            home_region=target.tenant.home_region,
            recovery_region=target.tenant.recovery_region,
            groups=tuple(self._groups(order)),
            steps=tuple(sorted(steps, key=lambda step: _PHASES[step.phase])),
            items=target.service.items if target.service else (),
            inputs=self._inputs,
            objectives=target.service.objectives if target.service and file.measured else None,
            on_failure=OnFailure(file.on_failure),
            tier=target.service.tier if target.service else None,
            choices=choices,
            hypothesis=hypothesis if target.mode is Mode.DRILL else (),
            origin=Origin(digest=self._document.digest(), version=file.version or ""),
        )

    def _hypothesis(self) -> Iterator[NamedCheck]:
        """Give the service's checks that production must pass while a drill goes on."""
        checks = {each.id: each for each in self._target.service.checks} if self._target.service else {}
        named = self._file.hypothesis
        for place, check in enumerate(checks if named is None else named):
            if check in checks:
                yield checks[check]
            else:
                hint = suggestion(check, checks)
                self._wrong(("hypothesis", place), f'the service has no check "{check}" in the catalogue', hint)

    def _chosen(self, steps: Sequence[Step]) -> dict[str, Json]:
        """Give what was chosen as the plan holds it: the recovery point only where something uses it."""
        choices = self._target.choices.to_json()
        if not self._target.choices.point:
            return choices
        below = any(RECOVERY_POINT in step.child.choices for step in steps if step.child is not None)
        several = self._target.inherited or below or len(set(self._given_points.values())) > 1
        if self._given_points or below:
            if several and self._point.names_one():
                message = f'"{self._point.wanted}" is no point of every item that is recovered'
                self._wrong((), message, "a point's id belongs to one item: choose it in a run of that item alone")
            return choices
        if not self._target.inherited:
            self._wrong((), "no step of this plan chooses a recovery point", "leave --recovery-point out")
        return {name: value for name, value in choices.items() if name != RECOVERY_POINT}

    def _stop_if_wrong(self) -> None:
        if self._faults:
            raise Refused(list(dict.fromkeys(self._faults)))

    def _wrong(self, path: Path, message: str, hint: str, *, key: bool = False) -> None:
        self._faults.append(self._document.fault(path, message, hint, key=key))

    def _choose_inputs(self) -> None:
        models = self._file.inputs
        for name in self._target.inputs:
            if name not in models:
                hint = suggestion(name, models) if models else "the runbook has no inputs"
                self._wrong(("inputs",), f'there is no input "{name}"', hint, key=True)
        for name, model in models.items():
            value = self._target.inputs.get(name, model.default)
            if value is None:
                self._wrong(("inputs", name), f'the input "{name}" was not given', f"give it with --input {name}=...")
                continue
            typed = _typed(value, model.type)
            message = wrong_input(model, typed)
            if message:
                self._wrong(("inputs", name), f'the input "{name}": {message}', "give another value")
            self._inputs[name] = typed

    def _items_of(self, line: Placed) -> tuple[Each | None, ...]:
        """Give the items or virtual PCs that a line is done for; one None where it is done once."""
        wanted = line.step.for_each
        if wanted is None:
            return (None,)
        service = self._target.service
        by = wanted.items if wanted.items is not None else wanted.virtual_pcs or {}
        found: tuple[Each, ...] = ()
        if service is not None:
            found = service.selected(by) if wanted.items is not None else service.selected_pcs(by)
        if not found and not wanted.allow_empty:
            labels = ", ".join(f"{key}: {value}" for key, value in by.items())
            what = "item" if wanted.items is not None else "virtual PC"
            name = service.id if service else "nothing"
            hint = "correct the labels here or in the catalogue, or add `allow-empty: true`"
            self._wrong((*line.path, "for-each"), f"no {what} of {name} carries {{{labels}}}", hint)
        return found

    def _limit(self, copies: Mapping[str, tuple[Each | None, ...]], order: Order) -> None:
        steps = sum(len(each) for each in copies.values())
        if steps > MOST_STEPS:
            self._wrong(("groups",), f"the plan would have {steps} steps", f"at most {MOST_STEPS}: split the runbook")
        needs = sum(len(copies[name]) * sum(len(copies.get(need, ())) or 1 for need in order[name]) for name in order)
        if needs > MOST_NEEDS:
            hint = "put the steps that wait into a group of their own"
            self._wrong(("groups",), f"the steps would wait for each other {needs} times", hint)
        self._stop_if_wrong()

    def _step(
        self,
        line: Placed,
        item: Each | None,
        order: Order,
        copies: Mapping[str, tuple[Each | None, ...]],
    ) -> Step:
        step, own = line.step, _copy_id(line.step.id, item)
        left_out = self._leaving.of(own)
        values = self._values(line, step, (*line.path, "with"), item)
        for path, missing in () if left_out else self._leaving.missing(line, values):
            message = f'"{step.id}" needs what "{missing}" gives, and that is left out'
            self._wrong(path, message, f'leave "{step.id}" out too, or keep "{missing}"')
        named = item.id if item else values.get("item")
        engine_word = step.uses in {APPROVE, RUNBOOK}
        approval = ApproveModel.model_validate(step.values) if step.uses == APPROVE else None
        undo = step.undo
        return Step(
            id=own,
            call=Call(uses=step.uses, values={} if approval else values),
            phase=line.phase,
            group=line.group_id,
            needs=tuple(_expanded(order[step.id], copies)),
            lane=step.id if step.parallel else "",
            parallel=step.parallel or 0,
            item=ItemId(named) if isinstance(named, str) and named in self._items else None,
            ungraceful=line.ungraceful,
            timeout=step.timeout or (approval.expires if approval else None) or (_WEEK if engine_word else _HOUR),
            estimate=step.estimate,
            retry=_retry(step.retry),
            critical=step.critical,
            on_failure=OnFailure(step.on_failure or self._by_default(line)),
            text=step.text.text() if step.text else None,
            undo=Call(uses=undo.uses, values=self._values(line, undo, (*line.path, "undo", "with"), item))
            if undo
            else None,
            approval=self._terms(line, approval) if approval else None,
            child=self._child_plan(line, values) if step.uses == RUNBOOK else None,
            left_out=left_out,
            source=str(self._document.place(line.path)),
        )

    def _values(self, line: Placed, call: CallModel, at: Path, item: Each | None) -> dict[str, Json]:
        """Put in inputs and items, and judge the values as they are now."""

        def give(reference: Reference) -> Json:
            if reference.kind is Kind.INPUT:
                return self._inputs[reference.name]
            if item is None:
                return ""
            return self._label(line, item, reference.name) if reference.label else item.id

        values = {key: replaced(value, give) for key, value in call.values.items()}
        if call is line.step:
            values |= self._with_point(call.uses, values, at)
        later = [found.path for found in references_in(values)]
        for fault in self._vocabulary.faults(call.uses, values):
            if not any(fault.path[: len(path)] == path for path in later):
                self._wrong((*at, *fault.path), f"{call.uses}: {fault.message}", fault.hint or "correct the value")
        self._known_names(values, at)
        return values

    def _with_point(self, uses: str, values: Mapping[str, Json], at: Path) -> Mapping[str, Json]:
        """Give the recovery point that was chosen, for a step that takes one."""
        if not self._target.choices.point or not self._vocabulary.is_action(uses):
            return {}
        known = self._vocabulary.schema(uses).get("properties", {})
        if not self._point.takes(uses, known):
            return {}
        given = self._point.into(values, known)
        if given is None:
            message = f'{uses} cannot use the recovery point "{self._point.wanted}"'
            self._wrong(at, message, "choose another, or leave these steps to the runbook's own choice")
            return {}
        self._given_points[".".join(str(part) for part in at)] = str(values.get("item", at))
        return given

    def _label(self, line: Placed, item: Each, label: str) -> str:
        if label not in item.labels:
            hint = suggestion(label, item.labels)
            self._wrong((*line.path, "for-each"), f'the item "{item.id}" has no label "{label}"', hint)
        return item.labels.get(label, "")

    def _known_names(self, values: Mapping[str, Json], at: Path) -> None:
        """Refuse an item or a service that the catalogue does not hold, and another service than the runbook's."""
        item, service, own = values.get("item"), values.get("service"), self._target.service
        if isinstance(item, str) and "${{" not in item and item not in self._items:
            owner = own.id if own else self._target.tenant.id
            hint = suggestion(item, self._items) if self._items else "only a service's runbook names items"
            self._wrong((*at, "item"), f'"{owner}" has no item {described(item)}', hint)
        asked = [own.id] if own else [each.id for each in self._target.tenant.services]
        if isinstance(service, str) and "${{" not in service and service not in asked:
            # A plan holds its own service's items: asked about another, a check would be green about these.
            words = f'a runbook of "{own.id}" cannot ask about' if own else f"{self._target.tenant.id} has no service"
            self._wrong((*at, "service"), f"{words} {described(service)}", suggestion(service, asked))

    def _terms(self, line: Placed, model: ApproveModel) -> ApprovalTerms:
        known = [contact.id for contact in self._target.tenant.contacts]
        for place, contact in enumerate(model.by):
            if contact not in known:
                hint = suggestion(contact, known)
                self._wrong((*line.path, "with", "by", place), f'there is no contact "{contact}"', hint)
        return ApprovalTerms(
            ask=model.ask.text(),
            by=tuple(model.by),
            minimum=model.minimum,
            not_the_starter=model.not_the_starter,
            expires=model.expires,
            remind=model.remind,
        )

    def _by_default(self, line: Placed) -> str:
        """A drill does not wait for a person to clean up: it ends, says what is left, and the reaper goes on."""
        cleans_up = line.phase is Phase.ALWAYS and self._target.mode is Mode.DRILL
        return OnFailure.CONTINUE.value if cleans_up else self._file.on_failure

    def _child_plan(self, line: Placed, values: Mapping[str, Json]) -> RecoveryPlan | None:
        inputs = values.get("inputs", {})
        try:
            return self._child(RunbookId(str(values.get("runbook"))), inputs if isinstance(inputs, Mapping) else {})
        except Refused as refused:
            for fault in refused.faults:
                if fault.place.file:
                    self._faults.append(fault)
                else:
                    self._wrong((*line.path, "with", "runbook"), fault.message, fault.hint)
            return None

    def _groups(self, order: Order) -> Iterator[RecoveryGroup]:
        filled = {line.group_id for line in self._lines if line.step.id in order}
        for group in self._file.groups:
            if group.id in filled:
                yield RecoveryGroup(
                    id=group.id,
                    title=group.title.text() if group.title else None,
                    join=StepId(join_of(group.id)),
                    minimum_success=group.minimum_success or 100,
                )

    def _catalogue_checks(self) -> Iterator[Step]:
        """Give the checks of the service that the runbook does not ask itself."""
        phases = {line.step.id: line.phase for line in self._lines}
        for check in self._target.service.checks if self._target.service else ():
            phase = phases.get(check.id)
            if phase is Phase.AFTER:
                continue
            if phase is not None:
                path = next(line.path for line in self._lines if line.step.id == check.id)
                message = f'the service has a check "{check.id}" in the catalogue, and this step has its name'
                self._wrong((*path, "id"), message, "give the step another id")
            item = check.call.values.get("item")
            yield Step(
                id=StepId(check.id),
                call=check.call,
                phase=Phase.AFTER,
                item=ItemId(item) if isinstance(item, str) else None,
                text=check.text,
                source=f"catalogue:{self._target.tenant.id}",
            )


_PHASES = {phase: number for number, phase in enumerate(Phase)}


def _copy_id(name: str, item: Each | None) -> StepId:
    return StepId(f"{name}[{item.id}]" if item else name)


def _expanded(needs: tuple[str, ...], copies: Mapping[str, tuple[Each | None, ...]]) -> Iterator[StepId]:
    """Give the ids that a line waits for: all copies of a for-each; joins of groups as they are."""
    for need in needs:
        if need in copies:
            yield from (_copy_id(need, item) for item in copies[need])
        else:
            yield StepId(need)


def _retry(model: RetryModel | None) -> Retry:
    if model is None:
        return _RETRY
    return Retry(times=model.times, wait=model.wait or _RETRY.wait)


def _typed(value: Json, kind: str) -> Json:
    """Read what was typed on a command line as the input's type; what does not fit stays a text and is refused."""
    if not isinstance(value, str):
        return value
    if kind == "integer" and _INTEGER.fullmatch(value.strip()):
        return int(value)
    if kind == "boolean" and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    return value
