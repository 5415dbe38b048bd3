"""The kinds of fault: what each does, when, and what it assumes where its order says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

CALL, TOKEN, BEARER, REGION, CONDITION = "call", "token", "bearer", "region", "condition"
"""The moments at which a fault may strike: an admitted call, the token endpoint, a bearer token on its way in, a whole
region, or a condition that a provider or the kernel asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of fault.

    Attributes:
        moment: when it strikes.
        means: what it does, in one line, for people.
        assumes: members of the fault where the order says nothing.
        takes: members that only some kinds know, of which this one may be told.
        lasts: without a count it strikes as long as it stands; otherwise once.
        steady: the same target fares the same each time it is asked about; a count counts targets.
    """

    moment: str
    means: str
    assumes: Mapping[str, Any] = field(default_factory=dict)
    takes: frozenset[str] = frozenset()
    lasts: bool = False
    steady: bool = False


_SAID = frozenset({"code", "message"})
_ANSWER = _SAID | {"status", "retry_after"}
_POINTS = frozenset({"points_from", "points_until"})


def _call(means: str, *takes: str, lasts: bool = False, **assumes: Any) -> Kind:  # noqa: ANN401 - a fault's members
    return Kind(moment=CALL, means=means, assumes=assumes, takes=_ANSWER | set(takes), lasts=lasts)


def _condition(means: str, *takes: str, lasts: bool = False, steady: bool = False, **assumes: Any) -> Kind:  # noqa: ANN401 - a fault's members
    return Kind(
        moment=CONDITION, means=means, assumes=assumes, takes=_SAID | set(takes), lasts=lasts or steady, steady=steady
    )


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "error": _call("any answer: status, code, message, or a body as it stands", "after_accepting", "body", "hang"),
        "throttle": _call(
            "429 with Retry-After, before accepting",
            lasts=True,
            status=429,
            code="TooManyRequests",
            message="The request was throttled. Please try again later.",
            retry_after=10,
        ),
        "server-error": _call("5xx before accepting: nothing happened"),
        "server-error-after": _call(
            "5xx after accepting: it happened all the same",
            status=503,
            code="ServiceUnavailable",
            message="The server is busy. Please try again later.",
            after_accepting=True,
        ),
        "reply-lost": _call(
            "accepted, then the connection is reset", code="ReplyLost", status=504, after_accepting=True, reset=True
        ),
        "refused": _call("the connection is reset before anything", code="Refused", status=504, reset=True),
        "hang": _call("never answered", "after_accepting", code="Hang", status=504, hang=True),
        "not-found": _call(
            "404, although it is there", status=404, code="ResourceNotFound", message="The Resource was not found."
        ),
        "malformed": _call(
            "an answer that is no JSON",
            "body",
            "after_accepting",
            code="Malformed",
            status=200,
            body='{"value": [{"id":',
        ),
        "absurd-retry-after": _call(
            "429 with a Retry-After that nobody waits for",
            status=429,
            code="TooManyRequests",
            message="The request was throttled. Please try again later.",
            retry_after=31_536_000,
        ),
        "slow": _call("answered late, by `seconds`", "seconds", lasts=True, code="Slow", seconds=5.0),
        "region-down": Kind(
            moment=REGION,
            means="a region is lost: 503 (unavailable), never an answer (hang), or a reset connection (refused)",
            assumes={"code": "ServiceUnavailable", "mode": "unavailable"},
            takes=frozenset({"mode"}),
            lasts=True,
        ),
        "identity-down": Kind(
            moment=TOKEN,
            means="the token endpoint fails: 503 (unavailable), hang or refused",
            assumes={"status": 503, "code": "ServiceUnavailable", "mode": "unavailable"},
            takes=_SAID | {"status", "mode"},
            lasts=True,
        ),
        "token-expired": Kind(
            moment=BEARER,
            means="tokens given before the fault are refused as expired",
            assumes={"status": 401, "code": "ExpiredAuthenticationToken"},
            takes=_SAID,
            lasts=True,
        ),
        "token-revoked": Kind(
            moment=BEARER,
            means="tokens given before the fault are refused, and a new one is asked for with claims",
            assumes={"status": 401, "code": "TokenRevoked"},
            takes=_SAID,
            lasts=True,
        ),
        "operation-endless": _condition("an accepted operation never ends", code="Endless"),
        "operation-fails-late": _condition(
            "an accepted operation fails at its end, and nothing took effect",
            code="InternalExecutionError",
            message="An internal execution error occurred. Please retry later.",
        ),
        "list-lag": _condition(
            "lists do not show what is younger than `seconds`", "seconds", lasts=True, code="ListLag", seconds=30.0
        ),
        "allocation": _condition(
            "a machine finds no room: AllocationFailed, ZonalAllocationFailed, SkuNotAvailable, OperationNotAllowed",
            lasts=True,
            code="AllocationFailed",
        ),
        "agent-silent": _condition("the agent in a machine never reports", steady=True, code="AgentSilent"),
        "script-fails": _condition("a guest script ends with an error", "exit_code", code="ScriptFails", exit_code=1),
        "extension-fails": _condition(
            "an extension of a machine fails",
            code="VMExtensionProvisioningError",
            message="VM has reported a failure when processing the extension.",
        ),
        "failover-fails": _condition("a failover of Site Recovery fails at its end", code="150080"),
        "point-infected": _condition("recovery points show a threat", *_POINTS, steady=True, code="PointInfected"),
        "point-corrupt": _condition(
            "recovery points cannot be restored", *_POINTS, steady=True, code="UserErrorRecoveryPointCorrupt"
        ),
        "copy-infected": _condition(
            "disks restored from points are infected, and no scan of the vault saw it",
            *_POINTS,
            steady=True,
            code="CopyInfected",
        ),
        "copy-torn": _condition(
            "disks restored from points cannot be read whole", *_POINTS, steady=True, code="CopyTorn"
        ),
        "copy-changed": _condition(
            "canary files on disks restored from points were changed", *_POINTS, steady=True, code="CopyChanged"
        ),
        "copy-hides": _condition(
            "disks restored from points hold what hides from the system that boots from them, and from no other",
            *_POINTS,
            steady=True,
            code="CopyHides",
        ),
        "point-missing": _condition("recovery points are gone", *_POINTS, steady=True, code="PointMissing"),
        "key-disabled": _condition("a key of a key vault is disabled", lasts=True, code="KeyDisabled"),
        "key-expired": _condition("a key of a key vault expired an hour ago", lasts=True, code="KeyExpired"),
        "key-deleted": _condition("a key of a key vault is deleted", lasts=True, code="KeyNotFound"),
        "key-vault-deleted": _condition(
            "a key vault is deleted, and kept for a while", lasts=True, code="VaultNotFound"
        ),
    }
)
"""All kinds, by name."""

ALLOCATION_MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "AllocationFailed": (
            "Allocation failed. We do not have sufficient capacity for the requested VM size in this region."
        ),
        "ZonalAllocationFailed": (
            "Allocation failed. We do not have sufficient capacity for the requested VM size in this zone."
        ),
        "OverconstrainedAllocationRequest": (
            "Allocation failed. VM(s) with the given constraints cannot be allocated, because the condition is too "
            "restrictive."
        ),
        "SkuNotAvailable": "The requested VM size is currently not available in this location.",
        "OperationNotAllowed": (
            "Operation could not be completed as it results in exceeding approved Total Regional Cores quota."
        ),
    }
)
"""What Compute says with the codes of a failed allocation, unless the order says otherwise."""
