"""How results are written: four forms, a query, nothing cut on a pipe, errors as JSON where JSON is asked for."""

import json
from datetime import timedelta

import pytest

from drd.cli.output import Sheet, fitted, lines_of
from drd.document import parse
from tests.fakes.served_house import ServedHouse
from tests.unit.cli.conftest import Drd

pytestmark = pytest.mark.timeout(10)


def test_services_show_what_is_unknown_as_unknown(served: ServedHouse, drd: Drd) -> None:
    """Nothing collected yet is not good news."""
    done = drd("service", "list")

    lines = done.out.splitlines()
    assert lines[0].split("  ")[0] == "SERVICE"
    assert "POINT AGE / RPO" in lines[0]
    assert lines[1].split() == [
        "burgerzaken",
        "1",
        "unknown",
        "/",
        "1h",
        "never",
        "never",
        "/",
        "2h",
        "never",
        "unknown",
    ]
    assert lines[2].split() == ["netwerk", "0", "-", "-", "never", "/", "1h", "never", "unknown"]


def test_services_show_the_age_of_the_newest_point(served: ServedHouse, drd: Drd) -> None:
    """What was seen is shown beside what was promised."""
    served.see_points(age=timedelta(minutes=38))

    assert "38m / 1h" in drd("service", "list").out
    assert "38m" in drd("item", "points", "vm-bz-sql-1").out


@pytest.mark.parametrize(("lang", "heading"), [("nl", "DIENST"), ("en", "SERVICE"), ("fr", "NIVEAU")])
def test_tables_speak_three_languages(served: ServedHouse, drd: Drd, lang: str, heading: str) -> None:
    """Dutch first, then English and French."""
    assert heading in drd("service", "list", "--lang", lang).out


def test_json_is_the_shape_of_the_api(served: ServedHouse, drd: Drd) -> None:
    """Scripts read what the API gives."""
    found = json.loads(drd("service", "show", "burgerzaken", "-o", "json").out)

    assert (found["id"], found["point_age_seconds"], found["recovery_point"]) == ("burgerzaken", None, "unknown")


def test_yaml_is_read_back_by_the_reader(served: ServedHouse, drd: Drd) -> None:
    """What is written is what drd itself would accept."""
    done = drd("service", "list", "-o", "yaml")

    document = parse(done.out, "out.yaml")
    assert [each["id"] for each in document.value] == ["burgerzaken", "netwerk"]


def test_tsv_and_query_give_what_a_shell_needs(served: ServedHouse, drd: Drd) -> None:
    """Values only, one line each."""
    assert drd("service", "list", "-o", "tsv", "--query", "[].[id,tier]").out == "burgerzaken\t1\nnetwerk\t0\n"
    assert drd("service", "list", "-o", "tsv", "--query", "[0].id").out == "burgerzaken\n"


def test_a_wrong_query_is_a_usage_error(served: ServedHouse, drd: Drd) -> None:
    """One clear error."""
    done = drd("service", "list", "--query", "[")

    assert (done.code, done.out) == (2, "")
    assert "query" in done.err


def test_errors_are_json_where_json_is_asked_for(
    served: ServedHouse, drd: Drd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On stderr, with code and hint; also when the environment asks."""
    done = drd("service", "show", "nope", "-o", "json")

    assert (done.code, done.out) == (3, "")
    assert json.loads(done.err)["error"]["code"] == "not-found"
    monkeypatch.setenv("DRD_OUTPUT", "json")
    assert json.loads(drd("service", "show", "nope").err)["error"]["hint"]


def test_a_misused_command_is_json_too(drd: Drd) -> None:
    """Whoever parses stderr parses all of it."""
    done = drd("run", "start", "-o", "json")

    assert done.code == 2
    assert json.loads(done.err)["error"]["code"] == "usage"


def test_a_pipe_gets_whole_columns_and_no_tricks() -> None:
    """Nothing is cut, and no text moves the cursor."""
    long = "x" * 300
    lines = lines_of(Sheet(("A", "B"), ((long, "1"), ("\x1b[2Jy", "2"))))

    assert lines == ["A".ljust(300) + "  B", long + "  1", " [2Jy".ljust(300) + "  2"]


@pytest.mark.parametrize(
    ("room", "widths"),
    [
        (80, [11, 14, 23, 5]),
        (60, [11, 14, 22, 5]),
        (48, [11, 14, 10, 5]),
        (42, [11, 11, 7, 5]),
        (20, [7, 1, 2, 2]),
    ],
)
def test_a_terminal_breaks_no_name_while_there_is_room(room: int, widths: list[int]) -> None:
    """Text is wrapped between words; where names must be broken, the one by which a line is called comes last."""
    table = (
        ("ITEM", "SERVICE", "BECAUSE", "SCORE"),
        ("vm-bv-app-1", "besluitvorming", "the copy said so itself", "100 %"),
    )

    found = fitted(table, room)

    assert found == widths
    assert sum(found) + 2 * len(found) <= room
