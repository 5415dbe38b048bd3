"""Whether every reference leads to something that is there, in time, and of the right type."""

from collections.abc import Iterator

from drd.document import Document, Fault, Path, suggestion
from drd.domain.plan import Mode, Phase, Ungraceful
from drd.runbook.file import CallModel, RunbookFile
from drd.runbook.outline import Order, Placed, earlier_than, lines_of, order_of, with_joins
from drd.runbook.reference import Found, Kind, Reference, references_in
from drd.runbook.vocabulary import Vocabulary

_TYPES = {"string": "a text", "integer": "a whole number", "boolean": "true or false", "array": "a list"}


def reference_faults(document: Document, file: RunbookFile, vocabulary: Vocabulary) -> list[Fault]:
    """Give what is wrong with the references of a runbook whose names and order are right."""
    return list(_References(document, file, vocabulary).faults())


class _References:
    def __init__(self, document: Document, file: RunbookFile, vocabulary: Vocabulary) -> None:
        self._document = document
        self._file = file
        self._vocabulary = vocabulary
        self._lines = lines_of(file)
        self._by_id = {line.step.id: line for line in self._lines}
        self._orders: dict[Mode, Order] = {}

    def faults(self) -> Iterator[Fault]:
        for line in self._lines:
            yield from self._call(line, line.step, (*line.path, "with"))
            if line.step.undo is not None:
                yield from self._call(line, line.step.undo, (*line.path, "undo", "with"), undo=True)

    def _call(self, line: Placed, call: CallModel, at: Path, *, undo: bool = False) -> Iterator[Fault]:
        for found in references_in(call.values):
            if found.reference is None:
                continue
            wrong = self._wrong(line, found.reference, undo=undo) or self._misfit(call, found, found.reference)
            if wrong:
                yield self._document.fault((*at, *found.path), wrong[0], wrong[1])

    def _wrong(self, line: Placed, reference: Reference, *, undo: bool) -> tuple[str, str] | None:
        if reference.kind is Kind.INPUT:
            known = reference.name in self._file.inputs
            hint = suggestion(reference.name, self._file.inputs)
            return None if known else (f'there is no input "{reference.name}"', hint)
        if reference.kind is Kind.EACH:
            hint = "add `for-each: {items: {...}}` to the step, or name the item"
            return None if line.step.for_each is not None else ("`each` means an item of a for-each", hint)
        return self._wrong_step(line, reference, undo=undo)

    def _wrong_step(self, line: Placed, reference: Reference, *, undo: bool) -> tuple[str, str] | None:
        target = self._by_id.get(reference.name)
        if target is None:
            others = set(self._by_id) - {line.step.id}
            return f'there is no step "{reference.name}"', suggestion(reference.name, others)
        outputs = self._vocabulary.outputs(target.step.uses)
        if reference.output not in outputs:
            message = f'{target.step.uses} gives no "{reference.output}"'
            return message, suggestion(reference.output, outputs) if outputs else "it gives nothing to later steps"
        own = undo and target is line
        return None if own else self._too_late(line, target)

    def _too_late(self, line: Placed, target: Placed) -> tuple[str, str] | None:
        name = target.step.id
        missing = [mode.value for mode in Mode if mode in line.modes and mode not in target.modes]
        if missing:
            hint = "give both the same `modes`"
            return f'the step "{name}" is left out in mode {", ".join(missing)}, this one is not', hint
        if target.ungraceful not in {Ungraceful.RUN, line.ungraceful}:
            hint = "give both the same `ungraceful`"
            return f'the step "{name}" is left out of some runs (`ungraceful: {target.ungraceful.value}`)', hint
        phases = list(Phase)
        if phases.index(target.phase) < phases.index(line.phase):
            return None
        in_time = target.phase is line.phase and all(
            name in earlier_than(line.step.id, self._order(mode)) for mode in line.modes
        )
        return None if in_time else (f'the step "{name}" may not be done by then', f"add `needs: [{name}]`")

    def _order(self, mode: Mode) -> Order:
        if mode not in self._orders:
            order = order_of(self._file, self._lines, lambda line: mode in line.modes)
            self._orders[mode] = with_joins(order, self._lines)
        return self._orders[mode]

    def _misfit(self, call: CallModel, found: Found, reference: Reference) -> tuple[str, str] | None:
        wanted = self._vocabulary.types_at(call.uses, found.path)
        given = self._type_of(reference)
        if not wanted or given in wanted or (given == "integer" and "number" in wanted):
            return None
        words = " or ".join(_TYPES.get(kind, kind) for kind in sorted(wanted))
        return (
            f"{found.text} is {_TYPES.get(given, given)}, and {call.uses} wants {words} here",
            "use another reference",
        )

    def _type_of(self, reference: Reference) -> str:
        if reference.kind is Kind.INPUT:
            return self._file.inputs[reference.name].type
        if reference.kind is Kind.EACH:
            return "string"
        target = self._by_id[reference.name].step
        return "array" if target.for_each is not None else self._vocabulary.outputs(target.uses)[reference.output]
