"""The faults on order, what struck so far, and the questions that the kernel and the providers ask them."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from drd.sandbox.faults.fault import Asked, Fault, Selection
from drd.sandbox.faults.kinds import BEARER, CALL
from drd.sandbox.wire import JsonObject

_DICE = 2**64


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """One strike of one fault: on what, and when."""

    fault: Fault
    target: str
    at: datetime | None

    def wire(self) -> JsonObject:
        """Return how the journal names it."""
        return {"fault": self.fault.id, "kind": self.fault.kind, "target": self.target}


@dataclass(slots=True, kw_only=True)
class Order:
    """A fault on order: how many calls it matched, how many it struck, and for steady kinds what it decided of whom.

    `tokens` is how many tokens had been given when a fault of bearer tokens first stood: only those does it refuse.
    """

    fault: Fault
    number: int
    selection: Selection
    matched: int = 0
    struck: int = 0
    tokens: int | None = None
    decided: dict[str, bool] = field(default_factory=dict)

    @property
    def is_spent(self) -> bool:
        """Tell whether it has struck as often as it may."""
        return self.fault.count is not None and self.struck >= self.fault.count

    def meets(self, asked: Asked) -> bool:
        """Tell whether it stands and means this call; nothing is counted."""
        if self.fault.what.moment == BEARER and (self.tokens is None or asked.token > self.tokens):
            return False
        return self.selection.stands(asked.at) and self.selection.covers(asked)

    def decide(self, asked: Asked, seed: int) -> bool:
        """Count a match, and tell whether it strikes."""
        key = f"{asked.path.casefold()}|{asked.instant}" if self.fault.what.steady else ""
        if key in self.decided:
            return self.decided[key]
        if self.is_spent:
            return False
        self.matched += 1
        strikes = self.matched > self.fault.skip and self._falls(seed)
        self.struck += strikes
        if key:
            self.decided[key] = strikes
        return strikes

    def _falls(self, seed: int) -> bool:
        if self.fault.probability >= 1:
            return True
        text = f"{seed}:{self.number}:{self.matched}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) < self.fault.probability * _DICE


class Faults:
    """The faults on order, oldest first; of several that mean one call the oldest that strikes is the one."""

    def __init__(self, seed: int = 1) -> None:
        """Start with none; the seed decides what strikes by chance."""
        self._seed = seed
        self._orders: list[Order] = []
        self._ordered = 0
        self._caller: Asked | None = None
        self._strikes: list[Strike] | None = None
        self.on_background: Callable[[Strike], None] = _nobody
        """Told of what struck while no call was being answered, such as at the end of an operation."""

    def add(self, fault: Fault, at: datetime | None = None) -> Fault:
        """Order a fault at an instant of world time, and return it with its id."""
        self._ordered += 1
        ends = at + fault.lasts if at is not None and fault.lasts is not None else fault.ends
        named = replace(fault, id=fault.id or f"fault-{self._ordered}", ends=ends)
        self._orders.append(Order(fault=named, number=self._ordered, selection=Selection(named)))
        return named

    def remove(self, fault_id: str) -> Fault | None:
        """Forget one fault and return it, or None when there is none of that id."""
        for order in self._orders:
            if order.fault.id == fault_id:
                self._orders.remove(order)
                return order.fault
        return None

    def clear(self) -> None:
        """Forget all faults."""
        self._orders.clear()

    def listed(self) -> list[Order]:
        """Return all orders, oldest first, those that are spent or over included."""
        return list(self._orders)

    def __len__(self) -> int:
        """Return how many may still strike, now or later."""
        return sum(not order.is_spent for order in self._orders)

    def take(
        self, method: str, path: str, operation: str, *, identity: str = "", regions: tuple[str, ...] = (),
        at: datetime | None = None,
    ) -> Fault | None:  # fmt: skip
        """Return the fault for this call and count it, or None."""
        if not self._orders:
            return None
        asked = Asked(at=at, method=method, path=path, operation=operation, identity=identity, regions=regions)
        return self.strike(asked, lambda fault: fault.what.moment == CALL and fault.kind != "slow")

    def condition(
        self, kind: str, *, target: str, region: str, at: datetime, instant: datetime | None = None
    ) -> Fault | None:
        """Return the fault of a kind that strikes a target at an instant, count and journal it; or None.

        Args:
            kind: one of `KINDS`.
            target: the ARM id of what it would strike; for a recovery point that of the item.
            region: where the target is.
            at: the present instant of the world.
            instant: when the recovery point was taken.
        """
        if not self._orders:
            return None
        return self.strike(self._about(target, region, at, instant), lambda fault: fault.kind == kind)

    def standing(
        self, kind: str, *, target: str, region: str, at: datetime, instant: datetime | None = None
    ) -> Fault | None:
        """Return what `condition` might, without counting or journaling: for answers that only foretell."""
        asked = self._about(target, region, at, instant)
        for order in self._orders:
            if order.fault.kind == kind and not order.is_spent and order.meets(asked):
                return order.fault
        return None

    def has(self, kind: str) -> bool:
        """Tell whether a fault of a kind is on order: cheap, for those who would ask for each of many."""
        return any(order.fault.kind == kind for order in self._orders)

    def mark_tokens(self, given: int, at: datetime) -> None:
        """Tell, before a token is given or shown, how many were given so far: a fault refuses those, no later ones."""
        for order in self._orders:
            if order.fault.what.moment == BEARER and order.tokens is None and order.selection.stands(at):
                order.tokens = given

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is on order, so that nobody need ask."""
        return not self._orders

    def strike(self, asked: Asked, wanted: Callable[[Fault], bool]) -> Fault | None:
        """Return the oldest wanted fault that strikes, count and journal it; or None."""
        for order in self._orders:
            if wanted(order.fault) and order.meets(asked) and order.decide(asked, self._seed):
                self._tell(Strike(fault=order.fault, target=asked.path, at=asked.at))
                return order.fault
        return None

    def struck_by(self, fault_id: str, asked: Asked) -> None:
        """Count and journal a strike of the fault with this id, if it is on order: of what a lost region refuses."""
        for order in self._orders:
            if fault_id and order.fault.id == fault_id:
                order.matched += 1
                order.struck += 1
                self._tell(Strike(fault=order.fault, target=asked.path, at=asked.at))

    @property
    def caller(self) -> Asked | None:
        """Return the call that is being answered, or on whose behalf an operation ends; None for none."""
        return self._caller

    @contextmanager
    def answering(self, caller: Asked, strikes: list[Strike]) -> Iterator[None]:
        """Let conditions be asked on behalf of a call, and keep in `strikes` what strikes meanwhile."""
        before = self._caller, self._strikes
        self._caller, self._strikes = caller, strikes
        try:
            yield
        finally:
            self._caller, self._strikes = before

    @contextmanager
    def on_behalf(self, caller: Asked | None) -> Iterator[None]:
        """Let conditions be asked in the background on behalf of a call that was answered long ago."""
        before = self._caller, self._strikes
        self._caller, self._strikes = caller, None
        try:
            yield
        finally:
            self._caller, self._strikes = before

    def _about(self, target: str, region: str, at: datetime, instant: datetime | None) -> Asked:
        who = self._caller or Asked()
        return replace(who, at=at, path=target, regions=(region,) if region else (), instant=instant)

    def _tell(self, strike: Strike) -> None:
        if self._strikes is None:
            self.on_background(strike)
        else:
            self._strikes.append(strike)


def _nobody(_strike: Strike) -> None:
    """Tell nobody."""


def named(strikes: Iterable[Strike]) -> tuple[JsonObject, ...]:
    """Return how a journal entry names what struck it: each fault once, with the first target and how often."""
    found: dict[str, JsonObject] = {}
    for strike in strikes:
        named_once = found.setdefault(strike.fault.id, {**strike.wire(), "times": 0})
        named_once["times"] += 1
    return tuple(found.values())
