"""What ships for Prometheus and Grafana, written without a daemon."""

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.unit.cli.conftest import Drd

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "deploy" / "prometheus"

pytestmark = pytest.mark.timeout(20)


def test_the_families_are_those_of_the_page(drd: Drd) -> None:
    """Each with type, labels and meaning."""
    done = drd("metrics", "list", "-o", "json")
    found = {each["name"]: each for each in json.loads(done.out)}
    rows = [
        line for line in (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8").splitlines() if "| `drd_" in line
    ]

    assert done.code == 0
    assert len(found) == len(rows) > 40
    assert found["drd_service_ready"]["labels"] == ["service", "tenant"]
    assert found["drd_runs_total"]["type"] == "counter"
    assert all(each["meaning"] for each in found.values())


def test_the_rules_are_printed_as_one_file(drd: Drd) -> None:
    """Which holds every group of both."""
    done = drd("metrics", "rules")
    yaml = YAML(typ="safe", pure=True)
    groups = [
        group
        for name in ("rules.yaml", "alerts.yaml")
        for group in yaml.load((SHIPPED / name).read_text(encoding="utf-8"))["groups"]
    ]

    assert done.code == 0
    assert yaml.load(done.out) == {"groups": groups}


def test_the_rules_are_written_with_the_addresses_of_who_asks(drd: Drd, tmp_path: Path) -> None:
    """Nothing of the placeholders is left, and the same again changes nothing."""
    told = ("metrics", "rules", "--out", tmp_path, "--pages", "https://wiki.test/drd/", "--boards", "https://g.test/d")
    first, second = drd(*told), drd(*told)
    text = (tmp_path / "alerts.yaml").read_text(encoding="utf-8")

    assert (first.code, second.code) == (0, 0)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in SHIPPED.glob("*.yaml")}
    assert "runbook_url: https://wiki.test/drd/DrdDown\n" in text
    assert "https://g.test/d/drd-daemon" in text
    assert "drd.example" not in text


def test_what_somebody_changed_is_not_overwritten_unasked(drd: Drd, tmp_path: Path) -> None:
    """5, and not even the other files are written."""
    (tmp_path / "alerts.yaml").write_text("groups: []\n", encoding="utf-8")

    refused = drd("metrics", "rules", "--out", tmp_path)
    there = [path.name for path in tmp_path.iterdir()]
    done = drd("metrics", "rules", "--out", tmp_path, "--overwrite")

    assert (refused.code, there) == (5, ["alerts.yaml"])
    assert "alerts.yaml" in refused.err
    assert done.code == 0
    assert (tmp_path / "alerts.yaml").read_bytes() == (SHIPPED / "alerts.yaml").read_bytes()


def test_what_cannot_be_written_is_named(drd: Drd, tmp_path: Path) -> None:
    """5, with the place that is in the way: a file where a folder is meant, or a folder where a file is."""
    there = tmp_path / "there"
    there.write_bytes(b"\xff")
    (tmp_path / "taken" / "drd-run.json").mkdir(parents=True)
    done = [
        drd("metrics", "rules", "--out", there),
        drd("metrics", "rules", "--out", there / "below"),
        drd("metrics", "dashboards", "--out", tmp_path / "taken"),
    ]

    assert [each.code for each in done] == [5, 5, 5]
    assert ["defect" in each.err for each in done] == [False, False, False]
    assert all(str(place) in each.err for place, each in zip((there, there, "drd-run.json"), done, strict=True))


def test_a_file_that_is_no_text_is_another_file(drd: Drd, tmp_path: Path) -> None:
    """It is in the way as any other."""
    (tmp_path / "alerts.yaml").write_bytes(b"\xff")

    assert drd("metrics", "rules", "--out", tmp_path).code == 5


def test_an_address_that_is_none_is_refused(drd: Drd, tmp_path: Path) -> None:
    """2: it would break the file that it is put into."""
    done = drd("metrics", "rules", "--out", tmp_path, "--pages", 'wiki"')

    assert (done.code, list(tmp_path.iterdir())) == (2, [])


def test_the_dashboards_are_listed_and_written(drd: Drd, tmp_path: Path) -> None:
    """As they are in the source tree."""
    shipped = ROOT / "deploy" / "grafana" / "dashboards"
    listed = json.loads(drd("metrics", "dashboards", "-o", "json").out)
    done = drd("metrics", "dashboards", "--out", tmp_path)

    assert {each["file"] for each in listed} == {path.name for path in shipped.glob("*.json")}
    assert done.code == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in shipped.glob("*.json")
    }
