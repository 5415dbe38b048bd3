"""What the shape of a runbook alone cannot say: names, order, modes, and what each line may use."""

from collections.abc import Iterable, Iterator, Sequence

from drd.document import Document, Fault, Path, suggestion
from drd.domain.plan import APPROVE, RUNBOOK, Mode, Phase
from drd.runbook.file import RunbookFile
from drd.runbook.outline import Placed, circle_in, group_needs, join_of, lines_of, order_of, with_joins
from drd.runbook.usage import input_faults, usage_faults
from drd.runbook.vocabulary import Vocabulary
from drd.runbook.wiring import reference_faults


class Lint:
    """One reading of a runbook whose shape is right."""

    def __init__(self, document: Document, file: RunbookFile, vocabulary: Vocabulary) -> None:
        """Lay the lines out once."""
        self._document = document
        self._file = file
        self._vocabulary = vocabulary
        self._lines = lines_of(file)

    def faults(self, stem: str) -> list[Fault]:
        """Give everything that is wrong. Order and references are judged only once names and needs are right."""
        found = [
            *self._name(stem),
            *self._unique(),
            *self._needs(),
            *self._modes(),
            *self._ungraceful(),
            *self._places(),
            *input_faults(self._document, self._file),
        ]
        for line in self._lines:
            found += usage_faults(self._document, line, self._vocabulary)
        if not found:
            found += self._circles()
        if not found:
            found += reference_faults(self._document, self._file, self._vocabulary)
        return found

    def _name(self, stem: str) -> Iterator[Fault]:
        if self._file.id != stem:
            hint = f"call the file {self._file.id}.yaml, or the runbook {stem}"
            yield self._document.fault(("id",), f'the runbook "{self._file.id}" is not what the file is called', hint)

    def _unique(self) -> Iterator[Fault]:
        yield from self._twice("step", ((line.path, line.step.id) for line in self._lines))
        yield from self._twice("group", ((("groups", n), group.id) for n, group in enumerate(self._file.groups)))

    def _twice(self, what: str, named: Iterable[tuple[Path, str]]) -> Iterator[Fault]:
        first: dict[str, Path] = {}
        for path, name in named:
            if name in first:
                line = self._document.place((*first[name], "id")).line
                message = f'the {what} "{name}" stands here twice'
                yield self._document.fault((*path, "id"), message, f"it stands on line {line} too; give each its own")
            first.setdefault(name, path)

    def _needs(self) -> Iterator[Fault]:
        of_phase: dict[Phase, set[str]] = {}
        for line in self._lines:
            of_phase.setdefault(line.phase, set()).add(line.step.id)
        for line in self._lines:
            for number, need in enumerate(line.step.needs or ()):
                if need not in of_phase[line.phase]:
                    hint = suggestion(need, of_phase[line.phase] - {line.step.id})
                    path = (*line.path, "needs", number)
                    yield self._document.fault(path, f'there is no step "{need}" to wait for here', hint)
        groups = {group.id for group in self._file.groups}
        for place, group in enumerate(self._file.groups):
            for number, need in enumerate(group.needs or ()):
                if need not in groups:
                    hint = suggestion(need, groups - {group.id})
                    yield self._document.fault(("groups", place, "needs", number), f'there is no group "{need}"', hint)

    def _modes(self) -> Iterator[Fault]:
        for place, group in enumerate(self._file.groups):
            yield from self._narrower(("groups", place), group.modes, self._file.modes, "the runbook")
        for line in self._lines:
            outer = (line.group.modes if line.group else None) or self._file.modes
            name = "the group" if line.group and line.group.modes else "the runbook"
            yield from self._narrower(line.path, line.step.modes, outer, name)
            yield from self._allowed_modes(line)

    def _narrower(self, path: Path, inner: Sequence[str] | None, outer: Sequence[str], name: str) -> Iterator[Fault]:
        for number, mode in enumerate(inner or ()):
            if mode not in outer:
                hint = f"{name} says {', '.join(outer)}"
                yield self._document.fault((*path, "modes", number), f'"{mode}" is not a mode of {name}', hint)

    def _allowed_modes(self, line: Placed) -> Iterator[Fault]:
        uses = line.step.uses
        if not self._vocabulary.knows(uses):
            return
        allowed = self._vocabulary.modes(uses)
        refused = [mode for mode in Mode if mode in line.modes and mode not in allowed]
        if refused:
            fitting = ", ".join(mode.value for mode in Mode if mode in allowed and mode in line.modes)
            hint = f"add `modes: [{fitting}]` to the step" if fitting else f"it may run in {_words(allowed)} only"
            message = f"{uses} may not run in mode {_words(refused)}"
            yield self._document.fault((*line.path, "uses"), message, hint)

    def _ungraceful(self) -> Iterator[Fault]:
        for line in self._lines:
            outer = line.group.ungraceful if line.group else None
            if outer not in {None, "run"} and line.step.ungraceful not in {None, outer}:
                message = f"the group says `ungraceful: {outer}`, the step something else"
                yield self._document.fault((*line.path, "ungraceful"), message, "say it in one of the two places")

    def _places(self) -> Iterator[Fault]:
        for line in self._lines:
            for key, message, hint in _misplaced(line, self._file, self._vocabulary):
                yield self._document.fault((*line.path, key), message, hint, key=key != "uses")
        for place, group in enumerate(self._file.groups):
            if group.minimum_success is not None and not any(step.uses == RUNBOOK for step in group.steps):
                hint = "it counts child runs; delete it"
                path = ("groups", place, "minimum-success")
                yield self._document.fault(path, "the group starts no child run", hint, key=True)

    def _circles(self) -> Iterator[Fault]:
        circle = circle_in(group_needs(self._file))
        if circle:
            place = next(n for n, group in enumerate(self._file.groups) if group.id == circle[0])
            yield self._circle(("groups", place, "needs"), "groups", circle)
            return
        order = with_joins(order_of(self._file, self._lines, lambda _: True), self._lines)
        circle = circle_in(order)
        if circle:
            first = next(line for line in self._lines if line.step.id in circle)
            joins = {join_of(group.id): f"the group {group.id}" for group in self._file.groups}
            yield self._circle((*first.path, "needs"), "steps", tuple(joins.get(name, name) for name in circle))

    def _circle(self, path: Path, what: str, circle: tuple[str, ...]) -> Fault:
        message = f"{what} wait for each other in a circle: " + " -> ".join(circle)
        return self._document.fault(path, message, "take one of these out of `needs`")


