"""What people tell, as their files and the wire have it: an exercise, and what is added to a record later.

Files spell members with dashes; both spellings mean the same on the wire. People are named by their role: what looks
like an address or a national number is refused, for a record stays for ever.
"""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from drd.api.wire.shape import Instant
from drd.api.wire.wish import Wish
from drd.domain.durations import parse_instant
from drd.domain.errors import PermanentError
from drd.domain.findings import Severity
from drd.domain.ids import NAME

_PERSONAL = re.compile(r"\S@\S+\.\S|\b\d{2}[.]?\d{2}[.]?\d{2}-?\d{3}[.-]?\d{2}\b")
_LONGEST_LINE = 300
_LONGEST_TEXT = 4000
_MOST = 200
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def wrong(words: str, hint: str) -> PydanticCustomError:
    """Make a refusal with its hint."""
    return PydanticCustomError("wrong", "{words}", {"words": words, "hint": hint})


def _nobody(text: str) -> str:
    if _PERSONAL.search(text):
        raise wrong("this looks like a person's address or number", "name people by their role: a record is for ever")
    if not text.strip():
        raise wrong("there is nothing in it", "write it, or leave the key out")
    return text


def _instant(value: Any) -> datetime:  # noqa: ANN401 - anything may stand in a file
    if isinstance(value, datetime):
        return value
    try:
        return parse_instant(str(value))
    except PermanentError as error:
        raise wrong("not an instant", "write ISO 8601 with an offset, such as 2026-11-22T14:00:00+01:00") from error


def _day(value: Any) -> date:  # noqa: ANN401 - anything may stand in a file
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise wrong("not a day", "write it as 2026-12-31") from error


