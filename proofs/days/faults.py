"""What goes wrong: one thing a day, by day and in the evening in turn, when points are proven and drills run."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from drd.sandbox.faults import make
from proofs.days.house import House

_HOME = "westeurope"
_EVENING = timedelta(hours=15, minutes=10)
"""After the beginning of a day, at 03:00 UTC: ten past eight in Brussels in summer, when proofs have begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What goes wrong on a day: at `at` after its beginning, for `lasts`."""

    name: str
    at: timedelta
    lasts: timedelta

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.name} for {round(self.lasts.total_seconds() / 60)} min"


Happens = Callable[[House, timedelta], Awaitable[None]]


async def _stopped(house: House, lasts: timedelta) -> None:
    await house.end(drained=True)
    await house.clock.sleep(lasts)
    await house.start()


async def _crashed(house: House, lasts: timedelta) -> None:
    await house.end(drained=False)
    await house.clock.sleep(lasts)
    await house.start()


async def _database_away(house: House, lasts: timedelta) -> None:
    house.weather.away += 1
    await house.clock.sleep(lasts)
    house.weather.away -= 1


async def _region_lost(house: House, lasts: timedelta) -> None:
    house.control("region-down", {"region": _HOME, "at": house.clock.now().isoformat()})
    await house.clock.sleep(lasts)
    house.control("region-up", {"region": _HOME})


def _clock(wrong_by: timedelta) -> Happens:
    async def happens(house: House, lasts: timedelta) -> None:
        house.host_clock.wrong_by = wrong_by
        await house.clock.sleep(lasts)
        house.host_clock.wrong_by = timedelta(0)

    return happens


def _azure(kind: str, **members: object) -> Happens:
    async def happens(house: House, lasts: timedelta) -> None:
        now = house.clock.now()
        ordered = house.sandbox.world.faults.add(
            make(kind, **{"count": 1_000_000, **members, "starts": now, "ends": now + lasts}), now
        )
        await house.clock.sleep(lasts)
        house.sandbox.world.faults.remove(ordered.id)

    return happens


KINDS: Mapping[str, tuple[Happens, timedelta]] = {
    "daemon crashed": (_crashed, timedelta(minutes=4)),
    "azure away": (_azure("refused"), timedelta(minutes=50)),
    "azure throttles": (_azure("throttle", probability=0.5), timedelta(hours=2)),
    "database away": (_database_away, timedelta(minutes=25)),
    "clock an hour fast": (_clock(timedelta(hours=1)), timedelta(minutes=40)),
    "vault without rights": (
        _azure("error", status=403, code="AuthorizationFailed", path_contains="/vaults/rsv-weu"),
        timedelta(hours=5),
    ),
    "daemon stopped": (_stopped, timedelta(minutes=70)),
    "azure errs": (_azure("server-error", probability=0.3), timedelta(hours=2)),
    "home region lost": (_region_lost, timedelta(minutes=90)),
    "no token": (_azure("identity-down"), timedelta(hours=1)),
    "clock an hour slow": (_clock(-timedelta(hours=1)), timedelta(minutes=40)),
    "azure talks nonsense": (_azure("malformed", probability=0.1), timedelta(hours=1)),
    "no room for machines": (_azure("allocation"), timedelta(hours=4)),
    "answers lost": (_azure("reply-lost", probability=0.1), timedelta(hours=2)),
    "daemon away for a day": (_crashed, timedelta(hours=27)),
    "lists lag": (_azure("list-lag", seconds=240.0), timedelta(hours=6)),
    "azure says nothing": (_azure("hang", probability=0.03), timedelta(hours=1)),
}
"""Everything that may befall the house, and for how long; in this order, day after day."""


def trouble_of(day: int, *, seed: int) -> Trouble:
    """Give what goes wrong on a day, counted from 0: every second day in the evening."""
    chance = Random(f"days {seed} {day}")  # noqa: S311 - no secrets
    name = list(KINDS)[(day + seed - 1) % len(KINDS)]
    _, lasts = KINDS[name]
    at = _EVENING if day % 2 == 0 else timedelta(minutes=chance.randint(0, 14 * 60))
    return Trouble(name=name, at=at, lasts=lasts)


async def befall(house: House, trouble: Trouble) -> None:
    """Let it happen, and end."""
    happens, _ = KINDS[trouble.name]
    await happens(house, trouble.lasts)
