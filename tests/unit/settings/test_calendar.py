"""The sections `calendar` and `schedules`: what they mean, and every fault of them at its place."""

import pathlib
from datetime import UTC, datetime, timedelta

import pytest

from drd.daemon.catalogue import Checks
from drd.daemon.discovery import checks
from drd.daemon.works import calendar_rules
from drd.document import Refused
from drd.domain.errors import InvalidError
from drd.domain.timetable import CatchUp
from drd.settings.calendar_file import default_schedules
from drd.settings.loading import load_configuration
from drd.settings.settings import Settings, read_settings

ROOT = pathlib.Path(__file__).parents[3]
MINIMAL = "drd: settings/v1\n"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NAME = "name: {nl: Vrij}"


def read(folder: pathlib.Path, text: str) -> Settings:
    """Write and read settings, calendar included."""
    path = folder / "drd.yaml"
    path.write_text(MINIMAL + text, encoding="utf-8")
    return read_settings(path, {}, calendar_rules(NOW))


def refused(folder: pathlib.Path, text: str) -> list[str]:
    """Give the faults, each as place and message."""
    with pytest.raises(Refused) as error:
        read(folder, text)
    assert all(fault.hint for fault in error.value.faults)
    return [f"{str(fault.place).removeprefix(f'{folder}/drd.yaml:')} {fault.message}" for fault in error.value.faults]


def drill(text: str) -> str:
    """Write one schedule on line 2."""
    return f"schedules: [{{id: a, does: drill, with: {{due: services}}, {text}}}]\n"


def freeze(text: str) -> str:
    """Write one freeze on line 2."""
    return f"calendar: {{freezes: [{{id: f, {NAME}, {text}}}]}}\n"


