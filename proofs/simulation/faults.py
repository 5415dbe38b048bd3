"""What goes wrong in a simulation: drawn from its seed, each at a place of its own, so that any one can be left out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from drd.domain.plan import Mode
from drd.sandbox.faults import make
from proofs.simulation.house import House, Life
from proofs.simulation.network import LATE, REPLY_LOST, REQUEST_LOST
from proofs.simulation.orders import draw_orders
from proofs.simulation.play import Fault, Play
from proofs.simulation.portal import fail_over_in_portal

HOSTS = ("a", "b")
_EARLY = 300.0
"""What happens at an instant happens within so many seconds: a run that nothing befalls takes about that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Extent:
    """About how much a run does that nothing befalls, so that what strikes by count strikes something."""

    turns: int
    changes: int
    commits: int


_EXTENTS = {
    "loket": _Extent(turns=520, changes=5, commits=26),
    "archief": _Extent(turns=640, changes=8, commits=32),
    "alles": _Extent(turns=1100, changes=13, commits=64),
    "noodplan": _Extent(turns=1150, changes=16, commits=72),
}


def draw(seed: int, *, daemons: int = 2) -> tuple[Play, tuple[Fault, ...]]:
    """Draw a play and what goes wrong in it."""
    chance = Random(f"simulation {seed}")  # noqa: S311 - no secrets
    play = _played_by_few(seed, _play(chance, daemons))
    faults: list[Fault] = []
    kinds = list(_DRAWN)
    for number in range(chance.choice((1, 2, 2, 3, 3, 4, 5, 7))):
        kind = chance.choices(kinds, weights=[_DRAWN[name].weight for name in kinds])[0]
        drawn = _DRAWN[kind].draw(chance, play)
        faults.append(replace(drawn, number=number, kind=kind))
    # After all others, and by a chance of their own: what else a seed plays does not depend on them.
    faults += draw_orders(seed, play, first=len(faults))
    return play, tuple(faults)


def _play(chance: Random, daemons: int) -> Play:
    runbook, mode, lost = chance.choices(
        [
            ("loket", Mode.FAILOVER, True),
            ("loket", Mode.FAILOVER, False),
            ("loket", Mode.DRILL, False),
            ("archief", Mode.FAILOVER, True),
            ("archief", Mode.DRILL, False),
            ("alles", Mode.FAILOVER, True),
            ("alles", Mode.DRILL, False),
        ],
        weights=[30, 12, 15, 14, 15, 10, 4],
    )[0]
    several = chance.random() < _SEVERAL
    ticking = chance.random() < _TICKING
    hosts = HOSTS[: daemons if several else 1]
    return Play(runbook=runbook, mode=mode, lost=lost, hosts=hosts, ticking=ticking)


_SEVERAL, _TICKING, _FEW = 0.5, 0.1, 0.1


def _played_by_few(seed: int, play: Play) -> Play:
    """Let some seeds play what came later than all others, which stay as they were."""
    chance = Random(f"emergency {seed}")  # noqa: S311 - no secrets
    if chance.random() >= _FEW:
        return play
    mode = Mode.DRILL if chance.random() < _REHEARSED else Mode.FAILOVER
    return replace(play, runbook="noodplan", mode=mode, lost=mode is Mode.FAILOVER and chance.random() < _LOST)


_REHEARSED, _LOST = 0.2, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    weight: int
    draw: Callable[[Random, Play], Fault]


def _fault(at: float, lasts: float = 0.0, where: str = "", **details: float | str) -> Fault:
    return Fault(number=0, kind="", at=round(at, 3), lasts=round(lasts, 3), where=where, details=details or None)


def _crash(chance: Random, play: Play) -> Fault:
    return _fault(
        chance.randint(1, _EXTENTS[play.runbook].turns), chance.choice((0.5, 5, 40, 90, 400)), chance.choice(play.hosts)
    )


def _freeze(chance: Random, play: Play) -> Fault:
    return _fault(
        chance.randint(1, _EXTENTS[play.runbook].turns), chance.choice((3, 15, 25, 45, 200)), chance.choice(play.hosts)
    )


def _at_send(chance: Random, play: Play) -> Fault:
    return _fault(chance.randint(1, _EXTENTS[play.runbook].changes), chance.choice((0.5, 15, 45, 120)))


def _at_commit(chance: Random, play: Play) -> Fault:
    return _fault(chance.randint(1, _EXTENTS[play.runbook].commits), chance.choice((0.5, 15, 45, 120)))


def _stop(chance: Random, play: Play) -> Fault:
    return _fault(chance.uniform(0, _EARLY), chance.choice((0.5, 30, 120)), chance.choice(play.hosts))


def _change(chance: Random, play: Play) -> Fault:
    return _fault(chance.randint(1, _EXTENTS[play.runbook].changes))


def _commit(chance: Random, play: Play) -> Fault:
    return _fault(chance.randint(1, _EXTENTS[play.runbook].commits))


