"""What people's wishes share: texts that every database can hold and a record can bear."""

from typing import Any

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from drd.api.wire.shape import Shape

UNFIT = "unfit-text"
"""Kind of the fault of a text that cannot be taken."""

LONGEST_TEXT = 4000
"""Characters of one text: a reason stays in the journal for ever."""


class Wish(Shape):
    """Parent of every body. A text in it that cannot be kept is refused before anything is decided."""

    @model_validator(mode="before")
    @classmethod
    def _fit(cls, given: Any) -> Any:  # noqa: ANN401 - anything may have been sent
        left = [given]
        while left:
            each = left.pop()
            if isinstance(each, str):
                check_text(each)
            elif isinstance(each, dict):
                left += [*each, *each.values()]
            elif isinstance(each, list | tuple):
                left += each
        return given


def check_text(text: str) -> None:
    """Pass when a text can be kept.

    Raises:
        PydanticCustomError: it is too long, or holds what no UTF-8 text, or no text of PostgreSQL's, can hold.
    """
    if len(text) > LONGEST_TEXT:
        raise _unfit(f"a text of {len(text)} characters is too long", f"say it in {LONGEST_TEXT}, and point to more")
    wrong = next((each for each in text if each == "\0" or "\ud800" <= each <= "\udfff"), "")
    if wrong:
        raise _unfit(f"character U+{ord(wrong):04X} cannot be kept", "write the text in UTF-8")


def _unfit(words: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError(UNFIT, "{words}: {hint}", {"words": words, "hint": hint})
