"""The shape of parameters: any pydantic model fits, and no room in the middle needs to know pydantic for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self


class Parameters(Protocol):
    """Values of a verb or a question, parsed and checked."""

    @classmethod
    def model_validate(cls, obj: Any, /) -> Self:  # noqa: ANN401 - any parsed YAML or JSON may be offered
        """Parse values.

        Raises:
            ValueError: if they do not fit; the catalogue turns it into faults.
        """
        ...

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        """Give the JSON Schema of the values."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong in a set of values.

    Attributes:
        path: where, from the top of the values: names and list places.
        message: what is wrong, in people's words.
        hint: what would be right, or empty.
    """

    path: tuple[str | int, ...]
    message: str
    hint: str = ""


Schema = Mapping[str, Any]
"""A JSON Schema."""