def _window(*lengths: float) -> Callable[[Random, Play], Fault]:
    def drawn(chance: Random, _play: Play) -> Fault:
        return _fault(chance.uniform(0, _EARLY), chance.choice(lengths))

    return drawn


def _storm(chance: Random, _play: Play) -> Fault:
    return _fault(chance.uniform(0, _EARLY), chance.choice((10, 60, 200)), probability=chance.choice((0.2, 0.5, 0.9)))


def _method(chance: Random, _play: Play) -> Fault:
    return _fault(chance.uniform(0, _EARLY), method=chance.choice(("GET", "GET", "PUT", "POST", "DELETE")))


def _operation(chance: Random, _play: Play) -> Fault:
    # The sandbox's jobs of Site Recovery and Backup know nothing of these two kinds: they would go on for ever, and
    # each waits for its whole timeout. Failovers fail by `failover-fails`.
    return _fault(chance.uniform(0, _EARLY), 900, path_contains="/providers/Microsoft.Compute/")


def _clock(chance: Random, play: Play) -> Fault:
    return _fault(
        chance.uniform(0, _EARLY),
        chance.choice((20, 120, 900)),
        chance.choice(play.hosts),
        seconds=chance.choice((-3600, -300, -30, 30, 300, 3600)),
    )


def _order(chance: Random, _play: Play) -> Fault:
    asked = chance.choice(("pause", "pause", "resume", "resume", "cancel", "retry", "skip", "deny", "approve"))
    return _fault(chance.uniform(0, _EARLY), where=asked, which=chance.randint(0, 9), host=chance.choice(HOSTS))


_DRAWN: dict[str, _Kind] = {
    "crash": _Kind(weight=24, draw=_crash),
    "freeze": _Kind(weight=14, draw=_freeze),
    "crash-at-send": _Kind(weight=14, draw=_at_send),
    "freeze-at-send": _Kind(weight=5, draw=_at_send),
    "crash-at-commit": _Kind(weight=8, draw=_at_commit),
    "freeze-at-commit": _Kind(weight=6, draw=_at_commit),
    "stop": _Kind(weight=5, draw=_stop),
    REPLY_LOST: _Kind(weight=16, draw=_change),
    REQUEST_LOST: _Kind(weight=6, draw=_change),
    LATE: _Kind(weight=6, draw=_change),
    "database-away": _Kind(weight=8, draw=_window(2, 20, 90)),
    "database-slow": _Kind(weight=3, draw=_window(20, 60)),
    "database-deaf": _Kind(weight=8, draw=_commit),
    "throttle": _Kind(weight=5, draw=_storm),
    "server-error": _Kind(weight=5, draw=_storm),
    "server-error-after": _Kind(weight=5, draw=_storm),
    "hang": _Kind(weight=4, draw=_method),
    "malformed": _Kind(weight=3, draw=_method),
    "operation-endless": _Kind(weight=2, draw=_operation),
    "operation-fails-late": _Kind(weight=4, draw=_operation),
    "failover-fails": _Kind(weight=3, draw=_window(900)),
    "list-lag": _Kind(weight=5, draw=_window(60, 200)),
    "allocation": _Kind(weight=2, draw=_window(60, 200)),
    "identity-down": _Kind(weight=3, draw=_window(30, 200)),
    "token-expired": _Kind(weight=2, draw=_window(30)),
    "token-revoked": _Kind(weight=2, draw=_window(30)),
    "region": _Kind(weight=4, draw=_window(30, 200)),
    "clock": _Kind(weight=4, draw=_clock),
    "order": _Kind(weight=26, draw=_order),
}
"""Every kind of fault, and how often it is drawn."""

_ORDERED_OF_SANDBOX = frozenset(
    {
        "throttle", "server-error", "server-error-after", "hang", "malformed", "operation-endless",
        "operation-fails-late", "failover-fails", "list-lag", "allocation", "identity-down", "token-expired",
        "token-revoked",
    }
)  # fmt: skip
_ONCE = frozenset({"hang", "malformed", "operation-endless", "operation-fails-late", "failover-fails"})
_HOME = "westeurope"