def ics(*events: str) -> str:
    """Write an iCalendar text."""
    body = "".join(f"BEGIN:VEVENT\nUID:{number}\n{event}\nEND:VEVENT\n" for number, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{body}END:VCALENDAR\n".replace("\n", "\r\n")


WRONG = {
    "zone that is none": (drill("cron: 0 3 * * *, zone: Europe/Brussel"), "2:80", 'no time zone "Europe/Brussel"'),
    "zone of the calendar": ("calendar: {zone: CET+25}\n", "2:18", 'no time zone "CET+25"'),
    "cron that is none": (drill("cron: 61 * * * *"), "2:63", "no cron line"),
    "cron of six fields": (drill("cron: 0 0 3 * * tue"), "2:63", "no cron line"),
    "day of the week by number": (drill("cron: 0 3 * * 1"), "2:63", "numbers mean two things"),
    "cron that never comes": (drill("cron: 0 3 31 2 *"), "2:63", "never comes"),
    "cron and every": (drill("cron: 0 3 * * *, every: 1h"), "2:13", "only one"),
    "neither": (drill("jitter: 1m"), "2:13", "only one"),
    "zone of an interval": (drill("every: 1h, zone: UTC"), "2:13", "knows no zone"),
    "each second": (drill("every: 1s"), "2:64", "at most once a minute"),
    "jitter as long as the interval": (drill("every: 10m, jitter: 10m"), "2:77", "not shorter than 10m"),
    "jitter over the next slot": (drill("cron: '0 8,10 * * *', jitter: 3h"), "2:87", "not shorter than 2h"),
    "work that is none": ("schedules: [{id: a, does: dril, every: 1h}]\n", "2:27", 'no work "dril"'),
    "work told too little": ("schedules: [{id: a, does: drill, every: 1h}]\n", "2:13", "needs `runbook` or `due`"),
    "work told too much": (drill("every: 1h").replace("due:", "dew:"), "2:46", 'unknown key "dew"'),
    "policy that is none": (drill("every: 1h, catch-up: some"), "2:78", "not allowed"),
    "window that is none": (drill("every: 1h, windows: [nacht]"), "2:78", 'no window "nacht"'),
    "freeze that is none": (drill("every: 1h, freezes: [kerst]"), "2:78", 'no freeze "kerst"'),
    "the same id twice": (
        "schedules: [{id: a, does: collect, every: 1h}, {id: a, does: collect, every: 2h}]\n",
        "2:53",
        "stands here twice",
    ),
    "freeze without an end": (freeze("from: 2026-12-24"), "2:22", "never ends"),
    "freeze without a begin": (freeze("until: 2026-12-24"), "2:22", "has no begin"),
    "freeze of nothing": (freeze("holidays: []"), "2:22", "only one of them"),
    "freeze that ends before it begins": (freeze("from: 2026-12-24, until: 2026-12-23"), "2:73", "ends before"),
    "freeze of half a year": (freeze("from: 2027-01-01, until: 2027-06-30"), "2:22", "does not end: 1"),
    "day that is none": (freeze("from: 2027-02-30, until: 2027-03-01"), "2:54", "not a day"),
    "own day that is none": ('calendar: {days: [{date: "02-30", name: {nl: X}}]}\n', "2:26", "not a day"),
    "file that is missing": (freeze("ics: none.ics"), "2:53", "No such file"),
    "file that is a folder": (freeze("ics: ."), "2:53", "not a regular file"),
    "file that is too big": (freeze("ics: big.ics"), "2:53", "more than 256 KiB"),
    "file that is empty": (freeze("ics: empty.ics"), "2:53", "empty"),
    "file of something else": (freeze("ics: drd.yaml"), "2:53", "no iCalendar file"),
    "event without an end": (freeze("ics: open.ics"), "2:53", "neither an end"),
    "event each hour": (freeze("ics: hourly.ics"), "2:53", "repeats within the day"),
    "event that does not get on": (freeze("ics: still.ics"), "2:53", "without getting on"),
    "events without a break": (freeze("ics: always.ics"), "2:22", "does not end"),
    "hour that is none": (
        'calendar: {windows: [{id: w, days: [mon], from: "9:00", until: "17:00"}]}\n',
        "2:49",
        "not a time of day",
    ),
    "window of half": ("calendar: {windows: [{id: w, days: [mon]}]}\n", "2:22", "`days`, `from` and `until`"),
    "window that never opens": ("calendar: {windows: [{id: w, ics: past.ics}]}\n", "2:22", "never opens"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_used_is_refused_at_its_place(name: str, tmp_path: pathlib.Path) -> None:
    """Line, column, what is wrong, and a hint; before anything is started."""
    (tmp_path / "big.ics").write_text("x" * (256 * 1024 + 1))
    (tmp_path / "empty.ics").write_text("\n")
    begins = "DTSTART:20261124T080000Z"
    (tmp_path / "open.ics").write_text(ics(begins))
    (tmp_path / "hourly.ics").write_text(ics(f"{begins}\nDURATION:PT1H\nRRULE:FREQ=HOURLY"))
    (tmp_path / "still.ics").write_text(ics(f"{begins}\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=0"))
    (tmp_path / "always.ics").write_text(ics("DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=DAILY"))
    (tmp_path / "past.ics").write_text(ics("DTSTART;VALUE=DATE:20200101"))
    text, place, message = WRONG[name]
    found = refused(tmp_path, text)

    assert found[0].startswith(f"{place} "), found
    assert message in found[0]


def test_all_faults_of_a_calendar_are_told_at_once(tmp_path: pathlib.Path) -> None:
    """Of freezes, windows and schedules; people mend them in one go."""
    text = """calendar:
  freezes:
    - {id: lang, name: {nl: Lang}, from: 2027-01-01, until: 2027-12-31}
    - {id: weg, name: {nl: Weg}, ics: weg.ics}
schedules:
  - {id: a, does: collect, cron: 0 3 30 2 *}
  - {id: a, does: colect, every: 1h, windows: [w]}
"""
    assert [line.split()[0] for line in refused(tmp_path, text)] == ["4:7", "5:39", "7:34", "8:10", "8:19", "8:48"]


def test_freezes_that_only_together_leave_no_break_are_refused(tmp_path: pathlib.Path) -> None:
    """Three months after three months are half a year without a drill."""
    half = "{id: %s, name: {nl: X}, from: %s, until: %s}"
    one, two = half % ("a", "2027-01-01", "2027-03-15"), half % ("b", "2027-03-16", "2027-05-31")
    assert "the freezes together" in refused(tmp_path, f"calendar: {{freezes: [{one}, {two}]}}\n")[0]


def test_a_schedule_that_its_window_never_lets_begin_is_refused(tmp_path: pathlib.Path) -> None:
    """At night, with a window by day; one slot of a week inside is enough, also for what comes often."""
    window = 'calendar: {windows: [{id: dag, days: [tue], from: "08:30", until: "16:00"}]}\n'
    found = refused(tmp_path, window + drill("cron: 0 3 * * *, windows: [dag]"))
    assert found == ["3:83 its slots lie outside its window: it would never be run"]
    for good in ("cron: 0 10 * * *", "every: 15m", "cron: 55 8 * * tue", "cron: 20 8 * * tue, jitter: 15m"):
        read(tmp_path, window + drill(f"{good}, windows: [dag]"))


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("30 2 * * *", ["2026-10-25", "2027-03-28"]),
        ("30 2 * * sun", ["2026-10-25", "2027-03-28"]),
        ("0 2 * * mon", []),
        ("30 3 * * *", []),
        ("*/15 * * * *", []),
    ],
)
def test_a_slot_in_the_doubled_or_the_missing_hour_is_a_finding(
    cron: str, told: list[str], tmp_path: pathlib.Path
) -> None:
    """It can be used, and may surprise; who comes each hour loses nothing by it."""
    path = tmp_path / "drd.yaml"
    path.write_text(MINIMAL + drill(f"cron: '{cron}', zone: Europe/Brussels"), encoding="utf-8")
    findings = read_settings(path, {}, calendar_rules(datetime(2026, 9, 1, tzinfo=UTC))).findings

    assert [finding.message[:10] for finding in findings] == told
    assert all(str(finding.place).endswith("drd.yaml:2:63") for finding in findings)


def test_terms_are_what_was_written(tmp_path: pathlib.Path) -> None:
    """Whole days are local days; a schedule without a zone has the calendar's."""
    text = """calendar:
  zone: Europe/Brussels
  days: [{date: "07-11", name: {nl: Vlaanderen}}, {date: 2027-05-07, name: {nl: Brug}}]
  freezes: [{id: kerst, name: {nl: Kerst}, from: 2026-12-24, until: 2026-12-26}]
  windows: [{id: nacht, days: [fri], from: "22:00", until: "06:00"}]
schedules:
  - {id: a, does: drill, with: {runbook: r}, cron: 0 23 * * fri, windows: [nacht], catch-up: all, jitter: 5m}
  - {id: b, does: collect, every: PT20M, tolerance: 2m, freezes: [kerst]}
"""
    terms = read(tmp_path, text).calendar
    (span,) = [each.span for each in terms.freezes]
    first, second = terms.schedules

    assert span is not None
    assert (span.begins, span.ends) == (datetime(2026, 12, 23, 23, tzinfo=UTC), datetime(2026, 12, 26, 23, tzinfo=UTC))
    assert [(day.year, day.month, day.day) for day in terms.days] == [(None, 7, 11), (2027, 5, 7)]
    assert (first.zone, first.catch_up, first.jitter, first.freezes) == (
        "Europe/Brussels",
        CatchUp.ALL,
        timedelta(minutes=5),
        None,
    )
    assert (second.every, second.tolerance, second.freezes) == (
        timedelta(minutes=20),
        timedelta(minutes=2),
        ("kerst",),
    )


def test_a_calendar_file_with_all_that_the_format_has_is_taken(tmp_path: pathlib.Path) -> None:
    """Beside the settings; cancelled events do not count."""
    (tmp_path / "f.ics").write_text(
        ics(
            "DTSTART;TZID=Europe/Brussels:20261006T200000\nDTEND;TZID=Europe/Brussels:20261006T220000"
            "\nRRULE:FREQ=MONTHLY;BYDAY=1TU\nEXDATE;TZID=Europe/Brussels:20261201T200000",
            "DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=DAILY\nSTATUS:CANCELLED",
        )
    )
    assert read(tmp_path, freeze("ics: f.ics")).calendar.freezes[0].ics


@pytest.mark.timeout(20)  # the library of holidays is loaded here
def test_the_shipped_settings_do_at_least_what_is_done_without_them() -> None:
    """Nobody loses a proof by leaving the section out, or by keeping what is shipped."""
    shipped = read_settings(ROOT / "config" / "drd.yaml", {}, calendar_rules(NOW)).file.schedules
    ours = {each.id: (each.does, each.every, each.cron, each.values) for each in shipped}
    assert {each.id: (each.does, each.every, each.cron, each.values) for each in default_schedules()} == ours
    assert {"collect", "drill"} <= {each.does for each in shipped}


def test_an_empty_list_means_that_nothing_is_done(tmp_path: pathlib.Path) -> None:
    """What is shown says so too."""
    found = read(tmp_path, "schedules: []\n")
    assert found.calendar.schedules == ()
    assert [each.key for each in found.shown if each.key.startswith("schedules")] == ["schedules"]


def test_a_schedule_for_a_municipality_that_is_not_there_is_refused(tmp_path: pathlib.Path) -> None:
    """Once the catalogue is known."""
    text = MINIMAL + f"catalogue: {ROOT}/config/catalogue\nrunbooks: {ROOT}/runbooks\n"
    path = tmp_path / "drd.yaml"
    path.write_text(text + "schedules: [{id: a, does: collect, every: 1h, tenant: nergens}]\n", encoding="utf-8")
    with pytest.raises(InvalidError) as error:
        load_configuration(path, {}, Checks(checks()), calendar_rules(NOW))
    (fault,) = error.value.faults
    assert fault.startswith(f'{path}:4:55: there is no tenant "nergens"')
