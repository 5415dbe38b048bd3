"""Counts requests as Azure does, and refuses what is too much: 429 with Retry-After. Everything refills in world time.

What is refused is not counted. Resource Manager counts first, then the service that the request is for.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from drd.sandbox.errors import ArmError
from drd.sandbox.limits import BucketSize, Limits, Policy, WindowSize

_PREFIX = "x-ms-ratelimit-remaining-"
_KINDS = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}
_COMPUTE = "microsoft.compute"
_PROVIDERS = "/providers/"
_RESOURCE_PARTS = 9
"""Segments of a path up to the name of a resource in a group, with the empty one before the first slash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A request as it is counted; `actor` is the caller's object id, `region` that of the resource where known."""

    at: datetime
    method: str
    path: str
    template: str
    operation: str
    subscription: str
    actor: str
    region: str = ""


class Bucket:
    """Tokens that come back at a rate."""

    __slots__ = ("at", "size", "tokens")

    def __init__(self, size: BucketSize, at: float) -> None:
        """Start full."""
        self.size = size
        self.tokens = size.burst
        self.at = at

    def wait(self, at: float) -> float:
        """Refill, and return how many seconds until a token is there, 0 when one is."""
        if at > self.at:
            self.tokens = min(self.size.burst, self.tokens + (at - self.at) * self.size.per_second)
            self.at = at
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / self.size.per_second

    def take(self) -> int:
        """Take a token, and return how many are left."""
        self.tokens -= 1
        return int(self.tokens)


class Window:
    """So many requests between one instant and the next."""

    __slots__ = ("refused", "since", "size", "used")

    def __init__(self, size: WindowSize, at: float) -> None:
        """Open the first window."""
        self.size = size
        self.since = at
        self.used = 0
        self.refused = 0

    def wait(self, at: float) -> float:
        """Return how many seconds until the next window when this one is full, else 0."""
        if at - self.since >= self.size.seconds:
            self.since += (at - self.since) // self.size.seconds * self.size.seconds
            self.used = self.refused = 0
        if self.used < self.size.requests:
            return 0.0
        self.refused += 1
        return self.since + self.size.seconds - at

    def take(self) -> int:
        """Count a request, and return how many are left."""
        self.used += 1
        return self.size.requests - self.used


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    kind: str
    service: WindowSize | None
    policy: Policy | None


