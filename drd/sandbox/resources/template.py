"""Deployment templates: which resources they ask for, in which order, with which bodies."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, objects_at, text_at, texts_at
from drd.sandbox.resources.template_language import Scope, evaluated, full_id, invalid_template
from drd.sandbox.wire import JsonObject

SECURE = ("securestring", "secureobject")
PARAMETER_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "string": "String",
        "securestring": "SecureString",
        "int": "Int",
        "bool": "Bool",
        "object": "Object",
        "secureobject": "SecureObject",
        "array": "Array",
    }
)
"""The types of parameters, and how a deployment's answer spells them."""

_UNSUPPORTED = ("copy", "condition", "scope", "subscriptionId", "resourceGroup", "resources")
_OUTSIDE_BODY = ("type", "name", "apiVersion", "dependsOn", "comments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One resource of a template; its body may hold secrets, and is never shown."""

    id: str
    type: str
    api_version: str
    after: tuple[str, ...]
    body: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template that can be deployed: its resources, its parameters as they may be shown, and its hash."""

    resources: tuple[Wanted, ...]
    parameters: JsonObject
    hash: str
    content_version: str


def read_template(properties: JsonObject, *, subscription: str, group: str, location: str) -> Template:
    """Return the template of a deployment's `properties`.

    Raises:
        ArmError: 400 `InvalidTemplate`, something in it is wrong or not known here.
    """
    if properties.get("templateLink"):
        raise invalid_template("templateLink is not supported: this sandbox fetches nothing, send the template itself")
    source = object_at(properties, "template")
    if not source:
        raise invalid_template("Template content is missing")
    values, shown = _parameters(source, properties)
    scope = Scope(
        subscription=subscription,
        group=group,
        location=location,
        parameters=values,
        variables=object_at(source, "variables"),
    )
    wanted = [_wanted(one, scope) for one in objects_at(source, "resources")]
    _check_names(wanted)
    digest = hashlib.sha256(json.dumps(source, sort_keys=True).encode()).digest()
    return Template(
        resources=_with_known_needs(wanted, scope),
        parameters=shown,
        hash=str(int.from_bytes(digest[:8], "big")),
        content_version=text_at(source, "contentVersion") or "1.0.0.0",
    )


def _parameters(source: JsonObject, properties: JsonObject) -> tuple[dict[str, Any], JsonObject]:
    declared, given = object_at(source, "parameters"), object_at(properties, "parameters")
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise invalid_template(f"The template parameters '{', '.join(unknown)}' are not valid; they are not declared")
    values: dict[str, Any] = {}
    shown: JsonObject = {}
    for name, declaration in declared.items():
        kind = text_at(declaration, "type").lower()
        if kind not in PARAMETER_TYPES:
            raise invalid_template(f"The type '{kind}' of the template parameter '{name}' is not valid")
        values[name] = _value_of(name, declaration, given)
        shown[name] = {"type": PARAMETER_TYPES[kind]}
        if kind not in SECURE:
            shown[name]["value"] = values[name]
    return values, shown


def _value_of(name: str, declaration: JsonObject, given: JsonObject) -> Any:  # noqa: ANN401 - any JSON value
    if name in given:
        if "value" not in object_at(given, name):
            raise invalid_template(f"The value of the template parameter '{name}' is missing: references are not read")
        return given[name]["value"]
    if "defaultValue" not in declaration:
        raise invalid_template(f"The value for the template parameter '{name}' is not provided")
    return declaration["defaultValue"]


def _wanted(source: JsonObject, scope: Scope) -> Wanted:
    unsupported = [name for name in _UNSUPPORTED if name in source]
    if unsupported:
        raise invalid_template(f"The resource member '{unsupported[0]}' is not supported")
    resource = evaluated(source, scope)
    for name in ("type", "name", "apiVersion"):
        if not text_at(resource, name):
            raise invalid_template(f"A template resource lacks its '{name}'")
    above = f"/subscriptions/{scope.subscription}/resourceGroups/{scope.group}"
    return Wanted(
        id=full_id(above, resource["type"], resource["name"]),
        type=resource["type"],
        api_version=resource["apiVersion"],
        after=tuple(texts_at(resource, "dependsOn")),
        body={name: value for name, value in resource.items() if name not in _OUTSIDE_BODY},
    )


def _check_names(wanted: Sequence[Wanted]) -> None:
    seen: set[str] = set()
    for one in wanted:
        if fold(one.id) in seen:
            raise invalid_template(f"The resource '{one.id}' is defined multiple times in a template")
        seen.add(fold(one.id))


def _with_known_needs(wanted: Sequence[Wanted], scope: Scope) -> tuple[Wanted, ...]:
    known: dict[str, str] = {}
    for one in wanted:
        above = f"/subscriptions/{scope.subscription}/resourceGroups/{scope.group}/providers/"
        called = one.id.rsplit("/", 1)[-1]
        known |= {fold(spelt): one.id for spelt in (one.id, one.id.removeprefix(above), called)}
    resolved = []
    for one in wanted:
        missing = [need for need in one.after if fold(need) not in known]
        if missing:
            raise invalid_template(f"The resource '{missing[0]}' is not defined in the template")
        after = tuple(known[fold(need)] for need in one.after)
        resolved.append(Wanted(id=one.id, type=one.type, api_version=one.api_version, after=after, body=one.body))
    _check_order(resolved)
    return tuple(resolved)


def _check_order(wanted: Sequence[Wanted]) -> None:
    done: set[str] = set()
    while len(done) < len(wanted):
        ready = {one.id for one in wanted if one.id not in done and set(one.after) <= done}
        if not ready:
            raise invalid_template("Circular dependency detected among the resources of the template")
        done |= ready
