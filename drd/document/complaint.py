"""Turns what a validator says about a document's data into faults with places and hints.

The validator is not named here: it hands over its complaints as plain mappings (`type`, `loc`, `msg`, `input`, `ctx`)
and its JSON Schema, from which the names that would be right at a place are read.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from drd.document.place import Fault, Path
from drd.document.reader import Document

Complaint = Mapping[str, Any]
Schema = Mapping[str, Any]

_WANTED = {
    "string_type": ("a text", "put it in quotes"),
    "int_type": ("a whole number", "write digits without quotes"),
    "bool_type": ("true or false", "write true or false, without quotes"),
    "list_type": ("a list", "write [a, b], or one `- a` a line"),
    "dict_type": ("a mapping", "write {key: value}, or one `key: value` a line"),
    "model_type": ("a mapping", "write {key: value}, or one `key: value` a line"),
}
_SHOWN = 60


def faults_of(document: Document, complaints: Iterable[Complaint], schema: Schema, at: Path = ()) -> list[Fault]:
    """Give a fault for each complaint, except about blanks, which `blanks_in` finds everywhere at once.

    Args:
        document: what was validated, or what holds it.
        complaints: the validator's complaints, with paths from `at`.
        schema: the JSON Schema of what stands at `at`.
        at: the path of the validated part.
    """
    return [
        _fault(document, complaint, schema, at)
        for complaint in complaints
        if complaint["type"] == "missing" or complaint.get("input") is not None  # a blank has its own fault
    ]


def close_to(word: str, known: Iterable[str]) -> str:
    """Give the known word that was probably meant, or an empty text."""
    found = difflib.get_close_matches(word.casefold(), sorted(set(known)), n=1, cutoff=0.6)
    return found[0] if found else ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """Give a hint for a wrong word: the one that was probably meant, or all that would be right."""
    names = sorted(set(known))
    close = close_to(word, names)
    if close:
        return f'did you mean "{close}"?'
    if not names:
        return "there is none to name: take it out"
    return "allowed: " + ", ".join(names[:30]) + (" ..." if len(names) > 30 else "")  # noqa: PLR2004 - a line has an end


def _fault(document: Document, complaint: Complaint, schema: Schema, at: Path) -> Fault:
    kind = str(complaint["type"])
    key = bool(complaint["loc"]) and complaint["loc"][-1] == "[key]"
    path = (*at, *(complaint["loc"][:-1] if key else complaint["loc"]))
    if kind == "missing":
        return document.fault(path[:-1], f'the key "{path[-1]}" is missing', f"add `{path[-1]}: ...`", key=True)
    if kind == "extra_forbidden":
        known = _names_at(schema, tuple(complaint["loc"][:-1]))
        return document.fault(path, f'unknown key "{path[-1]}"', suggestion(str(path[-1]), known), key=True)
    given = complaint.get("input")
    if kind in _WANTED:
        wanted, hint = _WANTED[kind]
        return document.fault(path, f"expected {wanted}, found {described(given)}", hint)
    context = complaint.get("ctx") or {}
    if kind == "literal_error":
        return _wrong_word(document, path, given, str(context.get("expected", "")))
    hint = str(context.get("hint", "")) or "see the schema in docs/schema"
    return document.fault(path, f"{_worded(str(complaint['msg']))}{_found(given, context)}", hint, key=key)


def _wrong_word(document: Document, path: Path, given: object, expected: str) -> Fault:
    words = [word.strip().strip("'") for word in expected.replace(" or ", ", ").split(",")]
    hint = suggestion(given, words) if isinstance(given, str) else f"allowed: {', '.join(words)}"
    return document.fault(path, f"{described(given)} is not allowed here", hint)


def described(value: object) -> str:
    """Show a value shortly, for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return f'"{value[:_SHOWN]}{"..." if len(value) > _SHOWN else ""}"'
    return str(value).lower() if isinstance(value, bool) else str(value)[:_SHOWN]


def _worded(message: str) -> str:
    message = message.removeprefix("Value error, ").replace("Input should be", "it should be")
    return message[:1].lower() + message[1:]


def _found(given: object, context: Mapping[str, Any]) -> str:
    """Say what was found, unless the validator's own words do."""
    return "" if "hint" in context else f", found {described(given)}"


def _names_at(schema: Schema, path: Path) -> set[str]:
    """Give the keys that the schema knows at a path."""
    places = [schema]
    for step in path:
        places = [inner for place in places for inner in _inside(_opened(schema, place), step)]
    return {name for place in places for each in _opened(schema, place) for name in each.get("properties", {})}


def _opened(schema: Schema, place: Schema) -> list[Schema]:
    """Follow references and alternatives to the plain schemas behind a place."""
    if "$ref" in place:
        name = str(place["$ref"]).rsplit("/", 1)[-1]
        return _opened(schema, schema.get("$defs", {}).get(name, {}))
    choices = [*place.get("anyOf", ()), *place.get("oneOf", ()), *place.get("allOf", ())]
    return [place, *(each for choice in choices for each in _opened(schema, choice))]


def _inside(places: Iterable[Schema], step: str | int) -> Iterator[Schema]:
    for place in places:
        inner = place.get("items") if isinstance(step, int) else place.get("properties", {}).get(step)
        if inner is None and isinstance(step, str):
            inner = place.get("additionalProperties")
        if isinstance(inner, Mapping):
            yield inner


def blanks_in(document: Document) -> list[Fault]:
    """Give a fault for every key or list place without a value: in drd's files a blank is never a default."""
    found: list[Fault] = []
    pending: list[tuple[Path, object]] = [((), document.value)]
    while pending:
        path, value = pending.pop()
        if value is None:
            what = f'"{path[-1]}" is left blank' if path else "nothing is written here"
            found.append(document.fault(path, what, "give it a value, or delete the line", key=True))
        parts = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
        pending += [((*path, step), inner) for step, inner in parts]
    return found


def incomplete_maps(document: Document, required: str, wanted: Sequence[str]) -> list[Fault]:
    """Find the maps of texts by language that lack one.

    Args:
        document: any document.
        required: the key that every such map has; a mapping with it and no key outside `wanted` is such a map.
        wanted: the keys that a whole map has.
    """
    found: list[Fault] = []
    pending: list[tuple[Path, object]] = [((), document.value)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict) and required in value and value.keys() <= set(wanted):
            missing = [key for key in wanted if key not in value]
            if missing:
                hint = "add " + ", ".join(f"`{key}: ...`" for key in missing)
                found.append(document.fault(path, f"the text has no {' and no '.join(missing)}", hint, key=True))
            continue
        parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        pending += [((*path, step), inner) for step, inner in parts]
    return sorted(found, key=lambda fault: fault.place)
