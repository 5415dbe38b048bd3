"""A verb or a question with its values, as files write it: `uses` and `with`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from drd.domain.canonical import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a step or check uses, and with which values.

    In a plan a value may still be a whole-value reference to an earlier step's output (`${{ steps.ID.OUTPUT }}`).
    """

    uses: str
    values: Mapping[str, Json] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """Write the call for a plan."""
        return {"uses": self.uses, "with": dict(self.values)}
