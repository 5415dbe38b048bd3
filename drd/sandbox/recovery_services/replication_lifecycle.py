"""The states of a replicated item and what each allows, as tables.

A state is what the service shows (`protectionState`, `testFailoverState`, `activeLocation`, `allowedOperations`); a
verb is a POST. A verb takes an item into the state in which it works, and from there, when the work ends, into the
state that it leads to. What the table does not list is refused.
"""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where an item stands; the sandbox's own name for a row of `STATES`."""

    PROTECTED = "protected"
    TESTING = "testing"
    TESTED = "tested"
    CLEANING = "cleaning"
    FAILING_OVER = "failing over"
    FAILED_OVER = "failed over"
    CHANGING_POINT = "changing point"
    COMMITTING = "committing"
    COMMITTED = "committed"
    CANCELLING = "cancelling"
    SWITCHING = "switching protection"
    REPLICATING = "replicating"
    DISABLING = "disabling protection"
    UNPROTECTED = "unprotected"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the wire shows of an item in one stage."""

    protection_state: str
    protection_description: str
    test_failover_state: str
    test_failover_description: str
    active_location: str
    allowed: tuple[str, ...] = ()


def _state(protection: tuple[str, str], active: str, *allowed: str, test: tuple[str, str] = ("None", "None")) -> State:
    return State(
        protection_state=protection[0],
        protection_description=protection[1],
        test_failover_state=test[0],
        test_failover_description=test[1],
        active_location=active,
        allowed=allowed,
    )


_PROTECTED = ("Protected", "Protected")
_MOVING = ("UnplannedFailoverCommitPendingStatesBegin", "Unplanned failover in progress")
_PENDING = ("UnplannedFailoverCommitPending", "Unplanned failover finished, commit pending")
_COMMITTED = ("UnplannedFailoverCommitted", "Failover committed")
# How the wire words what lies between a switch of protection and Protected was never recorded: these are inferred.
_SWITCHING = ("UnplannedFailoverCommitted", "Re-protect in progress")
_REPLICATING = ("InitialReplicationInProgress", "Synchronizing")
_DISABLING = ("UnprotectedStatesBegin", "Disable protection in progress")
_UNPROTECTED = ("Unprotected", "Unprotected")

STATES = {
    Stage.PROTECTED: _state(_PROTECTED, "Primary", "UnplannedFailover", "DisableProtection", "TestFailover"),
    Stage.TESTING: _state(_PROTECTED, "Primary", test=("TestFailoverInProgress", "Test failover in progress")),
    Stage.TESTED: _state(
        _PROTECTED, "Primary", "TestFailoverCleanup", test=("WaitingForCompletion", "Waiting for cleanup")
    ),
    Stage.CLEANING: _state(_PROTECTED, "Primary", test=("CleanupInProgress", "Test failover cleanup in progress")),
    Stage.FAILING_OVER: _state(_MOVING, "Primary"),
    Stage.FAILED_OVER: _state(_PENDING, "Recovery", "Commit", "ChangePit", "CancelFailover", "DisableProtection"),
    Stage.CHANGING_POINT: _state(_MOVING, "Recovery"),
    Stage.COMMITTING: _state(_PENDING, "Recovery"),
    Stage.COMMITTED: _state(_COMMITTED, "Recovery", "ReverseReplicate", "DisableProtection"),
    Stage.CANCELLING: _state(_PENDING, "Recovery"),
    Stage.SWITCHING: _state(_SWITCHING, "Recovery"),
    # Recorded: for 51 minutes after the switch nothing but the end of protection is allowed.
    Stage.REPLICATING: _state(_REPLICATING, "Primary", "DisableProtection"),
    Stage.DISABLING: _state(_DISABLING, "Primary"),
    Stage.UNPROTECTED: _state(_UNPROTECTED, "Primary"),
}
"""What the wire shows in each stage. While something runs, nothing else is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a verb does: its name in `allowedOperations`, where it leads, its duration in the profile, and its job."""

    operation: str
    scenario: str
    works_in: Stage
    ends_in: Stage
    duration: str
    details_type: str
    tasks: tuple[str, ...]
    title: str


MOVES = {
    "testFailover": Move(
        operation="TestFailover",
        scenario="TestFailover",
        works_in=Stage.TESTING,
        ends_in=Stage.TESTED,
        duration="asr.test-failover",
        details_type="TestFailoverJobDetails",
        tasks=(
            "TestFailoverPreflightChecksTask",
            "BeginTestFailoverTask",
            "PrepareTestProtectedEntitiesTask",
            "BootTestProtectedEntitiesTask",
        ),
        title="Test failover",
    ),
    "testFailoverCleanup": Move(
        operation="TestFailoverCleanup",
        scenario="TestFailoverCleanup",
        works_in=Stage.CLEANING,
        ends_in=Stage.PROTECTED,
        duration="asr.test-failover-cleanup",
        details_type="AsrJobDetails",
        tasks=("TestFailoverCleanupTask",),
        title="Test failover cleanup",
    ),
    "unplannedFailover": Move(
        operation="UnplannedFailover",
        scenario="UnplannedFailover",
        works_in=Stage.FAILING_OVER,
        ends_in=Stage.FAILED_OVER,
        duration="asr.failover",
        details_type="FailoverJobDetails",
        tasks=(
            "UnplannedFailoverPreflightChecksTask",
            "ShutdownPrimaryProtectedEntitiesTask",
            "BeginUnplannedFailoverTask",
            "PrepareProtectedEntitiesTask",
            "BootProtectedEntitiesTask",
        ),
        title="Failover",
    ),
    "applyRecoveryPoint": Move(
        operation="ChangePit",
        scenario="ApplyRecoveryPoint",
        works_in=Stage.CHANGING_POINT,
        ends_in=Stage.FAILED_OVER,
        duration="asr.failover",
        details_type="FailoverJobDetails",
        tasks=("ChangeRecoveryPointPreflightChecksTask", "PrepareProtectedEntitiesTask", "BootProtectedEntitiesTask"),
        title="Change recovery point",
    ),
    "failoverCommit": Move(
        operation="Commit",
        scenario="CommitFailover",
        works_in=Stage.COMMITTING,
        ends_in=Stage.COMMITTED,
        duration="asr.commit",
        details_type="AsrJobDetails",
        tasks=("CommitFailoverPreflightChecksTask", "CommitFailoverTask"),
        title="Commit",
    ),
    "failoverCancel": Move(
        operation="CancelFailover",
        scenario="CancelFailover",
        works_in=Stage.CANCELLING,
        ends_in=Stage.PROTECTED,
        duration="asr.test-failover-cleanup",
        details_type="AsrJobDetails",
        tasks=("CancelFailoverTask",),
        title="Cancel failover",
    ),
    "switchProtection": Move(
        operation="ReverseReplicate",
        scenario="SwitchProtection",
        works_in=Stage.SWITCHING,
        ends_in=Stage.REPLICATING,
        duration="asr.switch-protection",
        details_type="SwitchProtectionJobDetails",
        tasks=("SwitchProtectionPreflightChecksTask", "SwitchProtectionTask", "EnableReverseReplicationTask"),
        title="Re-protect",
    ),
    "disableProtection": Move(
        operation="DisableProtection",
        scenario="DisableProtection",
        works_in=Stage.DISABLING,
        ends_in=Stage.UNPROTECTED,
        duration="asr.disable-protection",
        details_type="AsrJobDetails",
        tasks=("DisableProtectionTask",),
        title="Disable replication",
    ),
}
"""What each verb does. Changing the point and cancelling were never recorded: they borrow a duration."""

SETTLES = {Stage.REPLICATING: (Stage.PROTECTED, "asr.re-replication")}
"""Stages that pass by themselves: what follows, and after which time of the profile."""


def is_allowed(stage: Stage, verb: str) -> bool:
    """Tell whether an item in this stage may take this verb."""
    return MOVES[verb].operation in STATES[stage].allowed


def is_busy(stage: Stage) -> bool:
    """Tell whether something is working on an item in this stage."""
    return any(move.works_in is stage for move in MOVES.values())


def is_replicating(stage: Stage) -> bool:
    """Tell whether data still comes from the primary machine; a failover ends that, a test does not."""
    return stage in {Stage.PROTECTED, Stage.TESTING, Stage.TESTED, Stage.CLEANING}
