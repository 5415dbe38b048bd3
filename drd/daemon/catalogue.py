"""The catalogues of verbs and questions: what there is, what fits, and verbs and questions with their values inside."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.errors import InvalidError, NotFoundError
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.ports.action import (
    BoundAction,
    Creation,
    Doubt,
    Outputs,
    OutputType,
    Pending,
    Present,
    Sighting,
    Simulation,
    StepContext,
    Underway,
    Verb,
)
from drd.ports.capabilities import Operation
from drd.ports.check import Answer, BoundCheck, CheckContext, Question
from drd.ports.parameters import Fault, Parameters, Schema

P = TypeVar("P", bound=Parameters)

_WANTED = {
    "string_type": ("a text", "put it in quotes"),
    "int_type": ("a whole number", "write digits, without quotes"),
    "bool_type": ("true or false", "write true or false, without quotes"),
    "list_type": ("a list", "write [a, b], or one `- a` a line"),
    "tuple_type": ("a list", "write [a, b], or one `- a` a line"),
    "model_type": ("a mapping", "write {key: value}, or one `key: value` a line"),
}
_BOUNDS = {"ge": "write {} or more", "gt": "write more than {}", "le": "write {} or less", "lt": "write less than {}"}
_SHOWN = 60


@cache
def _known(parameters: type[Parameters]) -> Mapping[str, object]:
    """Give the names that parameters have. Every plan asks, wherever a value is a reference: a schema takes long."""
    known: Mapping[str, object] = parameters.model_json_schema().get("properties", {})
    return known


@dataclass(frozen=True, slots=True)
class _Entry(Generic[P]):
    """A name with its parameters, whatever is behind it."""

    name: str
    parameters: type[P]

    def faults(self, values: Mapping[str, Json]) -> tuple[Fault, ...]:
        return self._read(values)[1]

    def parse(self, values: Mapping[str, Json]) -> P:
        parsed, faults = self._read(values)
        if faults or parsed is None:
            lines = tuple(f"{'.'.join(map(str, each.path)) or self.name}: {each.message}" for each in faults)
            raise InvalidError(
                f"the values do not fit {self.name}: {'; '.join(lines)}",
                faults=lines,
                target=self.name,
                hint=next((each.hint for each in faults if each.hint), ""),
            )
        return parsed

    def _read(self, values: Mapping[str, Json]) -> tuple[P | None, tuple[Fault, ...]]:
        blank = tuple([_blank(key) for key, value in values.items() if value is None])
        try:
            return self.parameters.model_validate(dict(values)), blank
        except ValidationError as error:
            known = _known(self.parameters)
            complaints = error.errors(include_url=False)
            return None, blank + tuple(
                _fault(each, known) for each in complaints if each["type"] == "missing" or each["input"] is not None
            )


@dataclass(frozen=True, slots=True)
class _BoundAction(Generic[P]):
    """A verb with its parameters inside."""

    verb: Verb[P]
    parameters: P

    @property
    def name(self) -> str:
        """The verb's name."""
        return self.verb.name

    @property
    def doubt(self) -> Doubt:
        """See `Action.doubt`."""
        return self.verb.action.doubt

    @property
    def modes(self) -> frozenset[Mode]:
        """See `Action.modes`."""
        return self.verb.action.modes

    def creates(self, context: StepContext) -> tuple[Creation, ...]:
        """See `Action.creates`."""
        return self.verb.action.creates(self.parameters, context)

    def targets(self, context: StepContext) -> tuple[ArmId, ...]:
        """See `Action.targets`."""
        return self.verb.action.targets(self.parameters, context)

    async def look(self, context: StepContext) -> Sighting:
        """See `Action.look`."""
        return await self.verb.action.look(self.parameters, context)

    async def act(self, context: StepContext) -> Underway | Present:
        """See `Action.act`."""
        return await self.verb.action.act(self.parameters, context)

    async def poll(self, context: StepContext, operation: Operation) -> Pending | Present:
        """See `Action.poll`."""
        return await self.verb.action.poll(self.parameters, context, operation)

    async def verify(self, context: StepContext, outputs: Outputs) -> Pending | Present:
        """See `Action.verify`."""
        return await self.verb.action.verify(self.parameters, context, outputs)

    def undo(self, outputs: Outputs) -> Call | None:
        """See `Action.undo`."""
        return self.verb.action.undo(self.parameters, outputs)

    def simulate(self, context: StepContext | None) -> Simulation:
        """See `Action.simulate`."""
        return self.verb.action.simulate(self.parameters, context)


@dataclass(frozen=True, slots=True)
class _BoundCheck(Generic[P]):
    """A question with its parameters inside."""

    question: Question[P]
    parameters: P

    @property
    def name(self) -> str:
        """The question's name."""
        return self.question.name

    def within(self) -> timedelta:
        """See `Check.within`."""
        return self.question.check.within(self.parameters)

    async def ask(self, context: CheckContext) -> Answer:
        """See `Check.ask`."""
        return await self.question.check.ask(self.parameters, context)

    def describe(self) -> str:
        """See `Check.describe`."""
        return self.question.check.describe(self.parameters)


