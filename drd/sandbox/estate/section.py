"""What a section of an estate's file is: its shape, the names it gives and uses, and how it is planted."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from drd.document import Path
from drd.sandbox.estate.plot import Plot


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A name that stands in the file: given by a section, or used to mean something of the section `of`."""

    path: Path
    name: str
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What the shape alone cannot say is wrong; `path` starts inside the section."""

    path: Path
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One key of the file.

    Attributes:
        key: the key, in the file's spelling.
        shape: the type of its value, `list[Model]` or `dict[str, X]`; an absent section is empty.
        plant: puts what the section says into the world; the sections before it are planted already.
        gives: the names that other sections may use, each once.
        uses: the names of other sections (or of this one) that have to be there.
        check: anything else that must hold before anything is planted.
        about: one line for the JSON Schema.
        is_copied: whether generated municipalities have the section too.
    """

    key: str
    shape: Any
    plant: Callable[[Plot, Any], None]
    about: str
    gives: Callable[[Any], Iterable[Named]] = lambda _value: ()
    uses: Callable[[Any], Iterable[Named]] = lambda _value: ()
    check: Callable[[Any], Iterable[Problem]] = lambda _value: ()
    is_copied: bool = True


def named_rows(rows: Iterable[Any]) -> Iterable[Named]:
    """Return the names that a list of models with a `name` gives."""
    return [Named(path=(place, "name"), name=row.name) for place, row in enumerate(rows)]


def used_by(rows: Iterable[Any], key: str, of: str) -> Iterable[Named]:
    """Return the names that the models of a list use under one key, where they have it."""
    field = key.replace("-", "_")
    return [
        Named(path=(place, key), name=getattr(row, field), of=of)
        for place, row in enumerate(rows)
        if getattr(row, field)
    ]
