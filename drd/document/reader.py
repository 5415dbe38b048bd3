"""Reads one YAML 1.2 document into plain data that remembers where each key and value stood."""

from __future__ import annotations

import pathlib
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from drd.document.guard import FORBIDDEN, MAX_BYTES, MAX_LEVELS, decoded, inspect
from drd.document.place import Fault, Path, Place, Refused

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_A_FIGURE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST_NUMBER = 15  # every number that short is exact in JSON, wherever it is read


@dataclass(slots=True)
class _Spot:
    """Where a value stands, where its key stands, and the same for what it holds."""

    line: int
    column: int
    key: tuple[int, int] | None = None
    children: dict[str | int, _Spot] = field(default_factory=dict)


class Document:
    """One parsed file: plain data, and the place of every part of it.

    Attributes:
        name: the file's name as it was given.
        value: dict, list, str, int, float, bool or None, nested; keys are always text.
        lines: the file's lines, for showing a place.
    """

    __slots__ = ("_root", "lines", "name", "value")

    def __init__(self, *, name: str, value: object, lines: tuple[str, ...], root: _Spot) -> None:
        """Keep what the reader found; use `read` or `parse` to get a document."""
        self.name = name
        self.value = value
        self.lines = lines
        self._root = root

    def digest(self) -> str:
        """Give the SHA-256 of the file's text, as `sha256sum` gives it of the file."""
        return sha256("\n".join(self.lines).encode("utf-8")).hexdigest()

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Say where the value at a path stands.

        Args:
            path: keys and list positions from the root; where the path leaves the document, the deepest part that
                exists is meant (so the place of a missing key is its mapping).
            key: the place of the value's key instead of the value itself, where it has a key.
        """
        spot = self._root
        for step in path:
            child = spot.children.get(step)
            if child is None:
                key = False
                break
            spot = child
        line, column = spot.key if key and spot.key is not None else (spot.line, spot.column)
        return Place(file=self.name, line=line, column=column)

    def fault(self, path: Path, message: str, hint: str, *, key: bool = False) -> Fault:
        """Make a fault about the value (or the key) at a path, with its line of the file."""
        return Fault(place=self.place(path, key=key), message=message, hint=hint).with_source(self.lines)


def read(path: pathlib.Path) -> Document:
    """Read a file; the faults name it as it was given.

    Raises:
        Refused: the file cannot be read, or is not a document drd reads.
    """
    name = str(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _refused(name, (1, 1), "not a regular file", "give a file, not a folder or a device")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(name, (1, 1), f"the file cannot be read: {reason}", "check the name and its rights") from error
    return _parsed(decoded(raw, name), name)


def parse(text: str, name: str) -> Document:
    """Read a text as if it were the file `name`.

    Raises:
        Refused: the text is not a document drd reads.
    """
    return _parsed(decoded(text.encode("utf-8", errors="surrogatepass"), name), name)


def _parsed(text: str, name: str) -> Document:
    inspect(text, name)
    lines = tuple(text.split("\n"))
    try:
        value, root = _Builder(name).build(text)
    except Refused as refused:
        raise Refused([fault.with_source(lines) for fault in refused.faults]) from refused
    except MarkedYAMLError as error:
        raise _unreadable(name, lines, error) from error
    except YAMLError as error:
        raise _refused(name, (1, 1), f"not YAML: {error}", "check the file in an editor with a YAML mode") from error
    return Document(name=name, value=value, lines=lines, root=root)


def _unreadable(name: str, lines: tuple[str, ...], error: MarkedYAMLError) -> Refused:
    mark = error.problem_mark or error.context_mark
    place = Place(file=name, line=mark.line + 1, column=mark.column + 1) if mark else Place(file=name, line=1, column=1)
    context = f" {error.context}" if error.context else ""
    message = f"not YAML: {error.problem or 'broken'}{context}".replace("\t", "\\t")
    hint = "check indentation, quotes and colons on this line and the one before"
    return Refused([Fault(place=place, message=message, hint=hint).with_source(lines)])


def _refused(name: str, where: tuple[int, int], message: str, hint: str) -> Refused:
    return Refused([Fault(place=Place(file=name, line=where[0], column=where[1]), message=message, hint=hint)])


class _Builder:
    """Builds plain data and places from the parser's events; nothing is ever constructed from a name in the file."""

    __slots__ = ("_events", "_faults", "_level", "_name")

    def __init__(self, name: str) -> None:
        self._name = name
        self._events: Iterator[Any] = iter(())
        self._faults: list[Fault] = []
        self._level = 0

    def build(self, text: str) -> tuple[object, _Spot]:
        self._events = iter(YAML(typ="safe", pure=True).parse(text))
        while not hasattr(event := next(self._events), "anchor"):
            pass  # the start of the stream and of the document
        value, spot = self._node(event)
        if self._faults:
            raise Refused(self._faults)
        return value, spot

    def _node(self, event: Any) -> tuple[object, _Spot]:  # noqa: ANN401 - the parser's events have no common type
        kind = type(event).__name__
        if kind == "AliasEvent" or event.anchor is not None:
            raise self._at(event, "anchors and aliases are not allowed", "write the value out where it is needed")
        if event.tag is not None:
            raise self._at(event, "tags are not allowed", "leave the tag out, or put the text in quotes")
        spot = _Spot(event.start_mark.line + 1, event.start_mark.column + 1)
        if kind == "ScalarEvent":
            return self._scalar(event), spot
        self._level += 1
        if self._level > MAX_LEVELS:
            raise self._at(event, f"more than {MAX_LEVELS} levels deep", "flatten the structure")
        value: object = self._mapping(spot) if kind == "MappingStartEvent" else self._sequence(spot)
        self._level -= 1
        return value, spot

    def _mapping(self, spot: _Spot) -> dict[str, object]:
        found: dict[str, object] = {}
        while type(event := next(self._events)).__name__ != "MappingEndEvent":
            key = self._key(event)
            value, child = self._node(next(self._events))
            if key in found:
                first = spot.children[key].key or (0, 0)
                hint = f"it stands on line {first[0]} too; keep one of them"
                self._faults += self._at(event, f"duplicate key {key!r}", hint).faults
                continue
            child.key = (event.start_mark.line + 1, event.start_mark.column + 1)
            found[key] = value
            spot.children[key] = child
        return found

    def _sequence(self, spot: _Spot) -> list[object]:
        found: list[object] = []
        while type(event := next(self._events)).__name__ != "SequenceEndEvent":
            value, spot.children[len(found)] = self._node(event)
            found.append(value)
        return found

    def _key(self, event: Any) -> str:  # noqa: ANN401 - the parser's events have no common type
        if type(event).__name__ in {"MappingStartEvent", "SequenceStartEvent"}:
            raise self._at(event, "a key must be a text", "use a single word, or a text in quotes")
        key, _ = self._node(event)
        if not isinstance(key, str):
            raise self._at(event, f"the key {event.value!r} is not a text", f'put it in quotes: "{event.value}"')
        if key == "<<":
            raise self._at(event, "merge keys are not allowed", "write the values out where they are needed")
        return key

    def _scalar(self, event: Any) -> object:  # noqa: ANN401 - the parser's events have no common type
        text: str = event.value
        hidden = FORBIDDEN.search(text)
        if hidden:  # written as an escape, which the raw text does not show
            raise self._at(event, f"character U+{ord(hidden.group()):04X} is not allowed", "take the escape out")
        if not event.implicit[0]:
            return text
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        return self._number(event, text)

    def _number(self, event: Any, text: str) -> object:  # noqa: ANN401 - the parser's events have no common type
        if text[0] not in "-+.0123456789":
            return text
        whole = _INTEGER.fullmatch(text)
        if _NOT_A_FIGURE.fullmatch(text) or (len(text) > _LONGEST_NUMBER and (whole or _FLOAT.fullmatch(text))):
            raise self._at(event, f"{text[:40]!r} is not a number drd can hold", "put it in quotes if it is a text")
        if whole:
            return int(text)
        if _FLOAT.fullmatch(text):
            return self._finite(event, text)
        return text

    def _finite(self, event: Any, text: str) -> float:  # noqa: ANN401 - the parser's events have no common type
        number = float(text)
        if number in {float("inf"), float("-inf")}:
            raise self._at(event, f"{text!r} is not a number drd can hold", "put it in quotes if it is a text")
        return number

    def _at(self, event: Any, message: str, hint: str) -> Refused:  # noqa: ANN401 - the parser's events have no common type
        mark = event.start_mark
        return _refused(self._name, (mark.line + 1, mark.column + 1), message, hint)
