"""Kinds of values in settings and catalogues, each with the message it refuses with and its JSON Schema."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from drd.domain.call import Call
from drd.domain.durations import parse_duration, parse_instant
from drd.domain.errors import PermanentError
from drd.domain.ids import NAME, ArmId
from drd.domain.language import Text

DURATION_PATTERN = r"^(\d{1,9}[smhd]|P(\d{1,6}D)?(T(\d{1,6}H)?(\d{1,7}M)?(\d{1,9}(\.\d{1,6})?S)?)?)$"


def kebab(name: str) -> str:
    """Spell a field as files do."""
    return name.replace("_", "-")


class Strict(BaseModel):
    """A part of a file: unknown keys are errors, and nothing is turned into another type on the quiet."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, alias_generator=kebab, use_attribute_docstrings=True
    )


def refusal(error: PermanentError) -> PydanticCustomError:
    """Say a domain error in the validator's terms, hint included."""
    return PydanticCustomError("refused", "{words}", {"words": error.message, "hint": error.hint or "see the schema"})


def wrong(words: str, hint: str) -> PydanticCustomError:
    """Make a refusal with its hint."""
    return PydanticCustomError("wrong", "{words}", {"words": words, "hint": hint})


def _whole(value: timedelta) -> timedelta:
    if value.microseconds:
        raise wrong("a fraction of a second", "write whole seconds, such as 90s")
    return value


def _duration(value: Any) -> timedelta:  # noqa: ANN401 - anything may stand in a file
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise wrong("a length of time needs its unit", "write 90s, 15m, 4h, 30d, or ISO 8601 such as PT15M")
    try:
        return _whole(parse_duration(value))
    except PermanentError as error:
        raise refusal(error) from error


def _instant(value: Any) -> datetime:  # noqa: ANN401 - anything may stand in a file
    if not isinstance(value, str):
        raise wrong("not an instant", "write ISO 8601 with an offset, such as 2026-11-22T03:00:00+01:00")
    try:
        return parse_instant(value)
    except PermanentError as error:
        raise refusal(error) from error


def _name(value: str) -> str:
    if NAME.match(value) is None:
        hint = "use at most 63 lower-case letters, digits and dashes, with a letter or digit at both ends"
        raise wrong(f'"{value[:60]}" is not an id', hint)
    return value


def _arm_id(value: str) -> str:
    try:
        ArmId.parse(value)
    except PermanentError as error:
        raise refusal(error) from error
    return value


def _region(value: str) -> str:
    if not (value.isascii() and value.isalnum() and value == value.lower()):
        raise wrong(f'"{value[:60]}" is not a region', "write it as Azure does in ids, such as westeurope")
    return value


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "examples": ["90s", "15m", "4h", "30d", "PT15M"]}),
]
Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": NAME.pattern})]
Line = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\r\n]*$")]
ResourceId = Annotated[
    str, AfterValidator(_arm_id), WithJsonSchema({"type": "string", "pattern": "^/[sS]ubscriptions/[^/]+/.+$"})
]
Region = Annotated[str, AfterValidator(_region), WithJsonSchema({"type": "string", "pattern": "^[a-z0-9]+$"})]


class Words(Strict):
    """A text for people. Dutch is required; what is missing falls back to Dutch and is a finding."""

    nl: Line
    """Dutch."""
    en: Line = Field(default="", validate_default=False)
    """English."""
    fr: Line = Field(default="", validate_default=False)
    """French."""

    def text(self) -> Text:
        """Give the text."""
        return Text(nl=self.nl, en=self.en, fr=self.fr)


class CallModel(Strict):
    """What is asked, and with which values."""

    uses: Line
    """The check, such as `check.http`."""
    values: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Its values; each check says which."""

    def call(self) -> Call:
        """Give the call."""
        return Call(uses=self.uses, values=self.values)
