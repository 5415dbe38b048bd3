"""Runbooks on the shelf, and how they become plans."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from drd.domain.canonical import Json
from drd.domain.ids import RunbookId, ServiceId, TenantId
from drd.domain.language import Text
from drd.domain.plan import Mode, RecoveryPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookCard:
    """What a list of runbooks shows.

    Attributes:
        faults: lines with their place; a faulty runbook cannot be planned.
        findings: lines about what does not stop it, such as a text that lacks a language.
        asks: inputs without a default: it cannot be planned unless somebody gives them.
    """

    id: RunbookId
    title: Text
    service: ServiceId | None
    modes: tuple[Mode, ...]
    path: str
    faults: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWish:
    """What a plan is wanted for.

    Attributes:
        only: steps and groups; the other steps of the main phase are left out, except approvals. Empty for all.
        skip: steps and groups that are left out. Neither approvals, nor checks that stop the clock, nor what always
            runs can be.
        recovery_point: `newest`, `latest`, `latest-processed`, `latest-app-consistent`, `newest-clean`, an instant
            (the newest point before it), or a point's id; for every step that takes one. Empty: as the runbook says.
    """

    runbook: RunbookId
    tenant: TenantId | None
    mode: Mode
    inputs: Mapping[str, Json] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    recovery_point: str = ""


class Runbooks(Protocol):
    """The shelf of runbooks. Reads files anew when they changed; never keeps a half-read state."""

    def list(self) -> tuple[RunbookCard, ...]:
        """Give every runbook found, good or faulty, in order of id."""
        ...

    def plan(self, wish: PlanWish) -> RecoveryPlan:
        """Resolve a runbook against the catalogue.

        Raises NotFoundError, InvalidError (with every fault and its place).
        """
        ...