class Weatherman:
    """Makes the faults of a simulation happen, each at its time."""

    def __init__(self, house: House, play: Play, order: Callable[[Fault], None]) -> None:
        """Take the house, and who gives people's orders."""
        self._house = house
        self._play = play
        self._order = order
        self._orders: list[str] = []
        self._dooms: list[Fault] = []
        self.fair = False
        self.pending = 0

    def announce(self, faults: tuple[Fault, ...]) -> None:
        """Arrange for all of them; called once, before a daemon starts."""
        for fault in faults:
            if fault.kind in {REPLY_LOST, REQUEST_LOST, LATE}:
                self._house.network.plans[int(fault.at)] = fault.kind
            elif fault.kind == "database-deaf":
                self._house.weather.deaf_at.add(int(fault.at))
            elif fault.kind in {"crash-at-send", "freeze-at-send"}:
                self._house.network.leaves[int(fault.at)] = self._in_the_middle(fault)
            elif fault.kind in {"crash-at-commit", "freeze-at-commit"}:
                self._house.weather.written[int(fault.at)] = self._in_the_middle(fault)
            elif fault.kind not in {"crash", "freeze"}:
                self.pending += 1
                self._later(fault.at, self._strike, fault)
        self._dooms = [fault for fault in faults if fault.kind in {"crash", "freeze"}]

    def born(self, life: Life) -> None:
        """Arrange for what befalls the first life at a host, counted in turns."""
        for fault in self._dooms:
            if life.name == f"{fault.where}-1":
                life.fate.at_turn(int(fault.at), self._befall(life, fault))

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self.fair = True
        house = self._house
        house.network.plans.clear()
        house.network.leaves.clear()
        house.weather.written.clear()
        house.weather.deaf_at.clear()
        house.weather.away, house.weather.slow_seconds = 0, 0.0
        for clock in house.clocks.values():
            clock.wrong_by = timedelta(0)
        for order in self._orders:
            house.sandbox.world.faults.remove(order)
        self._orders.clear()
        house.end_endless()

    def _in_the_middle(self, fault: Fault) -> Callable[[str], None]:
        def befallen(name: str) -> None:
            life = next(each for each in self._house.lives if each.name == name)
            if not life.fate.dead:
                self._befall(life, fault)()

        return befallen

    def _befall(self, life: Life, fault: Fault) -> Callable[[], None]:
        def crash() -> None:
            if self.fair:
                return
            self._house.kill(life)
            self._later(fault.lasts, self._revive, life.name.partition("-")[0])

        def freeze() -> None:
            if self.fair:
                return
            self._house.tell(f"daemon {life.name} freezes after {life.fate.turns} turns")
            life.fate.freeze()
            self._later(fault.lasts, self._thaw, life)

        return crash if fault.kind.startswith("crash") else freeze

    def _thaw(self, life: Life) -> None:
        if not life.fate.dead:
            self._house.tell(f"daemon {life.name} wakes")
            life.fate.thaw()

    def _revive(self, host: str) -> None:
        if self._house.at(host) is None:
            self._house.start(host)

    def _strike(self, fault: Fault) -> None:
        self.pending -= 1
        if self.fair:
            return
        self._house.tell(f"fault {fault}")
        if fault.kind in _ORDERED_OF_SANDBOX:
            self._order_of_sandbox(fault)
        elif fault.kind == "portal":
            fail_over_in_portal(self._house)
        else:
            self._STRIKES[fault.kind](self, fault)

    def _order_of_sandbox(self, fault: Fault) -> None:
        now = self._house.clock.now()
        members: dict[str, object] = dict(fault.details or {})
        if fault.kind in _ONCE:
            members |= {"count": 1}
        else:
            members |= {"starts": now, "ends": now + timedelta(seconds=fault.lasts)}
        self._orders.append(self._house.sandbox.world.faults.add(make(fault.kind, **members), now).id)

    def _away(self, fault: Fault) -> None:
        weather = self._house.weather
        weather.away += 1
        self._later(fault.lasts, self._back)

    def _back(self) -> None:
        self._house.weather.away = max(self._house.weather.away - 1, 0)
        self._house.tell("the database is back")

    def _slow(self, fault: Fault) -> None:
        self._house.weather.slow_seconds = 2.5
        self._later(fault.lasts, self._fast)

    def _fast(self) -> None:
        self._house.weather.slow_seconds = 0.0

    def _region(self, fault: Fault) -> None:
        """Lose the home region for a while, or give it back for a while if it is lost."""
        if self._play.lost:
            self._house.give_back(_HOME)
            self._later(fault.lasts, self._house.lose, _HOME)
        else:
            self._house.lose(_HOME)
            self._later(fault.lasts, self._house.give_back, _HOME)

    def _wrong(self, fault: Fault) -> None:
        clock = self._house.clocks.get(fault.where)
        if clock is not None and fault.details:
            clock.wrong_by, clock.was_wrong = timedelta(seconds=float(fault.details["seconds"])), True
            self._later(fault.lasts, self._right, fault.where)

    def _right(self, host: str) -> None:
        self._house.clocks[host].wrong_by = timedelta(0)

    def _sigterm(self, fault: Fault) -> None:
        life = self._house.at(fault.where)
        if life is not None and life.well:
            self._house.stop(life, lambda: self._later(fault.lasts, self._revive, fault.where))

    def _ask(self, fault: Fault) -> None:
        self._order(fault)

    def _later(self, seconds: float, work: Callable[..., object], *arguments: object) -> None:
        self._house.later(seconds, work, *arguments)

    _STRIKES: Mapping[str, Callable[["Weatherman", Fault], None]] = {
        "database-away": _away,
        "database-slow": _slow,
        "region": _region,
        "clock": _wrong,
        "stop": _sigterm,
        "order": _ask,
        "habit": _ask,
    }