def _words(modes: Iterable[Mode]) -> str:
    return ", ".join(sorted(mode.value for mode in modes)) or "none"


def _misplaced(line: Placed, file: RunbookFile, vocabulary: Vocabulary) -> Iterator[tuple[str, str, str]]:
    """Give key, message and hint of everything that does not belong where it stands."""
    step = line.step
    if line.phase in {Phase.BEFORE, Phase.AFTER} and vocabulary.knows(step.uses) and not vocabulary.is_check(step.uses):
        yield "uses", f"`{line.phase.value}` holds checks, and {step.uses} is none", "move it to a group"
    if line.phase is Phase.ALWAYS and step.uses in {APPROVE, RUNBOOK}:
        yield "uses", f"`always` cannot wait for {step.uses}", "move it to a group"
    if step.uses == RUNBOOK and file.scope is None:
        yield "uses", "only a runbook with `scope: tenant` starts other runbooks", "make a parent runbook for it"
    if step.for_each is not None and file.scope is not None:
        yield "for-each", "a runbook with `scope: tenant` has no items of its own", "put it in a service's runbook"
    if step.for_each is not None and step.uses in {APPROVE, RUNBOOK}:
        yield "for-each", f"{step.uses} is done once", "delete `for-each`"
    if step.parallel is not None and step.for_each is None:
        yield "parallel", "`parallel` limits a for-each, and there is none", "delete it"
    if step.undo is not None and not vocabulary.is_action(step.uses):
        yield "undo", f"{step.uses} changes nothing, so there is nothing to undo", "delete `undo`"
