"""The expressions of deployment templates, as far as the sandbox reads them: `[concat(parameters('a'), '-b')]`.

Known: text and numbers in literal form, `parameters`, `variables`, `resourceId`, `concat`, `format`, `toLower`,
`resourceGroup()` and `subscription()` with their members. Anything else is refused by name, never guessed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from drd.sandbox.errors import ArmError

_TOKEN = re.compile(r"\s*(?:'((?:[^']|'')*)'|(-?\d+)|([A-Za-z][A-Za-z0-9_]*)|([().,\[\]]))")
_SEGMENTS_BEFORE_NAMES = 2
_FIRST_SEGMENT = "Microsoft."

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What expressions may refer to: the group that is deployed to, the parameters' values and the variables."""

    subscription: str
    group: str
    location: str
    parameters: Mapping[str, Any]
    variables: Mapping[str, Any]


def invalid_template(message: str) -> ArmError:
    """Return the refusal of a template."""
    return ArmError(
        400,
        "InvalidTemplate",
        f"Deployment template validation failed: '{message}'.",
        more={
            "additionalInfo": [
                {"type": "TemplateViolation", "info": {"lineNumber": 0, "linePosition": 0, "path": ""}},
            ]
        },
    )


def evaluated(value: Any, scope: Scope) -> Any:  # noqa: ANN401 - a JSON value has no narrower type
    """Return a value of a template with every expression in it replaced by what it says.

    Raises:
        ArmError: 400 `InvalidTemplate`, an expression is malformed or says something that is not known here.
    """
    if isinstance(value, dict):
        return {name: evaluated(inner, scope) for name, inner in value.items()}
    if isinstance(value, list):
        return [evaluated(inner, scope) for inner in value]
    if not isinstance(value, str) or not value.startswith("[") or not value.endswith("]"):
        return value
    if value.startswith("[["):
        return value[1:]
    return _Reader(value[1:-1], scope).whole()


class _Reader:
    """Reads one expression, from left to right."""

    def __init__(self, text: str, scope: Scope) -> None:
        self._text = text
        self._scope = scope
        self._tokens = list(_tokens(text))
        self._functions: Mapping[str, Function] = {
            "parameters": lambda name: _known(scope.parameters, name, "parameter"),
            "variables": lambda name: evaluated(_known(scope.variables, name, "variable"), scope),
            "concat": _concat,
            "format": _format,
            "tolower": lambda text: str(text).lower(),
            "resourceid": lambda *parts: _resource_id(scope, [str(one) for one in parts]),
            "resourcegroup": lambda: {
                "id": f"/subscriptions/{scope.subscription}/resourceGroups/{scope.group}",
                "name": scope.group,
                "location": scope.location,
            },
            "subscription": lambda: {
                "id": f"/subscriptions/{scope.subscription}",
                "subscriptionId": scope.subscription,
            },
        }

    def whole(self) -> Any:  # noqa: ANN401 - a JSON value has no narrower type
        """Return what the whole expression says."""
        found = self._value()
        if self._tokens:
            raise self._refusal(f"unexpected '{self._tokens[0][1]}'")
        return found

    def _value(self) -> Any:  # noqa: ANN401 - a JSON value has no narrower type
        kind, text = self._next()
        if kind == "text":
            return text
        if kind == "number":
            return int(text)
        if kind != "name":
            raise self._refusal(f"unexpected '{text}'")
        found = self._call(text)
        while self._peek() == ".":
            self._next()
            _, member = self._next()
            if not isinstance(found, dict) or member not in found:
                raise self._refusal(f"the property '{member}' does not exist")
            found = found[member]
        return found

    def _call(self, name: str) -> Any:  # noqa: ANN401 - a JSON value has no narrower type
        function = self._functions.get(name.lower())
        if function is None:
            known = ", ".join(sorted(self._functions))
            raise self._refusal(f"the template function '{name}' is not supported; known are {known}")
        self._expect("(")
        arguments: list[Any] = []
        while self._peek() != ")":
            arguments.append(self._value())
            if self._peek() == ",":
                self._next()
        self._expect(")")
        try:
            return function(*arguments)
        except TypeError as error:
            raise self._refusal(f"the template function '{name}' was given {len(arguments)} arguments") from error

    def _peek(self) -> str:
        return self._tokens[0][1] if self._tokens and self._tokens[0][0] == "mark" else ""

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise self._refusal("it ends too early")
        return self._tokens.pop(0)

    def _expect(self, mark: str) -> None:
        found = self._next()
        if found != ("mark", mark):
            raise self._refusal(f"expected '{mark}', not '{found[1]}'")

    def _refusal(self, why: str) -> ArmError:
        return invalid_template(f"Unable to process the expression [{self._text}]: {why}")


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None:
            raise invalid_template(f"Unable to parse language expression '{text}'")
        place = found.end()
        literal, number, name, mark = found.groups()
        if literal is not None:
            yield "text", literal.replace("''", "'")
        elif number is not None:
            yield "number", number
        elif name is not None:
            yield "name", name
        else:
            yield "mark", mark


def _known(values: Mapping[str, Any], name: str, what: str) -> Any:  # noqa: ANN401 - a JSON value has no narrower type
    folded = {key.casefold(): key for key in values}
    if name.casefold() not in folded:
        raise invalid_template(f"The template {what} '{name}' is not found")
    return values[folded[name.casefold()]]


def _concat(*parts: Any) -> Any:  # noqa: ANN401 - texts or lists
    if parts and all(isinstance(one, list) for one in parts):
        return [each for one in parts for each in one]
    return "".join(str(one) for one in parts)


def _format(pattern: str, *parts: Any) -> str:  # noqa: ANN401 - any JSON value
    return re.sub(r"\{(\d+)\}", lambda found: str(parts[int(found.group(1))]), pattern)


def _resource_id(scope: Scope, parts: list[str]) -> str:
    at = next((place for place, one in enumerate(parts) if "/" in one), None)
    if at is None or at > _SEGMENTS_BEFORE_NAMES:
        raise invalid_template("The function 'resourceId' needs a resource type such as Microsoft.Compute/disks")
    before, kind, names = parts[:at], parts[at], parts[at + 1 :]
    group = before[-1] if before else scope.group
    subscription = before[0] if len(before) == _SEGMENTS_BEFORE_NAMES else scope.subscription
    scope_id = f"/subscriptions/{subscription}/resourceGroups/{group}"
    return full_id(scope_id, kind, "/".join(names))


def full_id(scope_id: str, kind: str, name: str) -> str:
    """Return the id of a resource by its type and its name, both with as many parts as it has resources above it.

    Raises:
        ArmError: 400 `InvalidTemplate`, the type and the name have different numbers of parts.
    """
    namespace, *types = kind.split("/")
    names = name.split("/")
    if len(types) != len(names) or not all(names):
        raise invalid_template(
            f"The template resource '{name}' for type '{kind}' has incorrect segment lengths: "
            "a nested resource type must have identical number of segments as its resource name"
        )
    path = "/".join(f"{one}/{called}" for one, called in zip(types, names, strict=True))
    return f"{scope_id}/providers/{namespace}/{path}"
