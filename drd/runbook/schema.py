"""The JSON Schema of `runbook/v1` for editors: the models', with what each action and check takes behind its name."""

from collections.abc import Mapping
from typing import Any

from drd.runbook.file import RunbookFile
from drd.runbook.vocabulary import Vocabulary

_REFERENCE = {"type": "string", "pattern": r"^\$\{\{.*\}\}$"}
_CALLS = ("StepModel", "CallModel")


def runbook_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """Give the schema; the same vocabulary always gives the same one."""
    schema = without_nothing(RunbookFile.model_json_schema())
    definitions: dict[str, Any] = schema["$defs"]
    names = list(vocabulary.names())
    for model in _CALLS:
        definitions[model]["properties"]["uses"]["enum"] = names
        definitions[model]["allOf"] = [
            {
                "if": {"properties": {"uses": {"const": name}}, "required": ["uses"]},
                "then": {"properties": {"with": {"$ref": f"#/$defs/{_key(name)}"}}, **_needs_with(vocabulary, name)},
            }
            for name in names
        ]
    for name in names:
        own = without_nothing(vocabulary.schema(name))
        inner = own.pop("$defs", {})
        definitions.update({f"{_key(name)}.{part}": _moved(each, _key(name)) for part, each in inner.items()})
        definitions[_key(name)] = _with_references(_moved(own, _key(name)))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "drd runbook/v1",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def _key(name: str) -> str:
    return f"with.{name}"


def _needs_with(vocabulary: Vocabulary, name: str) -> dict[str, Any]:
    return {"required": ["with"]} if vocabulary.schema(name).get("required") else {}


def _moved(value: Any, under: str) -> Any:  # noqa: ANN401 - any part of a schema
    """Let references of a schema point to where its definitions were put."""
    if isinstance(value, Mapping):
        return {
            key: f"#/$defs/{under}.{str(inner).rsplit('/', 1)[-1]}" if key == "$ref" else _moved(inner, under)
            for key, inner in value.items()
        }
    return [_moved(inner, under) for inner in value] if isinstance(value, list) else value


def _with_references(schema: dict[str, Any]) -> dict[str, Any]:
    """Let every value be a reference too."""
    properties = schema.get("properties", {})
    opened = {name: _or_reference(inner) for name, inner in properties.items()}
    return {**schema, **({"properties": opened} if properties else {})}


def _or_reference(schema: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of a schema
    described = {key: schema[key] for key in ("title", "description", "default") if key in schema}
    rest = {key: value for key, value in schema.items() if key not in described}
    return {**described, "anyOf": [rest, _REFERENCE]} if rest else described


def without_nothing(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Take out the null that the models use for "not given": in a file a blank is an error."""
    if isinstance(schema, list):
        return [without_nothing(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {key: without_nothing(each) for key, each in schema.items() if not (key == "default" and each is None)}
    choices = found.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        rest = [choice for choice in choices if choice != {"type": "null"}]
        found.pop("anyOf")
        found = {**found, **rest[0]} if len(rest) == 1 else {**found, "anyOf": rest}
    return found
