"""What others ask of the engine: to start a run, and to steer one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from drd.domain.canonical import Json
from drd.domain.conductor import KillWish
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import Request
from drd.domain.trigger import Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWish:
    """How a plan is to be run.

    Attributes:
        actor: who starts it, as it stands in the journal.
        graceful: False when the home region cannot be reached.
        incident_at: when the RTO clock starts; None for the instant of acceptance (the declaration).
        run: the id that the run gets; None lets the engine make one.
        parent: the run and the step that start it as a child run; None for a run of its own.
        key: what asks for the run; the same key again means the same run (`drd.domain.trigger`). Empty for none.
        digest: of what was wished under the key.
        kill: that the daemon that moves it is to die once, at a step that is drawn; None for no such thing.
        files: what the plan and those below it were made of (`RecoveryPlan.origins`); None where the plan says it.
    """

    actor: str
    reason: str = ""
    graceful: bool = True
    incident_at: datetime | None = None
    run: RunId | None = None
    parent: tuple[RunId, StepId] | None = None
    key: str = ""
    digest: str = ""
    kill: KillWish | None = None
    files: Mapping[str, Json] | None = None

    @property
    def trigger(self) -> Trigger | None:
        """What asks for the run; None where nobody gave a key."""
        return Trigger(key=self.key, digest=self.digest) if self.key else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a person asks of a run. Roles and confirmation were checked before.

    Attributes:
        step: which step, for what is asked of a step; a note may name one.
        onwards: of a retry: the step and all that depends on it.
        outputs: of a step that is resolved by hand: what it gave, as typed.
        contacts: ids of the contacts for whom the actor may answer approvals.
    """

    run: RunId
    request: Request
    actor: str
    step: StepId | None = None
    reason: str = ""
    contacts: frozenset[str] = field(default_factory=frozenset)
    onwards: bool = False
    outputs: Mapping[str, str] = field(default_factory=dict)
