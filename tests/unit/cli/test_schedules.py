"""The calendar as a person sees and steers it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from drd.api.authentication import Person
from drd.domain.actor import Role
from drd.domain.ids import TenantId
from tests.fakes.served_house import ServedHouse
from tests.unit.cli.conftest import Drd

pytestmark = pytest.mark.timeout(10)


def _house(folder: Path, *roles: Role, tenants: frozenset[TenantId] = frozenset()) -> ServedHouse:
    return ServedHouse(folder, people=(Person(name="an", uid=os.getuid(), roles=frozenset(roles), tenants=tenants),))


@pytest.fixture
def operated(tmp_path: Path) -> Iterator[ServedHouse]:
    """Serve a house whose caller is an operator."""
    with _house(tmp_path, Role.OPERATOR) as house:
        yield house


def test_the_list_says_when_each_comes_and_how_it_went(operated: ServedHouse, drd: Drd) -> None:
    """Before anything was due there is a next slot, and no last one."""
    lines = drd("schedule", "list", "--lang", "en").out.splitlines()
    data = {each["id"]: each for each in json.loads(drd("schedule", "list", "-o", "json").out)}

    assert [line.split()[0] for line in lines] == ["SCHEDULE", "collect", "drills"]
    assert "every 15m" in lines[1]
    assert "0 10 * * tue Europe/Brussels" in lines[2]
    assert data["drills"]["tenant"] == "voorbeeld"
    assert data["drills"]["freezes"] == ["eindejaar"]
    assert data["collect"]["freezes"] == []
    assert data["collect"]["last"] is None


def test_what_comes_is_shown_with_what_a_freeze_does_to_it(operated: ServedHouse, drd: Drd) -> None:
    """In the zone of the schedule, in order of time, in every form."""
    shown = drd("schedule", "next", "drills", "--count", "60", "--lang", "nl").out.splitlines()
    data = json.loads(drd("schedule", "next", "drills", "--count", "60", "-o", "json").out)
    both = json.loads(drd("schedule", "next", "--count", "3", "-o", "json").out)

    frozen = [line for line in shown if "niet uitgevoerd: freeze eindejaar: Eindejaar" in line]
    assert [line.split()[1] for line in frozen] == ["2026-12-22", "2026-12-29"]
    assert all("10:00 CE" in line for line in shown[1:])
    assert [each["barred"] for each in data if each["wall"].startswith("2026-12-22")] == ["freeze eindejaar: Eindejaar"]
    assert [each["starts_at"] for each in both] == sorted(each["starts_at"] for each in both)
    assert {each["schedule"] for each in both} == {"collect", "drills"}
    assert drd("schedule", "next", "nope").code == 3
    assert drd("schedule", "next", "--count", "0").code == 2


def test_a_paused_schedule_says_by_whom_and_why_until_it_is_resumed(operated: ServedHouse, drd: Drd) -> None:
    """A reason is asked for; twice is a conflict."""
    assert drd("schedule", "pause", "drills").code == 2
    assert drd("schedule", "pause", "nope", "--reason", "x").code == 3
    paused = drd("schedule", "pause", "drills", "--reason", "verhuis", "--lang", "nl")
    assert (paused.code, drd("schedule", "pause", "drills", "--reason", "x").code) == (0, 5)
    assert "gepauzeerd door an: verhuis" in paused.out
    assert "paused by an: verhuis" in drd("schedule", "next", "drills", "--lang", "en").out
    assert json.loads(drd("schedule", "list", "-o", "json").out)[1]["next"] is None

    resumed = drd("schedule", "resume", "drills", "--reason", "klaar", "-o", "json")
    assert (resumed.code, json.loads(resumed.out)[0]["pause"]) == (0, None)
    assert drd("schedule", "resume", "drills", "--reason", "klaar").code == 5


def test_work_that_is_triggered_runs_as_a_slot_of_its_own(operated: ServedHouse, drd: Drd) -> None:
    """With who asked and why; the calendar's own slots are left as they are."""
    done = drd("schedule", "trigger", "collect", "--reason", "even kijken", "--lang", "en")
    last = json.loads(drd("schedule", "list", "-o", "json").out)[0]["last"]

    assert (done.code, "collect began at" in done.out) == (0, True)
    assert (last["state"], last["actor"], last["because"]) == ("ran", "an", "even kijken")
    assert [slot.actor for slot in operated.worked] == ["an"]
    assert "asked for by an; even kijken" in drd("schedule", "list", "--lang", "en").out


def test_the_calendar_is_icalendar_that_a_program_reads(operated: ServedHouse, drd: Drd) -> None:
    """What comes more often than daily is left out unless it is named; a slot in a freeze is cancelled."""
    text = drd("schedule", "calendar", "--days", "400").out
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert "UID:drills/2026-12-22T10:00:00[Europe/Brussels]@drd" in text.replace("\r\n ", "")
    cancelled = text.replace("\r\n ", "").split("2026-12-22T10:00:00[Europe/Brussels]@drd")[1].split("END:VEVENT")[0]
    assert "STATUS:CANCELLED" in cancelled
    assert "SUMMARY:freeze eindejaar: Eindejaar" in text
    assert "collect" not in text
    assert "SUMMARY:collect (collect)" in drd("schedule", "calendar", "collect", "--days", "1").out
    assert json.loads(drd("schedule", "calendar", "-o", "json").out)["ics"].startswith("BEGIN:VCALENDAR")
    assert drd("schedule", "calendar", "collect", "--days", "400").code == 5


def test_only_who_may_steers(tmp_path: Path, drd: Drd) -> None:
    """A viewer looks; who operates for one municipality does not stop what is for all."""
    with _house(tmp_path, Role.VIEWER):
        assert drd("schedule", "list").code == 0
        orders = [("trigger", "drills"), ("pause", "drills"), ("resume", "drills")]
        assert [drd("schedule", *order, "--reason", "x").code for order in orders] == [4, 4, 4]


def test_who_operates_for_one_municipality_sees_and_steers_its_own(tmp_path: Path, drd: Drd) -> None:
    """Another's schedule is not there for them."""
    with _house(tmp_path, Role.OPERATOR, tenants=frozenset({TenantId("elders")})):
        assert [each["id"] for each in json.loads(drd("schedule", "list", "-o", "json").out)] == ["collect"]
        assert drd("schedule", "pause", "drills", "--reason", "x").code == 3
        assert drd("schedule", "pause", "collect", "--reason", "x").code == 4