class Throttling:
    """The counters of the whole world, by who asks and what is asked."""

    def __init__(self, limits: Limits) -> None:
        """Take the limits."""
        self.limits = limits
        self._plans: dict[tuple[str, str], _Plan] = {}
        self._buckets: dict[tuple[str, ...], Bucket] = {}
        self._windows: dict[tuple[str, ...], Window] = {}

    def charge(self, one: Asking) -> Mapping[str, str]:
        """Count a request, and return the headers that tell what is left.

        Raises:
            ArmError: 429, a limit is reached.
        """
        if not self.limits.arm:
            return {}
        key = (one.method, one.template)
        plan = self._plans.get(key) or self._plans.setdefault(key, self._plan(one))
        at = one.at.timestamp()
        if plan.service is not None:
            return self._charge_service(one, plan.service, at)
        headers = self._charge_arm(one, plan.kind, at)
        if plan.policy is not None:
            headers.update(self._charge_policy(one, plan.policy, at))
        return headers

    def _plan(self, one: Asking) -> _Plan:
        namespace = one.template.rpartition(_PROVIDERS)[2].partition("/")[0].casefold()
        policy = self.limits.policy_of(one.operation) if namespace == _COMPUTE else None
        if policy is not None and policy.name == "LowCostGet" and one.template.casefold().endswith("/virtualmachines"):
            policy = self.limits.policies.get("HighCostGet", policy)
        service = self.limits.services.get(namespace) if _PROVIDERS in one.template else None
        return _Plan(kind=_KINDS.get(one.method, "writes"), service=service, policy=policy)

    def _charge_arm(self, one: Asking, kind: str, at: float) -> dict[str, str]:
        size = self.limits.arm[kind]
        who = one.subscription.casefold()
        own = self._bucket((kind, who, one.actor), size, at)
        if not one.subscription:
            if wait := own.wait(at):
                raise _refused_by_arm(kind, "tenant", one.actor, wait)
            return {f"{_PREFIX}tenant-{kind}": str(own.take())}
        factor = self.limits.global_factor
        shared = self._bucket(
            (kind, who), BucketSize(burst=size.burst * factor, per_second=size.per_second * factor), at
        )
        if wait := max(own.wait(at), shared.wait(at)):
            raise _refused_by_arm(kind, f"subscription '{one.subscription}'", one.actor, wait)
        return {
            f"{_PREFIX}subscription-{kind}": str(own.take()),
            f"{_PREFIX}subscription-global-{kind}": str(shared.take()),
        }

    def _charge_service(self, one: Asking, size: WindowSize, at: float) -> dict[str, str]:
        window = self._window((size.name, one.subscription.casefold(), one.actor), size, at)
        name = f"{_PREFIX}subscription-resource-requests"
        if wait := window.wait(at):
            seconds = math.ceil(wait)
            message = (
                f"Number of requests for subscription '{one.subscription}' and operation '{_pattern(one)}' exceeded "
                f"the backend storage limit. Please try again after '{seconds}' seconds."
            )
            raise ArmError(429, "SubscriptionRequestsThrottled", message, retry_after=seconds, headers={name: "0"})
        return {name: str(window.take())}

    def _charge_policy(self, one: Asking, policy: Policy, at: float) -> dict[str, str]:
        who = (one.subscription.casefold(), one.region)
        windows = [self._window((size.name, *who), size, at) for size in policy.windows]
        full = [(wait, window) for window in windows if (wait := window.wait(at))]
        if full:
            wait, window = max(full, key=lambda each: each[0])
            raise _refused_by_compute(window.size, window, wait, windows)
        if policy.resource is not None:
            self._charge_resource(one, policy, policy.resource, at)
        left = [f"Microsoft.Compute/{window.size.name};{window.take()}" for window in windows]
        return {f"{_PREFIX}resource": ",".join(left)}

    def _charge_resource(self, one: Asking, policy: Policy, size: BucketSize, at: float) -> None:
        parts = one.path.casefold().split("/", _RESOURCE_PARTS)[:_RESOURCE_PARTS]
        if len(parts) < _RESOURCE_PARTS:
            return
        bucket = self._bucket((policy.name, *parts), size, at)
        if wait := bucket.wait(at):
            group = WindowSize(name=f"{policy.name}Resource", requests=int(size.burst), seconds=60)
            raise _refused_by_compute(group, Window(group, at), wait, ())
        bucket.take()

    def _bucket(self, key: tuple[str, ...], size: BucketSize, at: float) -> Bucket:
        found = self._buckets.get(key)
        if found is None:
            found = self._buckets[key] = Bucket(size, at)
        return found

    def _window(self, key: tuple[str, ...], size: WindowSize, at: float) -> Window:
        found = self._windows.get(key)
        if found is None:
            found = self._windows[key] = Window(size, at)
        return found


def _refused_by_arm(kind: str, of: str, actor: str, wait: float) -> ArmError:
    seconds = math.ceil(wait)
    code = "TenantRequestsThrottled" if of == "tenant" else "SubscriptionRequestsThrottled"
    header = f"{_PREFIX}{'tenant' if of == 'tenant' else 'subscription'}-{kind}"
    message = (
        f"Number of '{kind.removesuffix('s')}' requests for {of} actor '{actor}' exceeded. Please try again after "
        f"'{seconds}' seconds."
    )
    return ArmError(429, code, message, retry_after=seconds, headers={header: "0"})


def _refused_by_compute(size: WindowSize, window: Window, wait: float, windows: Iterable[Window]) -> ArmError:
    seconds = math.ceil(wait)
    since = datetime.fromtimestamp(window.since, UTC)
    told = {
        "operationGroup": size.name,
        "startTime": since.isoformat(),
        "endTime": datetime.fromtimestamp(window.since + size.seconds, UTC).isoformat(),
        "allowedRequestCount": size.requests,
        "measuredRequestCount": size.requests + max(window.refused, 1),
    }
    left = ",".join(f"Microsoft.Compute/{one.size.name};{max(0, one.size.requests - one.used)}" for one in windows)
    return ArmError(
        429,
        "OperationNotAllowed",
        "The server rejected the request because too many requests have been received for this subscription.",
        retry_after=seconds,
        headers={f"{_PREFIX}resource": left} if left else {},
        more={
            "details": [
                {"code": "TooManyRequests", "target": size.name, "message": json.dumps(told, separators=(",", ":"))}
            ],
            "innererror": {"internalErrorCode": "TooManyRequestsReceived"},
        },
    )


def _pattern(one: Asking) -> str:
    """Return the operation as Resource Manager spells it here: the path without names, in capitals."""
    kept = [part for part in one.template.split("/") if part and not part.startswith("{")]
    return "/".join([one.method, *kept]).upper()
