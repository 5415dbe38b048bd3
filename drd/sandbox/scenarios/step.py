"""The steps of a scenario's file: what may happen, and when."""

from datetime import timedelta
from typing import Any, Literal

from pydantic import Field

from drd.sandbox.faults.model import FaultModel
from drd.sandbox.faults.term import Moment, Region, Span, Strict, kebab

_OFTEN = 1000


class LossModel(Strict):
    """A region that is lost."""

    region: Region
    """Which."""
    mode: Literal["unavailable", "hang", "refused"] = "unavailable"
    """How it answers: 503 at once, never, or with a connection that is reset."""
    since: Moment | None = None
    """Since when; now, unless said. `-10m` is ten minutes before the step."""


class GuestModel(Strict):
    """The health of what runs in a machine, and of all copies of it."""

    machine: str
    """The machine that it was installed on."""
    healthy: bool
    """False: it answers, but not well."""


class DeletionModel(Strict):
    """Resources that somebody deletes, with everything below them."""

    resource: str = Field(min_length=1)
    """Their ids, or whole segments of them such as a name, with `*` for anything."""
    type: str = ""
    """Only those of this type, such as `Microsoft.Resources/resourceGroups`."""


class CallModel(Strict):
    """A request that somebody sends to Azure; it needs no token."""

    method: Literal["GET", "PUT", "POST", "PATCH", "DELETE"]
    path: str = Field(pattern=r"^/")
    """The path; with `{subscription}` in it, one request goes out for each subscription."""
    api_version: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}(-[a-z]+)?$")
    identity: str
    """Who sends it; roles count."""
    body: dict[str, Any] = Field(default_factory=dict)
    times: int = Field(default=1, ge=1, le=_OFTEN)
    """How often."""


class StepModel(Strict):
    """One thing that happens: exactly one of the keys beside `at`."""

    at: Span = timedelta(0)
    """When, from the start of the scenario in world time."""
    region_down: LossModel | None = None
    """A region is lost."""
    region_up: Region | None = None
    """A lost region is back."""
    fault: FaultModel | None = None
    """A fault is ordered."""
    clear_faults: Literal[True] | None = None
    """All faults are withdrawn."""
    guest: GuestModel | None = None
    """What runs in a machine turns sick or well."""
    poison: list[str] | None = Field(default=None, min_length=1)
    """The disks of these machines are encrypted by an attacker: they run on, and are not well; nor are later copies."""
    delete: DeletionModel | None = None
    """Somebody deletes resources."""
    call: CallModel | None = None
    """Somebody sends a request."""

    @property
    def verbs(self) -> list[str]:
        """Return what the step does, as files spell it."""
        return [verb for verb in VERBS if getattr(self, verb.replace("-", "_")) is not None]


VERBS = tuple(kebab(name) for name in StepModel.model_fields if name != "at")
"""What a step may do."""
