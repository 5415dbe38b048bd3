"""Reads a stored plan back. The inverse of `RecoveryPlan.to_json`."""

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from drd.domain.call import Call
from drd.domain.durations import parse_duration
from drd.domain.estate import ItemKind, Mechanism, NamedCheck, Objectives, ProtectedItem, Protection
from drd.domain.ids import ArmId, ItemId, RunbookId, ServiceId, StepId, TenantId
from drd.domain.language import Text
from drd.domain.plan import (
    ApprovalTerms,
    Mode,
    OnFailure,
    Phase,
    RecoveryGroup,
    RecoveryPlan,
    Retry,
    Step,
    Ungraceful,
)

Stored = Mapping[str, Any]
"""Parsed JSON that drd wrote itself and whose hash was checked: trusted, so read without defence."""


def plan_from_json(stored: Stored) -> RecoveryPlan:
    """Read a plan that drd stored.

    Raises:
        KeyError: if a member is missing: the store is damaged or from a newer drd.
        ValueError: if a word is unknown: likewise.
    """
    objectives = stored["objectives"]
    return RecoveryPlan(
        runbook=RunbookId(stored["runbook"]),
        title=Text.from_json(stored["title"]),
        tenant=TenantId(stored["tenant"]),
        service=ServiceId(stored["service"]) if stored["service"] else None,
        mode=Mode(stored["mode"]),
        home_region=stored["home-region"],
        recovery_region=stored["recovery-region"],
        groups=tuple(_group(group) for group in stored["groups"]),
        steps=tuple(_step(step) for step in stored["steps"]),
        items=tuple(_item(item) for item in stored["items"]),
        inputs=stored["inputs"],
        objectives=_objectives(objectives) if objectives else None,
        on_failure=OnFailure(stored["on-failure"]),
        tier=stored.get("tier"),
        choices=stored.get("choices", {}),
        hypothesis=tuple(_named_check(each) for each in stored.get("hypothesis", ())),
    )


def _named_check(stored: Stored) -> NamedCheck:
    call = Call(uses=stored["call"]["uses"], values=stored["call"]["with"])
    return NamedCheck(id=stored["id"], call=call, text=_text(stored.get("text")))


def _group(stored: Stored) -> RecoveryGroup:
    return RecoveryGroup(
        id=stored["id"],
        title=_text(stored["title"]),
        join=StepId(stored["join"]) if stored["join"] else None,
        minimum_success=stored["minimum-success"],
    )


# A plan of 10,000 steps says the same few words again and again: each is looked up once, and kept once.
_phase, _ungraceful, _on_failure = lru_cache(Phase), lru_cache(Ungraceful), lru_cache(OnFailure)
_length = lru_cache(parse_duration)


@lru_cache(maxsize=256)
def _retry(times: int, wait: str) -> Retry:
    return Retry(times=times, wait=parse_duration(wait))


def _step(stored: Stored) -> Step:
    call, retry = stored["call"], stored["retry"]
    return Step(
        id=StepId(stored["id"]),
        call=Call(uses=call["uses"], values=call["with"]),
        phase=_phase(stored["phase"]),
        group=stored["group"],
        needs=tuple(stored["needs"]),
        lane=stored["lane"],
        parallel=stored["parallel"],
        item=ItemId(stored["item"]) if stored["item"] else None,
        ungraceful=_ungraceful(stored["ungraceful"]),
        timeout=_length(stored["timeout"]),
        estimate=_duration(stored["estimate"]),
        retry=_retry(retry["times"], retry["wait"]),
        critical=stored["critical"],
        on_failure=_on_failure(stored["on-failure"]),
        text=_text(stored["text"]),
        undo=Call(uses=stored["undo"]["uses"], values=stored["undo"]["with"]) if stored["undo"] else None,
        approval=_approval(stored["approval"]) if stored["approval"] else None,
        child=plan_from_json(stored["child"]) if stored["child"] else None,
        left_out=stored.get("left-out", ""),
    )


def _approval(stored: Stored) -> ApprovalTerms:
    return ApprovalTerms(
        ask=Text.from_json(stored["ask"]),
        by=tuple(stored["by"]),
        minimum=stored["minimum"],
        not_the_starter=stored["not-the-starter"],
        expires=_duration(stored["expires"]),
        remind=_duration(stored["remind"]),
    )


def _item(stored: Stored) -> ProtectedItem:
    return ProtectedItem(
        id=ItemId(stored["id"]),
        kind=ItemKind(stored["kind"]),
        resource=ArmId(stored["resource"]),
        labels=stored["labels"],
        protection=tuple(
            Protection(mechanism=Mechanism(each["mechanism"]), vault=ArmId(each["vault"]), item=each["item"])
            for each in stored["protection"]
        ),
    )


def _objectives(stored: Stored) -> Objectives:
    return Objectives(
        rpo=_duration(stored["rpo"]),
        rto=parse_duration(stored["rto"]),
        drill_every=_duration(stored["drill-every"]),
        proof_half_life=parse_duration(stored["proof-half-life"]),
    )


def _duration(text: str | None) -> timedelta | None:
    return parse_duration(text) if text else None


def _text(stored: Stored | None) -> Text | None:
    return Text.from_json(stored) if stored else None
