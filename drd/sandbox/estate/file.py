"""Reads an estate's file: its shape, the names in it, and every fault at once with its place."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, create_model

from drd.document import Document, Fault, Refused, blanks_in, faults_of, parse, read, suggestion
from drd.sandbox.estate.field import Name, Strict, Uuid
from drd.sandbox.estate.section import Named
from drd.sandbox.estate.sections import SECTIONS

SAMPLE = Path(__file__).with_name("voorbeeld.yaml")
"""The municipality that does not exist."""
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MOST_SUBSCRIPTIONS, _MOST_MACHINES = 2000, 100_000


class SubscriptionModel(Strict):
    """The subscription that everything stands in."""

    id: Uuid
    name: Name


class CopiesModel(Strict):
    """How large the world is: generated municipalities beside the file's own, for measuring."""

    subscriptions: int = Field(default=1, ge=1, le=_MOST_SUBSCRIPTIONS)
    """How many there are in all; each generated one is a municipality `NAME-NNN` with groups, vaults and machines."""
    machines: int = Field(default=0, ge=0, le=_MOST_MACHINES)
    """How many machines there are in all, spread over the subscriptions; fewer than those of the file add none."""


class _Frame(Strict):
    drd: Literal["estate/v1"]
    """The version of this form."""
    subscription: SubscriptionModel
    copies: CopiesModel = CopiesModel()


def _field(shape: Any, about: str) -> Any:  # noqa: ANN401 - a type and its field, as pydantic takes them
    return (shape, Field(default_factory=dict if "dict" in str(shape) else list, description=about))


EstateFile = create_model(
    "EstateFile",
    __base__=_Frame,
    __doc__="What stands in a sandbox's world when it starts.",
    **{section.key.replace("-", "_"): _field(section.shape, section.about) for section in SECTIONS},
)
"""The shape of the whole file; its sections are those of `SECTIONS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """An estate that can be planted, and the text that it was read from."""

    text: str
    name: str
    subscription: SubscriptionModel
    copies: CopiesModel
    sections: Mapping[str, Any]


def read_estate(path: Path) -> Estate:
    """Read an estate's file.

    Raises:
        Refused: with every fault, each as file:line:column.
    """
    return _understood(read(path))


@functools.cache
def sample_estate() -> Estate:
    """Return the municipality `voorbeeld`; it is read once."""
    return read_estate(SAMPLE)


def parse_estate(text: str, name: str) -> Estate:
    """Read a text as if it were the file `name`.

    Raises:
        Refused: with every fault.
    """
    return _understood(parse(text, name))


def estate_schema() -> dict[str, Any]:
    """Give the JSON Schema of estates, for editors."""
    return {"$schema": _DIALECT, **EstateFile.model_json_schema(), "title": "drd estate/v1"}


def _understood(document: Document) -> Estate:
    faults = blanks_in(document)
    try:
        file: Any = EstateFile.model_validate(document.value)
    except ValidationError as error:
        complaints = [each for each in error.errors(include_url=False) if each["loc"] or not faults]
        raise Refused([*faults, *faults_of(document, complaints, EstateFile.model_json_schema())]) from error
    sections = {section.key: getattr(file, section.key.replace("-", "_")) for section in SECTIONS}
    faults += [*_names(document, sections), *_problems(document, sections), *_room(document, file)]
    if faults:
        raise Refused(faults)
    return Estate(
        text="\n".join(document.lines),
        name=document.name,
        subscription=file.subscription,
        copies=file.copies,
        sections=sections,
    )


def _names(document: Document, sections: Mapping[str, Any]) -> Iterator[Fault]:
    given: dict[str, set[str]] = {}
    for section in SECTIONS:
        first: dict[str, Named] = {}
        for each in section.gives(sections[section.key]):
            path = (section.key, *each.path)
            if each.name.casefold() in first:
                line = document.place((section.key, *first[each.name.casefold()].path)).line
                hint = f"it stands on line {line} too; give each its own"
                yield document.fault(path, f'"{each.name}" stands in {section.key} twice', hint)
            first.setdefault(each.name.casefold(), each)
        given[section.key] = {each.name for each in first.values()}
    for section in SECTIONS:
        for each in section.uses(sections[section.key]):
            if each.name not in given[each.of]:
                hint = suggestion(each.name, given[each.of])
                yield document.fault((section.key, *each.path), f'there is no "{each.name}" in {each.of}', hint)


def _problems(document: Document, sections: Mapping[str, Any]) -> Iterator[Fault]:
    for section in SECTIONS:
        for each in section.check(sections[section.key]):
            yield document.fault((section.key, *each.path), each.message, each.hint)


def _room(document: Document, file: Any) -> Iterator[Fault]:  # noqa: ANN401 - a model that is made at run time
    if file.copies.machines and not file.machines:
        yield document.fault(("copies", "machines"), "there is no machine to copy", "add one under `machines:`")
