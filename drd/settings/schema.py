"""The JSON Schemas of `settings/v1` and `catalogue/v1` for editors."""

from collections.abc import Mapping
from typing import Any

from drd.ports.catalogue import ParameterCatalogue
from drd.settings.catalogue_file import CatalogueFile
from drd.settings.settings_file import SettingsFile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def settings_schema() -> dict[str, Any]:
    """Give the schema of the settings."""
    schema = _without_nothing(SettingsFile.model_json_schema())
    return {"$schema": _DIALECT, **schema, "title": "drd settings/v1"}


def catalogue_schema(checks: ParameterCatalogue) -> dict[str, Any]:
    """Give the schema of catalogues, with what each check takes behind its name."""
    schema = _without_nothing(CatalogueFile.model_json_schema())
    definitions: dict[str, Any] = schema["$defs"]
    names = list(checks.names())
    for model in ("CallModel", "CheckModel"):
        definitions[model]["properties"]["uses"]["enum"] = names
        definitions[model]["allOf"] = [
            {
                "if": {"properties": {"uses": {"const": name}}, "required": ["uses"]},
                "then": {"properties": {"with": {"$ref": f"#/$defs/with.{name}"}}},
            }
            for name in names
        ]
    for name in names:
        own = _without_nothing(checks.schema(name))
        inner = own.pop("$defs", {})
        definitions.update({f"with.{name}.{part}": _moved(each, name) for part, each in inner.items()})
        definitions[f"with.{name}"] = _moved(own, name)
    return {"$schema": _DIALECT, **schema, "title": "drd catalogue/v1"}


def _moved(value: Any, name: str) -> Any:  # noqa: ANN401 - any part of a schema
    """Let references of a schema point to where its definitions were put."""
    if isinstance(value, Mapping):
        return {
            key: f"#/$defs/with.{name}.{str(inner).rsplit('/', 1)[-1]}" if key == "$ref" else _moved(inner, name)
            for key, inner in value.items()
        }
    return [_moved(inner, name) for inner in value] if isinstance(value, list) else value


def _without_nothing(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Take out the null that the models use for "not given": in a file a blank is an error."""
    if isinstance(schema, list):
        return [_without_nothing(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {key: _without_nothing(each) for key, each in schema.items() if not (key == "default" and each is None)}
    choices = found.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        rest = [choice for choice in choices if choice != {"type": "null"}]
        found.pop("anyOf")
        found = {**found, **rest[0]} if len(rest) == 1 else {**found, "anyOf": rest}
    return found
