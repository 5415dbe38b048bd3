"""Whether a clean recovery point is there is told from what the vault's scan says, and from nothing else."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from drd.daemon.catalogue import Checks
from drd.daemon.discovery import checks
from drd.domain.canonical import Json
from drd.domain.durations import format_instant
from drd.domain.estate import Cleanliness, RecoveryPoint
from drd.domain.ids import TenantId
from drd.ports.backups import BACKUPS, CROSS_REGION_BACKUPS
from drd.ports.capabilities import Provider
from drd.ports.check import Answer, CheckContext
from tests.fakes.world import START, World
from tests.fakes.world_vaults import ITEM, RegionalBackups, WorldBackups, protected_item
from tests.unit.checks.test_checks import Guests

pytestmark = pytest.mark.anyio

CATALOGUE = Checks(checks())
HOURS = timedelta(hours=1)


def _point(name: str, age: int, said: Cleanliness) -> RecoveryPoint:
    return RecoveryPoint(id=name, time=START - age * HOURS, cleanliness=said, usable=said is not Cleanliness.INFECTED)


SICK, ODD, WELL = (
    _point("sick", 1, Cleanliness.INFECTED),
    _point("odd", 5, Cleanliness.UNKNOWN),
    _point("well", 9, Cleanliness.CLEAN),
)


@dataclass
class Vault:
    """A vault whose copies elsewhere lag, and say nothing of threats."""

    own: tuple[RecoveryPoint, ...]
    copied: tuple[RecoveryPoint, ...] = ()
    world: World = field(default_factory=World)

    async def ask(self, **values: Json) -> Answer:
        """Ask once."""
        named = {key.replace("_", "-"): value for key, value in {"item": ITEM, **values}.items()}
        away = RegionalBackups(WorldBackups(self.world, kept=self.copied))
        return await CATALOGUE.bind("check.clean-point", named).ask(
            CheckContext(
                tenant=TenantId("voorbeeld"),
                mode=None,
                home_region="westeurope",
                recovery_region="northeurope",
                items={ITEM: protected_item()},
                machines={},
                provider=Provider(
                    "small cloud", (BACKUPS.by(WorldBackups(self.world, kept=self.own)), CROSS_REGION_BACKUPS.by(away))
                ),
                reach=Guests(),
                clock=self.world.clock,
            )
        )


async def test_the_newest_that_was_found_clean_counts() -> None:
    """Not the infected one, nor the one of which nothing is known."""
    answer = await Vault((SICK, ODD, WELL)).ask()

    assert answer.green
    assert answer.evidence["clean"] == {ITEM: format_instant(WELL.time)}


async def test_the_unknown_counts_only_when_somebody_says_so() -> None:
    """It is a decision, not a default."""
    refused = await Vault((SICK, ODD)).ask()

    assert not refused.green
    assert "of 1 nothing is known" in refused.sentence
    assert (await Vault((SICK, ODD)).ask(accept_unknown=True)).green


async def test_points_from_after_the_attackers_came_in_do_not_count() -> None:
    """Whatever the scan says of them; an empty text is no limit."""
    assert not (await Vault((WELL,)).ask(before=format_instant(START - 20 * HOURS))).green
    assert (await Vault((WELL,)).ask(before=format_instant(START - 8 * HOURS))).green
    assert (await Vault((WELL,)).ask(before="")).green


async def test_in_the_recovery_region_only_what_arrived_counts_and_the_home_region_says_what_it_is() -> None:
    """A copy is as clean as its original."""
    copies = tuple(RecoveryPoint(id=one.id, time=one.time, region="northeurope") for one in (SICK, WELL))
    answer = await Vault((SICK, ODD, WELL), copies).ask(region="recovery")

    assert answer.evidence["clean"] == {ITEM: format_instant(WELL.time)}
    assert not (await Vault((SICK, ODD, WELL), copies[:1]).ask(region="recovery")).green


@pytest.mark.parametrize("values", [{}, {"item": ITEM, "service": "x"}, {"item": ITEM, "before": "yesterday"}])
def test_values_that_make_no_sense_are_faults(values: dict[str, Json]) -> None:
    """Found when the file is loaded."""
    assert CATALOGUE.faults("check.clean-point", values) != ()
