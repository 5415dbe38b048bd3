"""A recovery plan: a runbook parsed, resolved against the catalogue, and hashed. It is a run's only input."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256

from drd.domain.call import Call
from drd.domain.canonical import Json, canonical_json
from drd.domain.durations import canonical_duration
from drd.domain.estate import NamedCheck, Objectives, ProtectedItem
from drd.domain.ids import ItemId, RunbookId, ServiceId, StepId, TenantId
from drd.domain.language import Text

APPROVE = "approve"
RUNBOOK = "runbook"
ENGINE_WORDS = frozenset({APPROVE, RUNBOOK})
"""What a step may use that is no action and no check: the engine does these itself."""


class Mode(StrEnum):
    """What a plan is for."""

    DRILL = "drill"
    FAILOVER = "failover"
    FAILBACK = "failback"


class Ungraceful(StrEnum):
    """Whether a step runs when the home region cannot be reached."""

    RUN = "run"
    SKIP = "skip"
    ONLY = "only"

    def runs(self, *, graceful: bool) -> bool:
        """Say whether the step belongs to a run that is graceful or not."""
        return self is Ungraceful.RUN or (self is Ungraceful.SKIP) == graceful


class OnFailure(StrEnum):
    """What a run does when a step fails for good."""

    PAUSE = "pause"
    STOP = "stop"
    CONTINUE = "continue"
    UNDO = "undo"


class Phase(StrEnum):
    """When a step of a plan is due.

    BEFORE steps are checks asked first; MAIN steps do the work; AFTER checks stop the RTO clock when all are green;
    ALWAYS steps run last, also after failure or cancel.
    """

    BEFORE = "before"
    MAIN = "main"
    AFTER = "after"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often a step is tried again after a transient error, beyond the first attempt, and the world time between."""

    times: int = 0
    wait: timedelta = timedelta(seconds=20)


_HOUR, _ONCE = timedelta(hours=1), Retry()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalTerms:
    """What an `approve` step asks, of whom, and under which rules."""

    ask: Text
    by: tuple[str, ...]
    minimum: int = 1
    not_the_starter: bool = False
    expires: timedelta | None = None
    remind: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class Step:
    """One line of a plan.

    Attributes:
        id: unique in the plan; an expanded `for-each` writes `db[vm-bz-sql-1]`.
        needs: steps that must be done, or skipped, first. Group order is already in here; a join (below) may be named.
        lane: steps with the same lane share `parallel`; empty for no limit.
        item: the protected item that the step is about, if one.
        undo: how to take it back; None where the action's own undo serves or there is none.
        child: the whole plan of the child run, for `uses: runbook`.
        left_out: `only` or `skip` where whoever wished for the plan left the step out; empty where it is done. It
            counts as done for what needs it.
        source: `file:line:column` of the step in the runbook, for error messages; not part of the hash.
    """

    id: StepId
    call: Call
    phase: Phase = Phase.MAIN
    group: str = ""
    needs: tuple[StepId, ...] = ()
    lane: str = ""
    parallel: int = 0
    item: ItemId | None = None
    ungraceful: Ungraceful = Ungraceful.RUN
    timeout: timedelta = _HOUR
    estimate: timedelta | None = None
    retry: Retry = _ONCE
    critical: bool = True
    on_failure: OnFailure = OnFailure.PAUSE
    text: Text | None = None
    undo: Call | None = None
    approval: ApprovalTerms | None = None
    child: "RecoveryPlan | None" = None
    left_out: str = ""
    source: str = ""

    def __init__(
        self,
        *,
        id: StepId,  # noqa: A002 - the member's own name, as a dataclass has it
        call: Call,
        phase: Phase = Phase.MAIN,
        group: str = "",
        needs: tuple[StepId, ...] = (),
        lane: str = "",
        parallel: int = 0,
        item: ItemId | None = None,
        ungraceful: Ungraceful = Ungraceful.RUN,
        timeout: timedelta = _HOUR,
        estimate: timedelta | None = None,
        retry: Retry = _ONCE,
        critical: bool = True,
        on_failure: OnFailure = OnFailure.PAUSE,
        text: Text | None = None,
        undo: Call | None = None,
        approval: ApprovalTerms | None = None,
        child: "RecoveryPlan | None" = None,
        left_out: str = "",
        source: str = "",
    ) -> None:
        """Make a step. Written out: what a frozen dataclass writes takes three times as long, in a plan of 10,000."""
        _id(self, id)
        _call(self, call)
        _phase(self, phase)
        _group(self, group)
        _needs(self, needs)
        _lane(self, lane)
        _parallel(self, parallel)
        _item(self, item)
        _ungraceful(self, ungraceful)
        _timeout(self, timeout)
        _estimate(self, estimate)
        _retry(self, retry)
        _critical(self, critical)
        _on_failure(self, on_failure)
        _text(self, text)
        _undo(self, undo)
        _approval(self, approval)
        _child(self, child)
        _left_out(self, left_out)
        _source(self, source)

    def why_left_out(self, *, graceful: bool) -> str:
        """Say why the plan itself leaves the step out of a run that is graceful or not; empty where it is done."""
        if self.left_out:
            return self.left_out
        if self.ungraceful.runs(graceful=graceful):
            return ""
        return "graceful" if graceful else "ungraceful"

    def to_json(self) -> dict[str, Json]:
        """Write the step for the plan's hash and its store; what is at its default is written too.

        What came later than the first release is written where it is set, so that older plans keep their hashes.
        """
        stored = self._stored()
        return {**stored, "left-out": self.left_out} if self.left_out else stored

    def _stored(self) -> dict[str, Json]:
        return {
            "id": self.id,
            "call": self.call.to_json(),
            "phase": self.phase.value,
            "group": self.group,
            "needs": list(self.needs),
            "lane": self.lane,
            "parallel": self.parallel,
            "item": self.item,
            "ungraceful": self.ungraceful.value,
            "timeout": canonical_duration(self.timeout),
            "estimate": canonical_duration(self.estimate) if self.estimate else None,
            "retry": {"times": self.retry.times, "wait": canonical_duration(self.retry.wait)},
            "critical": self.critical,
            "on-failure": self.on_failure.value,
            "text": self.text.to_json() if self.text else None,
            "undo": self.undo.to_json() if self.undo else None,
            "approval": _approval_json(self.approval) if self.approval else None,
            "child": self.child.to_json() if self.child else None,
        }


