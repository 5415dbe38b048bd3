"""Questions that change nothing, one a file, each ending with its typed constant. They know ports, never a provider.

May import: `drd.domain`, `drd.ports` and pydantic. One check never imports another: what several of them share stands
here, because a discovered folder holds nothing else.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from drd.domain.durations import parse_duration
from drd.domain.errors import NotFoundError, PermanentError, RefusedError
from drd.domain.estate import Mechanism, ProtectedItem, Protection
from drd.domain.ids import NAME, ArmId, ItemId
from drd.domain.plan import Mode
from drd.ports.check import CheckContext

PATIENCE = timedelta(seconds=10)
"""Host time that a guest has to answer one question."""


def wrong(words: str, hint: str) -> PydanticCustomError:
    """Make a refusal that carries its hint to the catalogue."""
    return PydanticCustomError("wrong", "{words}", {"words": words, "hint": hint})


def _length(value: Any) -> timedelta:  # noqa: ANN401 - anything may stand in a file
    try:
        return parse_duration(value if isinstance(value, str) else str(value))
    except PermanentError as error:
        raise wrong(error.message, error.hint) from error


def _resource(value: Any) -> ArmId:  # noqa: ANN401 - anything may stand in a file
    try:
        return ArmId.parse(value if isinstance(value, str) else str(value))
    except PermanentError as error:
        raise wrong(error.message, error.hint) from error


def _several(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - anything may stand in a file
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given or not all(isinstance(each, str) and each for each in given):
        raise wrong("expected a text or a list of texts, not empty", "write a, or [a, b]")
    return tuple(given)


_TEXT = {"type": "string", "minLength": 1}

Length = Annotated[timedelta, PlainValidator(_length), WithJsonSchema({"type": "string", "examples": ["90s", "15m"]})]
Resource = Annotated[
    ArmId, PlainValidator(_resource), WithJsonSchema({"type": "string", "pattern": "^/[sS]ubscriptions/[^/]+/.+$"})
]
Several = Annotated[
    tuple[str, ...],
    BeforeValidator(_several),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "minItems": 1, "items": _TEXT}]}),
]
Item = Annotated[str, Field(pattern=NAME.pattern)]
Name = Annotated[str, Field(pattern=NAME.pattern)]
Host = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s/?#@\\]+$")]
Port = Annotated[int, Field(ge=1, le=65_535)]


class Values(BaseModel):
    """Parameters of a check: unknown keys are errors, and nothing is turned into another type on the quiet."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=lambda name: name.replace("_", "-"),
        use_attribute_docstrings=True,
    )

    within: Length = timedelta(0)
    """How long a run asks again before the check counts as failed; once where it is not given."""


def exactly_one(**given: object) -> None:
    """Refuse values that name none or several of the alternatives."""
    if sum(value is not None for value in given.values()) != 1:
        names = " and ".join(given)
        raise wrong(f"exactly one of {names} is needed", f"write one of {names}")


def item_of(context: CheckContext, item: str) -> ProtectedItem:
    """Give the protected item. Raises NotFoundError."""
    found = context.items.get(ItemId(item))
    if found is None:
        raise NotFoundError(f"there is no protected item {item}", target=item, hint="name an item of the service")
    return found


def items_of(context: CheckContext, item: str | None, mechanisms: Sequence[Mechanism]) -> tuple[ProtectedItem, ...]:
    """Give the one item, or every item that is protected in one of these ways. Raises NotFoundError."""
    if item is not None:
        return (item_of(context, item),)
    return tuple(each for each in context.items.values() if any(map(each.protected_by, mechanisms)))


def protection_of(item: ProtectedItem, mechanism: Mechanism) -> Protection:
    """Give how the item is protected. Raises RefusedError."""
    found = item.protected_by(mechanism)
    if found is None:
        raise RefusedError(
            f"{item.id} is not protected by {mechanism.value}",
            target=str(item.resource),
            hint="add its protection to the service catalogue, or ask another question",
        )
    return found


def machine_of(context: CheckContext, item: str | None, machine: ArmId | None) -> ArmId:
    """Give the machine that stands for an item now, or the one that is named. A drill never asks production.

    Raises:
        RefusedError: in a drill, when the run made no copy of the item.
    """
    if machine is not None:
        return machine
    stands = context.machines.get(ItemId(item or ""))
    if stands is not None:
        return stands
    if context.mode is Mode.DRILL:
        raise RefusedError(
            f"the drill made no copy of {item}", target=str(item), hint="let the check need the step that makes it"
        )
    return item_of(context, item or "").resource
