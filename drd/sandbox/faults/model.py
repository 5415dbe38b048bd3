"""The shape of a fault in a file, in a control request and behind the command line's options."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from drd.document import described, suggestion
from drd.sandbox.faults.fault import Fault, make
from drd.sandbox.faults.kinds import BEARER, CALL, CONDITION, KINDS, REGION, TOKEN
from drd.sandbox.faults.term import Moment, Region, Span, Strict, instant_of, kebab, wrong

_SELECTS = frozenset({"kind", "region", "probability", "count", "skip", "from_", "until", "for_"})
_OF_CALLS = frozenset({"method", "operation", "resource", "identity"})
_AIMS: Mapping[str, frozenset[str]] = {
    CALL: _SELECTS | _OF_CALLS | {"path_contains", "callers_only"},
    TOKEN: (_SELECTS - {"region"}) | {"identity"},
    BEARER: (_SELECTS - {"region"}) | {"method", "resource", "identity"},
    REGION: frozenset({"kind", "region", "from_", "until", "for_"}),
    CONDITION: _SELECTS | _OF_CALLS,
}
"""What may select a fault, by the moment at which it strikes."""

Complaint = tuple[str, str, str]
"""What does not go together: the member as files spell it (empty for the whole fault), what is wrong, and a hint."""


def _kind(value: Any) -> str:  # noqa: ANN401 - anything may stand in a file
    if not isinstance(value, str) or value not in KINDS:
        raise wrong(f"there is no kind {described(value)}", suggestion(str(value), KINDS))
    return value


class FaultModel(Strict):
    """One thing that goes wrong: its kind, what it selects, how often and how long, and what is told."""

    kind: Annotated[str, BeforeValidator(_kind), WithJsonSchema({"type": "string", "enum": sorted(KINDS)})] = "error"
    """What happens; see docs/sandbox/faults.md."""
    operation: str = ""
    """The ARM action's name, with `*` for anything, such as `Microsoft.Compute/virtualMachines/*`."""
    method: str = Field(default="", pattern=r"^([A-Za-z]*)$")
    """The HTTP method."""
    resource: str = ""
    """A resource's id, or whole segments of it such as a name, with `*` for anything."""
    path_contains: str = ""
    """A plain part of the path."""
    region: Region | Literal[""] = ""
    """A region that the call needs, or where the target is."""
    identity: str = ""
    """The name of the caller's identity."""
    callers_only: bool | None = None
    """True: what Azure sends to itself, such as a deployment's own calls, is spared."""
    probability: float | int | None = Field(default=None, gt=0, le=1)
    """The share of what is selected that is struck, decided by the seed."""
    count: int | None = Field(default=None, ge=1)
    """How often it strikes; without it once, or as long as it stands: the kind decides."""
    skip: int = Field(default=0, ge=0)
    """How many of what is selected go free first."""
    from_: Moment | None = None
    """Since when it stands; from the order on, unless said."""
    until: Moment | None = None
    """When it is over."""
    for_: Span | None = None
    """How long it stands, in world time."""
    status: int | None = Field(default=None, ge=100, le=599)
    """The HTTP status."""
    code: str | None = Field(default=None, min_length=1)
    """The error's code."""
    message: str | None = None
    """The error's message."""
    retry_after: float | int | str | None = None
    """The Retry-After: seconds of world time, or any text."""
    after_accepting: bool | None = None
    """True: the call takes effect, and only its answer is spoiled."""
    body: str | None = None
    """A body that is answered as it stands."""
    hang: bool | None = None
    """True: never answered."""
    mode: Literal["unavailable", "hang", "refused"] | None = None
    """How what is down answers: an error, never, or with a reset connection."""
    seconds: float | int | None = Field(default=None, ge=0, le=86400)
    """How late, in seconds of world time."""
    exit_code: int | None = Field(default=None, ge=1, le=255)
    """What the script ends with."""
    points_from: Moment | None = None
    """Recovery points taken at this instant or later."""
    points_until: Moment | None = None
    """Recovery points taken before this instant."""

    def complaints(self) -> list[Complaint]:
        """Return what the members say that does not go together."""
        allowed = members_of(self.kind)
        known = ", ".join(sorted(kebab(each) for each in allowed - {"kind"}))
        found = [
            (kebab(name), f'"{kebab(name)}" means nothing to the kind {self.kind}', f"it takes {known}")
            for name in sorted(self.model_fields_set - allowed)
        ]
        if self.kind == "region-down" and not self.region:
            found.append(("", "which region is down is not said", "add `region: ...`"))
        if self.until is not None and self.for_ is not None:
            found.append(("for", "both `until` and `for` say when it is over", "leave one out"))
        if isinstance(self.from_, datetime) and isinstance(self.until, datetime) and self.until <= self.from_:
            found.append(("until", "it is over before it begins", "let `until` be later than `from`"))
        return found

    def fault(self, at: datetime) -> Fault:
        """Return the fault as it is ordered at an instant."""
        told: dict[str, Any] = {
            name: getattr(self, name)
            for name in self.model_fields_set - {"kind", "from_", "until", "for_", "points_from", "points_until"}
            if getattr(self, name) is not None
        }
        begins = instant_of(self.from_, at)
        ends = (begins or at) + self.for_ if self.for_ is not None else instant_of(self.until, at)
        instants = {
            "starts": begins,
            "ends": ends,
            "points_from": instant_of(self.points_from, at),
            "points_until": instant_of(self.points_until, at),
        }
        return make(self.kind, **told, **{name: instant for name, instant in instants.items() if instant is not None})


def members_of(kind: str) -> frozenset[str]:
    """Return the members that an order of a kind may have."""
    return _AIMS[KINDS[kind].moment] | KINDS[kind].takes
