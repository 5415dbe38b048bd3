"""What a runbook may use: actions, checks, and the engine's own two words, behind one face."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from drd.document import Path
from drd.domain.canonical import Json
from drd.domain.plan import APPROVE, RUNBOOK, Mode
from drd.ports.action import OutputType
from drd.ports.catalogue import ParameterCatalogue
from drd.ports.parameters import Fault, Schema
from drd.runbook.file import ApproveModel, ChildModel

_WORDS: Mapping[str, type[BaseModel]] = {APPROVE: ApproveModel, RUNBOOK: ChildModel}
_JSON_TYPES: Mapping[OutputType, str] = {
    OutputType.TEXT: "string",
    OutputType.TEXTS: "array",
    OutputType.INTEGER: "integer",
    OutputType.BOOLEAN: "boolean",
    OutputType.INSTANT: "string",
    OutputType.ARM_ID: "string",
    OutputType.ARM_IDS: "array",
}


class Vocabulary:
    """Actions, checks and the engine's words."""

    def __init__(self, actions: ParameterCatalogue, checks: ParameterCatalogue) -> None:
        """Keep both catalogues; their names do not overlap, because checks begin with `check.`."""
        self._actions = actions
        self._checks = checks
        self._action_names = frozenset(actions.names())
        self._check_names = frozenset(checks.names())

    def names(self) -> tuple[str, ...]:
        """Give everything that may stand behind `uses`."""
        return tuple(sorted({*self._action_names, *self._check_names, *_WORDS}))

    def is_check(self, name: str) -> bool:
        """Say whether it is a question."""
        return name in self._check_names

    def is_action(self, name: str) -> bool:
        """Say whether it is a verb of its own, not one of the engine's words."""
        return name in self._action_names

    def knows(self, name: str) -> bool:
        """Say whether it may stand behind `uses`."""
        return name in _WORDS or name in self._action_names or name in self._check_names

    def modes(self, name: str) -> frozenset[Mode]:
        """Give the modes that it may run in."""
        return frozenset(Mode) if name in _WORDS else self._of(name).modes(name)

    def outputs(self, name: str) -> Mapping[str, str]:
        """Give what it hands to later steps, each with its JSON type."""
        if name in _WORDS:
            return {}
        return {output: _JSON_TYPES[kind] for output, kind in self._of(name).outputs(name).items()}

    def schema(self, name: str) -> Schema:
        """Give the JSON Schema of its values."""
        return _WORDS[name].model_json_schema() if name in _WORDS else self._of(name).schema(name)

    def faults(self, name: str, values: Mapping[str, Json]) -> tuple[Fault, ...]:
        """Give what is wrong with its values."""
        return _word_faults(_WORDS[name], values) if name in _WORDS else self._of(name).faults(name, values)

    def types_at(self, name: str, path: Path) -> frozenset[str]:
        """Give the JSON types that its schema allows at a path; empty when the schema does not say."""
        schema = self.schema(name)
        places: list[Mapping[str, Any]] = [schema]
        for step in path:
            places = [inner for place in places for inner in _inside(_opened(schema, place), step)]
        return frozenset(kind for place in places for each in _opened(schema, place) for kind in _types(each))

    def _of(self, name: str) -> ParameterCatalogue:
        return self._checks if name in self._check_names else self._actions


def _word_faults(model: type[BaseModel], values: Mapping[str, Json]) -> tuple[Fault, ...]:
    try:
        model.model_validate(values)
    except ValidationError as error:
        return tuple(
            Fault(
                path=complaint["loc"], message=_message(complaint), hint=str(complaint.get("ctx", {}).get("hint", ""))
            )
            for complaint in error.errors(include_url=False)
        )
    return ()


def _message(complaint: Any) -> str:  # noqa: ANN401 - the validator's own mapping
    name = complaint["loc"][-1] if complaint["loc"] else ""
    if complaint["type"] == "missing":
        return f'the key "{name}" is missing'
    if complaint["type"] == "extra_forbidden":
        return f'unknown key "{name}"'
    message = str(complaint["msg"]).replace("Input should be", "it should be")
    return message[:1].lower() + message[1:]


def _opened(schema: Mapping[str, Any], place: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "$ref" in place:
        return _opened(schema, schema.get("$defs", {}).get(str(place["$ref"]).rsplit("/", 1)[-1], {}))
    choices = [*place.get("anyOf", ()), *place.get("oneOf", ()), *place.get("allOf", ())]
    return [each for choice in choices for each in _opened(schema, choice)] if choices else [place]


def _inside(places: Iterable[Mapping[str, Any]], step: str | int) -> Iterator[Mapping[str, Any]]:
    for place in places:
        inner = place.get("items") if isinstance(step, int) else place.get("properties", {}).get(step)
        if inner is None and isinstance(step, str):
            inner = place.get("additionalProperties")
        if isinstance(inner, Mapping):
            yield inner


def _types(schema: Mapping[str, Any]) -> list[str]:
    kind = schema.get("type")
    if isinstance(kind, list):
        return [str(each) for each in kind]
    if kind is None and "enum" in schema:
        return ["string"]
    return [] if kind in {None, "null"} else [str(kind)]