Line = Annotated[str, Field(max_length=_LONGEST_LINE), AfterValidator(_nobody)]
Words = Annotated[str, Field(max_length=_LONGEST_TEXT), AfterValidator(_nobody)]
Name = Annotated[str, Field(pattern=NAME.pattern)]
At = Annotated[Instant, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Day = Annotated[
    date,
    BeforeValidator(_day),
    PlainSerializer(date.isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date"}),
]


class ScenarioKind(StrEnum):
    """What was supposed, or what had happened."""

    RANSOMWARE = "ransomware"
    REGION_LOSS = "region-loss"
    DELETION = "deletion"
    IDENTITY_LOSS = "identity-loss"
    PLANNED_MOVE = "planned-move"
    OTHER = "other"


class Written(Wish):
    """A part of a file that people write."""

    model_config = ConfigDict(
        alias_generator=lambda name: name.removesuffix("_").replace("_", "-"),
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
    )


class Title(Written):
    """A text in up to three languages."""

    nl: Line
    """In Dutch."""
    en: Line | None = None
    """In English."""
    fr: Line | None = None
    """In French."""


class Scenario(Written):
    """What it was about."""

    kind: ScenarioKind
    """Which of the known ones."""
    told: Words | None = None
    """In a few words."""


class Participant(Written):
    """Who took part: a role, never a name."""

    role: Line
    """Such as `burgemeester`, `dienst burgerzaken`, `noodplanningscoördinator`."""
    of: Line | None = None
    """The organisation."""
    number: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 1
    """How many people."""


class Supplier(Written):
    """An organisation that had a part in it."""

    name: Line
    """The organisation."""
    part: Words | None = None
    """What it did."""


class Decision(Written):
    """What was decided."""

    what: Words
    """The decision."""
    by: Line
    """The role that decided."""
    at: At | None = None
    """When."""
    why: Words | None = None
    """The reason."""


class Acceptance(Written):
    """What those who use the service say of it."""

    role: Line
    """Who says it."""
    outcome: Literal["accepted", "with-remarks", "refused"]
    """What they say."""
    at: At
    """When."""
    said: Words | None = None
    """In their words."""


class Deviation(Written):
    """What went otherwise than planned."""

    what: Words
    """What."""
    why: Words | None = None
    """The reason."""
    at: At | None = None
    """When."""


class Learned(Written):
    """A finding: what has to be done, by whom, and until when."""

    id: Name
    """Its name in this file."""
    severity: Severity
    """How bad it is."""
    text: Words
    """What was found."""
    owner: Line
    """The role, or the contact of the catalogue, that sees to it."""
    due: Day
    """The day until which it is done."""
    status: Literal["open", "done", "accepted"] = "open"
    """`accepted`: the risk stays, knowingly."""
    re_test: Line | None = None
    """The run or record that tried it again."""


class End(Written):
    """The declaration that the recovery was over."""

    declared_by: Line
    """The role that declared it."""
    at: At
    """When."""
    criteria: Annotated[tuple[Line, ...], Field(max_length=_MOST)] = ()
    """What had to be so."""


class Statement(Written):
    """What may be told of an exercise as of a run. What is left out stays unknown; an empty list says: none."""

    id: Name
    """Its name: told again under the same name, it must be the same."""
    suppliers: Annotated[tuple[Supplier, ...], Field(max_length=_MOST)] | None = None
    """Organisations that had a part in it."""
    decisions: Annotated[tuple[Decision, ...], Field(max_length=_MOST)] | None = None
    """What was decided, in order."""
    accepted: Annotated[tuple[Acceptance, ...], Field(max_length=_MOST)] | None = None
    """What those who use the services say."""
    deviations: Annotated[tuple[Deviation, ...], Field(max_length=_MOST)] | None = None
    """What went otherwise than planned."""
    findings: Annotated[tuple[Learned, ...], Field(max_length=_MOST)] | None = None
    """What has to be done."""
    end: End | None = None
    """Who declared the end."""
    not_tested: Annotated[tuple[Words, ...], Field(max_length=_MOST)] | None = None
    """What it says nothing about."""
    checksums: Words | None = None
    """What comparing checksums showed."""
    row_counts: Words | None = None
    """What counting rows showed."""
    malware_scan: Words | None = None
    """What a scan for malware showed."""
    personal_data: Words | None = None
    """Whether personal data was restored, and when it was deleted."""
    records: Annotated[tuple[Line, ...], Field(max_length=_MOST)] | None = None
    """Records or runs that belong to it; each must be there."""

    @model_validator(mode="after")
    def _once(self) -> "Statement":
        names = [each.id for each in self.findings or ()]
        if len(names) != len(set(names)):
            raise wrong("two findings have the same id", "give each its own")
        return self

    def said(self) -> dict[str, Any]:
        """Give what was told, as its file has it, in one form."""
        said: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return said


class ExerciseBody(Statement):
    """An exercise."""

    drd: Literal["exercise/v1"]
    """The version of this form."""
    tenant: Name
    """The municipality."""
    service: Name | None = None
    """The service; left out, the whole municipality."""
    title: Title
    """What it is called."""
    form: Literal["tabletop", "walk-through", "partial", "full"]
    """At a table, through the plan step by step, a part in practice, or all of it."""
    announced: Annotated[bool, Field(strict=True)]
    """Whether those who took part knew the day."""
    from_: At
    """When it began."""
    until: At
    """When it was over."""
    scenario: Scenario
    """What it was about."""
    participants: Annotated[tuple[Participant, ...], Field(min_length=1, max_length=_MOST)]
    """Who took part, by role."""

    @model_validator(mode="after")
    def _in_order(self) -> "ExerciseBody":
        if self.until <= self.from_:
            raise wrong("it was over before it began", "`until` is later than `from`")
        return self


class AdditionBody(Statement):
    """What is added to the record of a run, a verification or an exercise."""

    drd: Literal["addition/v1"]
    """The version of this form."""
    to: Line
    """The run, or the record by its id or number."""
    scenario: Scenario | None = None
    """What it was about."""
    participants: Annotated[tuple[Participant, ...], Field(max_length=_MOST)] | None = None
    """Who took part, by role."""

    @model_validator(mode="after")
    def _something(self) -> "AdditionBody":
        if not self.said().keys() - {"drd", "id", "to", "records"}:
            raise wrong("nothing is told", "tell something: accepted, end, scenario, suppliers, findings ...")
        return self


def exercise_schema() -> dict[str, Any]:
    """Give the JSON Schema of files about exercises, for editors."""
    return _schema(ExerciseBody, "exercise/v1")


def addition_schema() -> dict[str, Any]:
    """Give the JSON Schema of files that add to a record, for editors."""
    return _schema(AdditionBody, "addition/v1")


def _schema(body: type[Statement], form: str) -> dict[str, Any]:
    schema: dict[str, Any] = _without_nothing(body.model_json_schema())
    return {"$schema": _DIALECT, **schema, "title": f"drd {form}"}


def _without_nothing(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Take out the null that the models use for "not told": in a file a blank is an error."""
    if isinstance(schema, list):
        return [_without_nothing(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _without_nothing(each) for key, each in schema.items() if not (key == "default" and each is None)}
    choices = [choice for choice in found.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del found["anyOf"]
        return {**found, **choices[0]}
    return found
