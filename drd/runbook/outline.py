"""The lines of a runbook with what they inherit, and the order that groups and `needs` give them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from drd.document import Path
from drd.domain.plan import Mode, Phase, Ungraceful
from drd.runbook.file import GroupModel, RunbookFile, StepModel

_OUTSIDE = (("before", Phase.BEFORE), ("after", Phase.AFTER), ("always", Phase.ALWAYS))


def join_of(group: str) -> str:
    """Name the point at which every step of a group is settled."""
    return f"group:{group}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One line of a runbook, where it stands, and what its group says about it."""

    step: StepModel
    path: Path
    phase: Phase
    group: GroupModel | None
    modes: frozenset[Mode]
    ungraceful: Ungraceful

    @property
    def group_id(self) -> str:
        """The group's id; empty outside groups."""
        return self.group.id if self.group else ""


def lines_of(file: RunbookFile) -> tuple[Placed, ...]:
    """Give every line in the order of the plan: before, groups, after, always."""
    found = [line for name, phase in _OUTSIDE[:1] for line in _plain(file, name, phase)]
    for place, group in enumerate(file.groups):
        for number, step in enumerate(group.steps):
            words = step.modes or group.modes or file.modes
            found.append(
                Placed(
                    step=step,
                    path=("groups", place, "steps", number),
                    phase=Phase.MAIN,
                    group=group,
                    modes=frozenset(Mode(word) for word in words),
                    ungraceful=Ungraceful(step.ungraceful or group.ungraceful or "run"),
                )
            )
    found += [line for name, phase in _OUTSIDE[1:] for line in _plain(file, name, phase)]
    return tuple(found)


def _plain(file: RunbookFile, name: str, phase: Phase) -> Iterator[Placed]:
    steps: list[StepModel] = getattr(file, name)
    for number, step in enumerate(steps):
        yield Placed(
            step=step,
            path=(name, number),
            phase=phase,
            group=None,
            modes=frozenset(Mode(word) for word in step.modes or file.modes),
            ungraceful=Ungraceful(step.ungraceful or "run"),
        )


Order = dict[str, tuple[str, ...]]
"""What each step waits for: steps, and joins of groups."""


def order_of(file: RunbookFile, lines: tuple[Placed, ...], is_present: Callable[[Placed], bool]) -> Order:
    """Say what each present line waits for.

    A line that is not present counts as done. A group without any present line hands on the groups that it waits for,
    so that leaving it out never lets a later group begin too early.

    Args:
        file: the runbook; its groups have no circle.
        lines: all its lines.
        is_present: whether a line is in the plan.
    """
    present = {line.step.id: line for line in lines if is_present(line)}
    filled = {line.group_id for line in present.values()}
    before = _groups_before(file, filled)
    order: Order = {}
    for name, line in present.items():
        needs = [need for need in line.step.needs or () if need in present]
        inside = any(present[need].group_id == line.group_id for need in needs)
        joins = [] if inside or line.group is None else [join_of(group) for group in before[line.group_id]]
        order[name] = tuple(dict.fromkeys([*joins, *needs]))
    return order


def _groups_before(file: RunbookFile, filled: set[str]) -> dict[str, tuple[str, ...]]:
    """Give the nearest filled groups that each group waits for."""
    direct = group_needs(file)
    known: dict[str, tuple[str, ...]] = {}
    for group in TopologicalSorter(direct).static_order():
        found: list[str] = []
        for need in direct.get(group, ()):
            found += [need] if need in filled else known[need]
        known[group] = tuple(dict.fromkeys(found))
    return known


def group_needs(file: RunbookFile) -> dict[str, tuple[str, ...]]:
    """Give what each group waits for: what it says, or the group before it."""
    needs: dict[str, tuple[str, ...]] = {}
    previous: tuple[str, ...] = ()
    for group in file.groups:
        needs[group.id] = previous if group.needs is None else tuple(group.needs)
        previous = (group.id,)
    return needs


def circle_in(graph: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Give the names of one circle, each waiting for the next; empty when there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def with_joins(order: Order, lines: tuple[Placed, ...]) -> Order:
    """Add the joins themselves: each waits for the present lines of its group."""
    whole = dict(order)
    for line in lines:
        if line.group is not None and line.step.id in order:
            join = join_of(line.group_id)
            whole[join] = (*whole.get(join, ()), line.step.id)
    return whole


def earlier_than(name: str, whole: Order) -> frozenset[str]:
    """Give everything that is settled before a step may begin."""
    found: set[str] = set()
    pending = [*whole.get(name, ())]
    while pending:
        each = pending.pop()
        if each not in found:
            found.add(each)
            pending += whole.get(each, ())
    return frozenset(found)
