"""Whether enough virtual PCs are available."""

import pytest

from drd.domain.ids import ArmId
from drd.ports.desktops import SessionHost
from tests.fakes.world_vaults import SUB
from tests.unit.checks.test_checks import Setting

pytestmark = pytest.mark.anyio

POOL = ArmId(f"{SUB}/resourceGroups/rg-1/providers/Microsoft.DesktopVirtualization/hostPools/hp-1")


def setting(*hosts: tuple[str, bool]) -> Setting:
    """Give a pool whose hosts have these statuses, drained or not."""
    made = Setting()
    for number, (status, drained) in enumerate(hosts):
        host = ArmId(f"{POOL}/sessionHosts/vm-{number}")
        made.world.hosts[host] = SessionHost(id=host, name=host.name, status=status, drained=drained, sessions=0)
    return made


@pytest.mark.parametrize(
    ("hosts", "green", "words"),
    [
        ([("Available", False)] * 2, True, "2 of 2 virtual PCs of hp-1 are available"),
        ([("Available", False), ("Available", True)], False, "1 of 2 virtual PCs of hp-1 are available"),
        (
            [("Available", False), ("Shutdown", False), ("Shutdown", False)],
            False,
            "1 of 3 virtual PCs of hp-1 are available; 2 Shutdown",
        ),
        ([], False, "0 of 0 virtual PCs of hp-1 are available"),
    ],
)
async def test_only_hosts_that_take_people_count(hosts: list[tuple[str, bool]], green: bool, words: str) -> None:
    """Drained ones do not, and the others are told by their status."""
    values = {"pool": str(POOL), "at-least": 2}
    answer = await setting(*hosts).ask("check.desktops", **values)

    assert answer.green is green
    assert answer.sentence == words
    assert answer.evidence["wanted"] == 2
