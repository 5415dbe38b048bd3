"""Kinds of values in runbooks, each with the message it refuses with and its JSON Schema."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from drd.domain.durations import canonical_duration, parse_duration
from drd.domain.errors import PermanentError
from drd.domain.ids import NAME
from drd.domain.language import Text

DURATION_PATTERN = r"^(\d{1,9}[smhd]|P(\d{1,6}D)?(T(\d{1,6}H)?(\d{1,7}M)?(\d{1,9}(\.\d{1,6})?S)?)?)$"
LONGEST_STEP = timedelta(days=7)
_DURATION_HINT = "write 90s, 15m, 4h, 30d, or ISO 8601 such as PT15M"


def kebab(name: str) -> str:
    """Spell a field as files do."""
    return name.replace("_", "-")


class Strict(BaseModel):
    """A part of a runbook: unknown keys are errors, and nothing is turned into another type on the quiet."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, alias_generator=kebab, use_attribute_docstrings=True
    )


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
        raise wrong("a length of time needs its unit", _DURATION_HINT)
    try:
        return _whole(parse_duration(value))
    except PermanentError as error:
        raise wrong(error.message, error.hint or _DURATION_HINT) from error


def _short(value: timedelta) -> timedelta:
    if value > LONGEST_STEP:
        hint = f"a step may take {canonical_duration(LONGEST_STEP)} at most"
        raise wrong(f"{canonical_duration(value)} is too long", hint)
    return value


def _name(value: str) -> str:
    if NAME.match(value) is None:
        hint = "use at most 63 lower-case letters, digits and dashes, with a letter or digit at both ends"
        raise wrong(f'"{value[:60]}" is not an id', hint)
    return value


def _percent(value: Any) -> int:  # noqa: ANN401 - anything may stand in a file
    if isinstance(value, int) and not isinstance(value, bool):
        raise wrong("a share needs its percent sign", f"write {value}%")
    text = value if isinstance(value, str) else ""
    digits = text.removesuffix("%")
    if not text.endswith("%") or not digits.isdecimal() or not 1 <= int(digits) <= 100:  # noqa: PLR2004 - percent
        raise wrong("not a share", "write 1% to 100%")
    return int(digits)


def _scalar(value: Any) -> Any:  # noqa: ANN401 - anything may stand in a file
    if not isinstance(value, str | int):
        raise wrong("not a text, a whole number, true or false", "put it in quotes if it is a text")
    return value


Scalar = Annotated[Any, AfterValidator(_scalar), WithJsonSchema({"type": ["string", "integer", "boolean"]})]
Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    AfterValidator(_short),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "examples": ["90s", "15m", "4h", "PT15M"]}),
]
Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": NAME.pattern})]
Line = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\r\n]*$")]
Percent = Annotated[int, BeforeValidator(_percent), WithJsonSchema({"type": "string", "pattern": r"^(100|[1-9]\d?)%$"})]


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