# How each member of a step is set, in their order.
(
    _id, _call, _phase, _group, _needs, _lane, _parallel, _item, _ungraceful, _timeout,
    _estimate, _retry, _critical, _on_failure, _text, _undo, _approval, _child, _left_out, _source,
) = (vars(Step)[name].__set__ for name in Step.__slots__)  # fmt: skip


def _approval_json(terms: ApprovalTerms) -> dict[str, Json]:
    return {
        "ask": terms.ask.to_json(),
        "by": list(terms.by),
        "minimum": terms.minimum,
        "not-the-starter": terms.not_the_starter,
        "expires": canonical_duration(terms.expires) if terms.expires else None,
        "remind": canonical_duration(terms.remind) if terms.remind else None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryGroup:
    """Steps that may run side by side, as people see them. The order is in the steps' `needs`.

    Attributes:
        join: id of a step-like point that `needs` may name instead of every step of the group: it is reached when
            every step of the group is settled. Keeps a plan of two groups of 5,000 steps from holding 25 million needs.
    """

    id: str
    title: Text | None = None
    join: StepId | None = None
    minimum_success: int = 100
    """Percent of the group's critical child runs that must succeed; 100 unless the runbook says otherwise."""

    def to_json(self) -> dict[str, Json]:
        """Write the group for the plan."""
        return {
            "id": self.id,
            "title": self.title.to_json() if self.title else None,
            "join": self.join,
            "minimum-success": self.minimum_success,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The file that a plan was made of, as it was read.

    Attributes:
        digest: SHA-256 of its text.
        version: as its authors count; empty where they do not.
    """

    digest: str
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPlan:
    """What people approve, what runs, and what evidence names.

    Attributes:
        service: None for a parent plan (`scope: tenant`).
        items: every protected item that a step names, with its ARM ids.
        inputs: the inputs as given or by default.
        objectives: of the service; None for a parent.
        tier: of the service; None for a parent.
        choices: what whoever wished for the plan chose beside the inputs: `only`, `skip`, `recovery-point`.
        hypothesis: of a drill: what production must answer all along, or the drill stops.
    """

    runbook: RunbookId
    title: Text
    tenant: TenantId
    service: ServiceId | None
    mode: Mode
    home_region: str
    recovery_region: str
    groups: tuple[RecoveryGroup, ...]
    steps: tuple[Step, ...]
    items: tuple[ProtectedItem, ...] = ()
    inputs: Mapping[str, Json] = field(default_factory=dict)
    objectives: Objectives | None = None
    on_failure: OnFailure = OnFailure.PAUSE
    tier: int | None = None
    choices: Mapping[str, Json] = field(default_factory=dict)
    hypothesis: tuple[NamedCheck, ...] = ()
    origin: Origin | None = field(default=None, compare=False)
    _canonical: str = field(default="", init=False, repr=False, compare=False)

    def to_json(self) -> dict[str, Json]:
        """Write the plan in its stored form; `drd.domain.plan_json` reads it back. See `Step.to_json`."""
        tier: dict[str, Json] = {} if self.tier is None else {"tier": self.tier}
        choices: dict[str, Json] = {"choices": dict(self.choices)} if self.choices else {}
        hypothesis: dict[str, Json] = {"hypothesis": [_check_json(each) for each in self.hypothesis]}
        return {
            **tier,
            **choices,
            **(hypothesis if self.hypothesis else {}),
            "drd": "plan/v1",
            "runbook": self.runbook,
            "title": self.title.to_json(),
            "tenant": self.tenant,
            "service": self.service,
            "mode": self.mode.value,
            "home-region": self.home_region,
            "recovery-region": self.recovery_region,
            "groups": [group.to_json() for group in self.groups],
            "steps": [step.to_json() for step in self.steps],
            "items": [item.to_json() for item in self.items],
            "inputs": dict(self.inputs),
            "objectives": _objectives_json(self.objectives) if self.objectives else None,
            "on-failure": self.on_failure.value,
        }

    def canonical(self) -> str:
        """Give the plan's canonical JSON. Costs a walk over the plan the first time; kept, for a plan never changes."""
        if not self._canonical:
            object.__setattr__(self, "_canonical", canonical_json(self.to_json()))
        return self._canonical

    def hash(self) -> str:
        """Give the SHA-256 of the plan's canonical JSON: what people approve, and what evidence names."""
        return sha256(self.canonical().encode("utf-8")).hexdigest()

    def step(self, step: StepId) -> Step | None:
        """Find a step by its id."""
        return next((each for each in self.steps if each.id == step), None)

    def item(self, item: ItemId) -> ProtectedItem | None:
        """Find an item by its id."""
        return next((each for each in self.items if each.id == item), None)

    def children(self) -> Iterator[Step]:
        """Give the steps that start child runs."""
        return (step for step in self.steps if step.child is not None)

    def runbooks(self) -> Iterator[RunbookId]:
        """Give the runbook of this plan, and of those below it."""
        yield self.runbook
        for step in self.children():
            if step.child is not None:
                yield from step.child.runbooks()

    def origins(self) -> dict[str, Json]:
        """Give the files that this plan and those below it were made of, by runbook; those that are known."""
        found: dict[str, Json] = {}
        for step in self.children():
            found |= step.child.origins() if step.child is not None else {}
        if self.origin is not None:
            found[self.runbook] = {"digest": self.origin.digest, "version": self.origin.version or None}
        return found

    def lock(self) -> str:
        """Name what only one active run may hold: the service, or the parent runbook of the tenant."""
        return f"{self.tenant}/service/{self.service}" if self.service else f"{self.tenant}/runbook/{self.runbook}"

    def to_confirm(self) -> str:
        """Give what a person must type before a destructive start: the service's id, or the tenant's for a parent."""
        return self.service or self.tenant


def _check_json(check: NamedCheck) -> dict[str, Json]:
    return {"id": check.id, "call": check.call.to_json(), "text": check.text.to_json() if check.text else None}


def _objectives_json(objectives: Objectives) -> dict[str, Json]:
    return {
        "rpo": canonical_duration(objectives.rpo) if objectives.rpo else None,
        "rto": canonical_duration(objectives.rto),
        "drill-every": canonical_duration(objectives.drill_every) if objectives.drill_every else None,
        "proof-half-life": canonical_duration(objectives.proof_half_life),
    }
