"""What a person says that a step gave, when they did it themselves: read, checked, and enough for what comes after."""

from collections.abc import Callable, Iterator, Mapping

from drd.domain.canonical import Json
from drd.domain.durations import format_instant, parse_instant
from drd.domain.errors import DrdError, InvalidError
from drd.domain.plan import Step
from drd.domain.progress import Progress
from drd.engine.orders import Order
from drd.engine.references import references
from drd.engine.verbs import Verbs
from drd.ports.action import OutputType


def outputs_by_hand(progress: Progress, step: Step, order: Order, verbs: Verbs) -> dict[str, Json]:
    """Read what was typed, each by its type.

    Raises:
        InvalidError: the step gives nothing of that name, a value is not of its type, or a later step needs one more.
    """
    known = verbs.outputs(step)
    faults: list[str] = []
    outputs: dict[str, Json] = {}
    for name, text in order.outputs.items():
        if known is not None and name not in known:
            faults.append(f"{name}: {step.call.uses} gives no such output ({', '.join(known) or 'it gives none'})")
            continue
        try:
            outputs[name] = _READ[known[name] if known is not None else OutputType.TEXT](text)
        except (ValueError, DrdError) as error:
            faults.append(f"{name}: {error}")
    missing = sorted({name for name in _wanted(progress, step) if name not in order.outputs})
    faults += [f"{name}: a later step needs it" for name in missing]
    if faults:
        raise InvalidError(
            f"cannot resolve {step.id}: its outputs do not fit",
            faults=tuple(faults),
            target=order.run,
            hint="give each output that a later step needs: --gave NAME=VALUE",
        )
    return outputs


def _wanted(progress: Progress, step: Step) -> Iterator[str]:
    """Give the outputs of a step that steps which are not over refer to."""
    written = step.id.partition("[")[0]
    for each in progress.steps.values():
        if not each.settled:
            for name, output in references(each.step.call.values):
                if name in {step.id, written}:
                    yield output


def _text(text: str) -> Json:
    return text


def _texts(text: str) -> Json:
    return [part.strip() for part in text.split(",") if part.strip()]


def _integer(text: str) -> Json:
    return int(text)


def _boolean(text: str) -> Json:
    words = {"true": True, "false": False}
    if text not in words:
        raise ValueError(f"{text!r} is neither true nor false")
    return words[text]


def _instant(text: str) -> Json:
    return format_instant(parse_instant(text))


def _arm_id(text: str) -> Json:
    if not text.casefold().startswith("/subscriptions/"):
        raise ValueError(f"{text!r} is no id of Azure (/subscriptions/...)")
    return text


def _arm_ids(text: str) -> Json:
    return [_arm_id(part.strip()) for part in text.split(",") if part.strip()]


_READ: Mapping[OutputType, Callable[[str], Json]] = {
    OutputType.TEXT: _text,
    OutputType.TEXTS: _texts,
    OutputType.INTEGER: _integer,
    OutputType.BOOLEAN: _boolean,
    OutputType.INSTANT: _instant,
    OutputType.ARM_ID: _arm_id,
    OutputType.ARM_IDS: _arm_ids,
}
