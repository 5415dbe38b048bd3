"""References: whole values for an input, an item, or an earlier step's output. There is no other language."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from drd.document import Path
from drd.domain.canonical import Json

_OPENING = "${{"
_WHOLE = re.compile(r"\$\{\{\s*([^{}]{1,200}?)\s*\}\}")
_NAME = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_FORMS = (
    re.compile(rf"(?P<kind>inputs)\.(?P<name>{_NAME})"),
    re.compile(r"(?P<kind>each)\.(?P<name>id)"),
    re.compile(rf"(?P<kind>each)\.labels\.(?P<label>{_NAME})"),
    re.compile(rf"(?P<kind>steps)\.(?P<name>{_NAME})\.(?P<output>{_NAME})"),
)
FORMS_HINT = (
    "a reference is a whole value: ${{ inputs.NAME }}, ${{ each.id }}, ${{ each.labels.LABEL }} or "
    "${{ steps.ID.OUTPUT }}"
)


class Kind(StrEnum):
    """What a reference stands for."""

    INPUT = "inputs"
    EACH = "each"
    STEP = "steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One reference.

    Attributes:
        name: the input, `id` or a label's name, or the step.
        output: the step's output; empty otherwise.
        label: whether `name` is a label of the item.
    """

    kind: Kind
    name: str
    output: str = ""
    label: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something in a step's values that looks like a reference: with `reference` None it is a broken one."""

    path: Path
    text: str
    reference: Reference | None


def reference_of(text: str) -> Reference | None:
    """Read a whole value as a reference; None when it is none, or not one that drd knows."""
    whole = _WHOLE.fullmatch(text.strip())
    if whole is None:
        return None
    for form in _FORMS:
        match = form.fullmatch(whole[1])
        if match:
            parts = match.groupdict()
            label = parts.get("label")
            name = label or parts.get("name") or ""
            return Reference(kind=Kind(parts["kind"]), name=name, output=parts.get("output") or "", label=bool(label))
    return None


def references_in(values: object, path: Path = ()) -> Iterator[Found]:
    """Give every reference in a value, broken ones too."""
    if isinstance(values, str):
        if _OPENING in values:
            yield Found(path=path, text=values, reference=reference_of(values))
    elif isinstance(values, Mapping):
        for key, inner in values.items():
            yield from references_in(inner, (*path, key))
    elif isinstance(values, list | tuple):
        for place, inner in enumerate(values):
            yield from references_in(inner, (*path, place))


def fractions_in(values: object, path: Path = ()) -> Iterator[Path]:
    """Give the place of every number with a fraction: a plan's hash has no room for its several spellings."""
    if isinstance(values, float):
        yield path
    elif isinstance(values, Mapping):
        for key, inner in values.items():
            yield from fractions_in(inner, (*path, key))
    elif isinstance(values, list):
        for place, inner in enumerate(values):
            yield from fractions_in(inner, (*path, place))


def replaced(value: Json, give: Callable[[Reference], Json]) -> Json:
    """Put in what references stand for; a reference to a step's output stays, for the engine to resolve when due."""
    if isinstance(value, str):
        reference = reference_of(value) if _OPENING in value else None
        if reference is None:
            return value
        return f"${{{{ steps.{reference.name}.{reference.output} }}}}" if reference.output else give(reference)
    if isinstance(value, Mapping):
        return {key: replaced(inner, give) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [replaced(inner, give) for inner in value]
    return value
