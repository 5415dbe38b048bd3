"""What whoever wishes for a plan chooses beside its inputs: which steps are left out, and which recovery point is used.

Both are resolved into the plan before it is hashed, so that people see and approve them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from drd.document import suggestion
from drd.domain.canonical import Json
from drd.domain.durations import format_instant, parse_instant
from drd.domain.errors import PermanentError
from drd.domain.plan import APPROVE, Phase
from drd.runbook.outline import Placed
from drd.runbook.reference import Kind, references_in

ONLY, SKIP, RECOVERY_POINT = "only", "skip", "recovery-point"

Wrong = Callable[[str, str], None]
"""Takes a fault: what is wrong, and what to do."""

_FOR_REPLICATION = {
    "newest": "latest-processed",
    "latest": "latest",
    "latest-processed": "latest-processed",
    "latest-app-consistent": "latest-app-consistent",
}
_FOR_COPIES = {"newest": "newest", "latest": "newest", "latest-processed": "newest", "newest-clean": "newest-clean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What was chosen; empty where nothing was.

    Attributes:
        point: a word, an instant, or the id of a point.
    """

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    point: str = ""

    def to_json(self) -> dict[str, Json]:
        """Write what was chosen for the plan."""
        said: dict[str, Json] = {ONLY: sorted(set(self.only)), SKIP: sorted(set(self.skip)), RECOVERY_POINT: self.point}
        return {name: value for name, value in said.items() if value}


class Leaving:
    """Which steps of a plan are left out, and why."""

    def __init__(self, choices: Choices, ids: Mapping[str, Placed], wrong: Wrong) -> None:
        """Take the ids of the plan's steps, each with its line, and tell of names that do not fit."""
        self._lines = {line.step.id for line in ids.values()}
        self._out: dict[str, str] = {}
        self._wrong = wrong
        self._ids = ids
        skipped = {each for name in choices.skip for each in self._named(name, SKIP) if self._may_be_skipped(each)}
        kept = {each for name in choices.only for each in self._named(name, ONLY)}
        for each, line in ids.items():
            if each in skipped:
                self._out[each] = SKIP
            elif choices.only and line.phase is Phase.MAIN and each not in kept and line.step.uses != APPROVE:
                self._out[each] = ONLY
        if kept and all(each in self._out for each in kept):
            wrong("nothing of what --only names is left", "name a step that --skip does not leave out")

    def of(self, step: str) -> str:
        """Say why a step is left out; empty when it is not."""
        return self._out.get(step, "")

    def missing(self, line: Placed, values: Mapping[str, Json]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Give where the values of a step that is done refer to a step that is not, and to which."""
        for found in references_in(values):
            if found.reference is None or found.reference.kind is not Kind.STEP:
                continue
            name = found.reference.name
            if any(each in self._out for each, other in self._ids.items() if other.step.id == name):
                yield (*line.path, "with", *found.path), name

    def _named(self, name: str, option: str) -> list[str]:
        """Give the steps that a name means: a step, every copy of a for-each, or every step of a group."""
        found = [
            each
            for each, line in self._ids.items()
            if name in {each, line.step.id} or (line.group_id and name == line.group_id)
        ]
        if not found:
            groups = {line.group_id for line in self._ids.values() if line.group_id}
            hint = suggestion(name, {*self._ids, *self._lines, *groups})
            self._wrong(f'--{option} names "{name}", and the plan has no such step or group', hint)
        return found

    def _may_be_skipped(self, step: str) -> bool:
        line = self._ids[step]
        if line.step.uses == APPROVE:
            self._wrong(f'the approval "{step}" cannot be left out', "change the runbook if nobody need be asked")
        elif line.phase is Phase.AFTER:
            hint = "it can be skipped during the run, with a reason"
            self._wrong(f'the check "{step}" stops the clock and cannot be left out', hint)
        elif line.phase is Phase.ALWAYS:
            self._wrong(f'"{step}" always runs, so that nothing is left behind', "it can be skipped during the run")
        else:
            return True
        return False


NOTHING = Choices()
"""Every step is done, and each takes the point that the runbook says."""


@dataclass(frozen=True, slots=True)
class ChosenPoint:
    """The recovery point that was chosen, as each action says it."""

    wanted: str

    def into(self, values: Mapping[str, Json], known: Collection[str]) -> dict[str, Json] | None:
        """Give the values that an action gets beside its own; None when it cannot use such a point.

        Args:
            values: its own.
            known: the names of all its parameters.
        """
        if "recovery-point" in known:
            word = _FOR_REPLICATION.get(self.wanted)
            return {"recovery-point": word} if word else None
        return self._of_copies(known)

    def takes(self, uses: str, known: Collection[str]) -> bool:
        """Say whether an action chooses a recovery point at all."""
        return "item" in known and ("recovery-point" in known or "point" in known) and not uses.startswith("check.")

    def names_one(self) -> bool:
        """Say whether it is the id of one point, which one item has."""
        return self.wanted not in {*_FOR_REPLICATION, *_FOR_COPIES} and not self._instant()

    def _of_copies(self, known: Collection[str]) -> dict[str, Json] | None:
        instant = self._instant()
        if instant or self.wanted == "newest-clean":
            if "before" not in known:
                return None
            return {"point": "newest", "before": instant} if instant else {"point": "newest-clean"}
        if self.wanted in {*_FOR_REPLICATION} - {*_FOR_COPIES}:
            return None
        return {"point": _FOR_COPIES.get(self.wanted, self.wanted)}

    def _instant(self) -> str:
        try:
            return format_instant(parse_instant(self.wanted))
        except PermanentError:
            return ""