class Actions:
    """Answers `ActionCatalogue`."""

    def __init__(self, verbs: Iterable[Verb[Any]]) -> None:
        """Take the verbs that discovery found."""
        self._verbs = {verb.name: verb for verb in verbs}

    def names(self) -> tuple[str, ...]:
        """Give every name, in order."""
        return tuple(sorted(self._verbs))

    def schema(self, name: str) -> Schema:
        """Give the JSON Schema of a verb's values. Raises NotFoundError."""
        schema: Schema = self._verb(name).parameters.model_json_schema()
        return schema

    def faults(self, name: str, values: Mapping[str, Json]) -> tuple[Fault, ...]:
        """Give what is wrong with the values. Raises NotFoundError."""
        return _Entry(name, self._verb(name).parameters).faults(values)

    def modes(self, name: str) -> frozenset[Mode]:
        """Give the modes it may run in. Raises NotFoundError."""
        return self._verb(name).action.modes

    def outputs(self, name: str) -> Mapping[str, OutputType]:
        """Give what it hands to later steps. Raises NotFoundError."""
        return self._verb(name).action.outputs

    def permissions(self, name: str) -> tuple[str, ...]:
        """Give the ARM operations it needs. Raises NotFoundError."""
        return self._verb(name).action.permissions

    def bind(self, name: str, values: Mapping[str, Json]) -> BoundAction:
        """Parse the values and put them inside. Raises InvalidError, NotFoundError."""
        verb = self._verb(name)
        return _BoundAction(verb, _Entry(name, verb.parameters).parse(values))

    def _verb(self, name: str) -> Verb[Any]:
        found = self._verbs.get(name)
        if found is None:
            raise _unknown("action", name, self._verbs)
        return found


class Checks:
    """Answers `CheckCatalogue`."""

    def __init__(self, questions: Iterable[Question[Any]]) -> None:
        """Take the questions that discovery found."""
        self._questions = {question.name: question for question in questions}

    def names(self) -> tuple[str, ...]:
        """Give every name, in order."""
        return tuple(sorted(self._questions))

    def schema(self, name: str) -> Schema:
        """Give the JSON Schema of a question's values. Raises NotFoundError."""
        schema: Schema = self._question(name).parameters.model_json_schema()
        return schema

    def faults(self, name: str, values: Mapping[str, Json]) -> tuple[Fault, ...]:
        """Give what is wrong with the values. Raises NotFoundError."""
        return _Entry(name, self._question(name).parameters).faults(values)

    def modes(self, name: str) -> frozenset[Mode]:
        """A check may be asked in every mode. Raises NotFoundError."""
        self._question(name)
        return frozenset(Mode)

    def outputs(self, name: str) -> Mapping[str, OutputType]:
        """A check hands nothing on. Raises NotFoundError."""
        self._question(name)
        return {}

    def permissions(self, name: str) -> tuple[str, ...]:
        """Give the ARM operations it needs. Raises NotFoundError."""
        return self._question(name).check.permissions

    def bind(self, name: str, values: Mapping[str, Json]) -> BoundCheck:
        """Parse the values and put them inside. Raises InvalidError, NotFoundError."""
        question = self._question(name)
        return _BoundCheck(question, _Entry(name, question.parameters).parse(values))

    def _question(self, name: str) -> Question[Any]:
        found = self._questions.get(name)
        if found is None:
            raise _unknown("check", name, self._questions)
        return found


def faults_of_values(name: str, parameters: type[Parameters], values: Mapping[str, Json]) -> tuple[Fault, ...]:
    """Give what is wrong with the values of anything that has parameters; empty when they fit."""
    return _Entry(name, parameters).faults(values)


def parsed_values(name: str, parameters: type[P], values: Mapping[str, Json]) -> P:
    """Parse the values of anything that has parameters. Raises InvalidError."""
    return _Entry(name, parameters).parse(values)


def _unknown(what: str, name: str, known: Iterable[str]) -> NotFoundError:
    return NotFoundError(f'there is no {what} "{name}"', target=name, hint=_suggestion(name, known))


def _suggestion(word: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(word.casefold(), names, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"allowed: {', '.join(names)}" if names else "it takes no values"


def _blank(key: str) -> Fault:
    return Fault(path=(key,), message=f'"{key}" is left blank', hint="give it a value, or delete the line")


def _fault(complaint: Mapping[str, Any], known: Iterable[str]) -> Fault:
    kind, path = str(complaint["type"]), tuple(complaint["loc"])
    name = str(path[-1]) if path else ""
    if kind == "missing":
        return Fault(path=path[:-1], message=f'the key "{name}" is missing', hint=f"add `{name}: ...`")
    if kind == "extra_forbidden":
        return Fault(path=path, message=f'unknown key "{name}"', hint=_suggestion(name, known))
    given = _described(complaint["input"])
    if kind in _WANTED:
        wanted, hint = _WANTED[kind]
        return Fault(path=path, message=f"expected {wanted}, found {given}", hint=hint)
    context = complaint.get("ctx", {})
    if kind in {"literal_error", "enum"}:
        allowed = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
        word = complaint["input"] if isinstance(complaint["input"], str) else ""
        return Fault(path=path, message=f"{given} is not allowed here", hint=_suggestion(word, allowed))
    if kind == "string_pattern_mismatch":
        return Fault(path=path, message=f"{given} has not the right form", hint=f"it must match {context['pattern']}")
    message = str(complaint["msg"]).removeprefix("Value error, ").replace("Input should", "it should")
    message = message[:1].lower() + message[1:]
    said = message if "hint" in context else f"{message}, found {given}"
    bound = next((words.format(context[name]) for name, words in _BOUNDS.items() if name in context), "")
    return Fault(path=path, message=said, hint=str(context.get("hint", "")) or bound or "see the schema in docs/schema")


def _described(value: object) -> str:
    if isinstance(value, str):
        return f'"{value[:_SHOWN]}{"..." if len(value) > _SHOWN else ""}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list | tuple) else str(value)[:_SHOWN]
