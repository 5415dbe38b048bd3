"""What is proven of backups, as a person sees it and asks for it."""

import json
from datetime import timedelta

import pytest

from drd.cli.client import Daemon
from drd.cli.commands.backup import _waited
from drd.cli.common import Common
from drd.cli.exits import Exit
from drd.domain.estate import Mechanism, RecoveryPoint
from drd.domain.ids import ServiceId
from drd.domain.ladder import Outcome, Rung, Verification
from drd.ports.inventory import ItemFacts
from tests.fakes.served_house import MACHINE, TENANT, ServedHouse
from tests.unit.cli.conftest import Drd

pytestmark = pytest.mark.timeout(10)
ITEM = MACHINE.id


def _prove(served: ServedHouse, rung: Rung, outcome: Outcome = Outcome.PASSED) -> None:
    now = served.house.clock.now()
    proof = Verification(
        id=f"r-1/{ITEM}/{rung}",
        tenant=TENANT,
        service=ServiceId("burgerzaken"),
        item=ITEM,
        mechanism=Mechanism.BACKUP,
        point="p-1",
        point_time=now - timedelta(hours=2),
        rung=rung,
        outcome=outcome,
        at=now - timedelta(days=3),
        took=timedelta(minutes=9),
        because="the copy said so",
    )
    served.proofs.verifications.kept[proof.id] = proof


def test_the_list_tells_what_is_proven_and_when_it_is_due(served: ServedHouse, drd: Drd) -> None:
    """Nothing proven is said so, not left blank."""
    before = drd("backup", "list", "--lang", "en").out
    _prove(served, Rung.L4)
    _prove(served, Rung.L5, Outcome.FAILED)
    after, data = drd("backup", "list", "--lang", "en").out, json.loads(drd("backup", "list", "-o", "json").out)

    assert [line.split()[-1] for line in before.splitlines() if ITEM in line] == ["now"]
    assert "never" in before
    assert "L4, 3d ago" in after
    assert (data[0]["proven"], data[0]["failed"], data[0]["score_percent"]) == ("L4", ["L5"], 23)
    assert (data[0]["overdue"], data[0]["proven_point_at"]) == (False, None)


def test_a_service_is_as_proven_as_the_least_of_its_items(served: ServedHouse, drd: Drd) -> None:
    """And one without items has no line."""
    _prove(served, Rung.L4)
    lines = drd("backup", "list", "--services", "--lang", "en").out.splitlines()
    [data] = json.loads(drd("backup", "list", "--services", "-o", "json").out)

    assert len(lines) == 2
    assert (data["service"], data["proven"], data["score_percent"]) == ("burgerzaken", "L4", 23)


def _backed_up(served: ServedHouse) -> None:
    now = served.house.clock.now()
    found = tuple(RecoveryPoint(id=f"p-{age}", time=now - timedelta(days=age)) for age in range(1, 4))
    served.inventory.known = (
        ItemFacts(
            tenant=TENANT,
            service=ServiceId("burgerzaken"),
            item=ITEM,
            mechanism=Mechanism.BACKUP,
            seen_at=now,
            state="ok",
            points=found,
            points_total=3,
        ),
    )


def test_a_search_names_the_next_point_and_its_command_until_it_is_over(served: ServedHouse, drd: Drd) -> None:
    """7 while the newest clean point is not certain; what cannot be examined ends the search with its reason."""
    _backed_up(served)
    search = ("backup", "clean-point", ITEM, "--restores", "2", "--lang", "en")
    before, cannot = drd(*search), drd(*search, "--examine")
    _prove(served, Rung.L3)
    after = drd(*search)

    assert (before.code, cannot.code, after.code) == (7, 5, 0)
    assert f"drd backup verify {ITEM} --to L3 --point p-2" in before.out
    assert "no place where copies may be restored" in cannot.err
    assert "p-1" in after.out


def test_a_look_by_hand_ends_with_7_until_every_rung_is_proven(served: ServedHouse, drd: Drd) -> None:
    """What was not seen is inconclusive, and not green."""
    before = drd("backup", "verify", ITEM, "--to", "L0", "--lang", "en")
    served.see_points(age=timedelta(minutes=5))
    after = drd("backup", "verify", ITEM, "--lang", "en")

    assert (before.code, after.code) == (7, 0)
    assert "inconclusive" in before.out
    assert after.out.count("passed") == 2
    assert [line.split()[3] for line in drd("backup", "show", ITEM, "--lang", "en").out.splitlines()[1:]]


_WAITS = ("burgerzaken", "--mode", "failover", "--confirm", "burgerzaken", "--reason", "brand")


@pytest.mark.parametrize(
    ("words", "seconds", "code"),
    [(("oefening", "--mode", "drill", "--yes"), None, Exit.OK), (_WAITS, 0.0, Exit.UNFINISHED)],
    ids=["to its end", "until time is up"],
)
def test_a_program_that_waits_hears_nothing_but_the_result(
    served: ServedHouse,
    drd: Drd,
    capfd: pytest.CaptureFixture[str],
    *,
    words: tuple[str, ...],
    seconds: float | None,
    code: Exit,
) -> None:
    """Events of the run are for people."""
    run = json.loads(drd("run", "start", *words, "--no-wait", "-o", "json").out)["id"]
    common = Common(output="json", socket=served.socket)
    with Daemon.of(common) as daemon:
        ended = _waited(common, daemon, run, seconds)

    assert (ended, capfd.readouterr().out) == (code, "")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("list", "--service", "burgerzakn"), 3, "no such service"),
        (("show", "vm-gone"), 3, "no such item"),
        (("verify", "vm-gone"), 3, "no such item"),
        (("verify", ITEM, "--to", "L4"), 5, "no place where copies may be restored"),
        (("verify", ITEM, "--to", "L9"), 2, "L9"),
        (("sample", "--restores", "0"), 5, "a budget of zero proves nothing"),
        (("sample", "--restores", "3"), 5, "nothing that could be proven"),
        (("clean-point", ITEM, "--restores", "3"), 3, "nothing fresh is known of its backups"),
        (("clean-point", ITEM, "--restores", "-1"), 2, "cannot be made"),
        (("clean-point", ITEM, "--restores", "3", "--before", "tomorrow"), 2, "not an instant: 'tomorrow'"),
    ],
)
def test_what_cannot_be_is_refused_with_a_hint(
    served: ServedHouse, drd: Drd, words: tuple[str, ...], *, code: int, said: str
) -> None:
    """And starts nothing."""
    done = drd("backup", *words)

    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert json.loads(drd("run", "list", "-o", "json").out) == []
