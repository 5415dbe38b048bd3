"""References of a due step to what earlier steps gave: whole values, `${{ steps.ID.OUTPUT }}`."""

import re
from collections.abc import Iterator, Mapping

from drd.domain.canonical import Json
from drd.domain.errors import PermanentError
from drd.domain.ids import StepId
from drd.domain.lifecycle import StepState
from drd.domain.progress import Progress, StepProgress
from drd.engine.holdings import Holdings

_REFERENCE = re.compile(r"^\$\{\{\s*steps\.(?P<step>[^\s.]+)\.(?P<output>[^\s.]+)\s*\}\}$")


def references(value: Json) -> Iterator[tuple[str, str]]:
    """Give the step and the output that each reference in a value names."""
    if isinstance(value, str):
        match = _REFERENCE.match(value) if value.startswith("${{") else None
        if match:
            yield match["step"], match["output"]
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from references(member)
    elif isinstance(value, list | tuple):
        for element in value:
            yield from references(element)


class StepOutputs:
    """What the steps of a run gave so far."""

    def __init__(self, progress: Progress, holdings: Holdings) -> None:
        """Index the plan's steps by the id that the runbook's author wrote."""
        self._progress = progress
        self._holdings = holdings
        self._expanded: dict[str, list[StepId]] = {}
        for step in progress.plan.steps:
            written, bracket, _ = step.id.partition("[")
            if bracket:
                self._expanded.setdefault(written, []).append(step.id)

    def resolve(self, values: Mapping[str, Json]) -> dict[str, Json]:
        """Put values in the place of references.

        Raises:
            PermanentError: if a step that is referred to did not give that output.
        """
        return {name: self._value(value) for name, value in values.items()}

    def never_begun(self, values: Mapping[str, Json]) -> tuple[StepId, ...]:
        """Give the steps that values refer to, where it is certain that none of them ever sent anything, or will.

        Empty where one did or may have, and where nothing is referred to. It is certain only of steps that still
        wait, without an intent, in a run that ends, by a journal that was never put back: a copy may miss the newest.
        """
        named = [step for written, _ in references(values) for step in self._expanded.get(written, [StepId(written)])]
        progress = self._progress
        if not progress.halting or progress.was_parked or not all(map(self._is_untouched, named)):
            return ()
        return tuple(dict.fromkeys(named))

    def _is_untouched(self, step: StepId) -> bool:
        each = self._progress.steps.get(step)
        if each is None or each.state is not StepState.PENDING or self._holdings.made_by(step):
            return False
        return not each.attempt and each.started_at is None and not each.child

    def _value(self, value: Json) -> Json:
        if isinstance(value, str):
            match = _REFERENCE.match(value) if value.startswith("${{") else None
            return self._referred(match["step"], match["output"]) if match else value
        if isinstance(value, Mapping):
            return self.resolve(value)
        if isinstance(value, list | tuple):
            return [self._value(element) for element in value]
        return value

    def _referred(self, step: str, output: str) -> Json:
        if step in self._expanded:
            return [self._output(each, output) for each in self._expanded[step]]
        return self._output(StepId(step), output)

    def _output(self, step: StepId, output: str) -> Json:
        each = self._progress.steps.get(step)
        if each is not None and each.state is StepState.DONE and output in each.outputs:
            return each.outputs[output]
        made = self._holdings.made_by(step)
        if output == "id" and made:
            # A step that failed half-way recorded what it was making: cleanup must be able to name it.
            return str(made[0])
        raise PermanentError(
            f"step {step} gave no output {output!r}",
            target=step,
            hint=_why(each),
            code="output-missing",
        )


def _why(each: StepProgress | None) -> str:
    if each is None:
        return "the plan has no such step"
    if each.state is StepState.DONE:
        return "its action does not have that output"
    return f"that step is {each.state.value}; retry it, or skip this step with a reason"
