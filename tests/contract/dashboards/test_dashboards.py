"""The committed dashboards: what the code makes, complete, and readable without colours."""

import re
from typing import Any

from ruamel.yaml import YAML

from dashboards.__main__ import FOLDER, written
from tests.architecture.source import ROOT
from tests.contract.dashboards.expressions import boards, panels


def test_the_committed_dashboards_are_what_the_code_makes() -> None:
    """Write them anew with `python -m dashboards`."""
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")} == dict(written())


def test_there_are_five_dashboards_that_lead_to_each_other() -> None:
    """Each has its own lasting address, and a link to all that carry the same tag, with what is chosen and the time."""
    assert set(boards()) == {"drd-estate", "drd-service", "drd-run", "drd-proof", "drd-daemon"}
    for name, board in boards().items():
        (link,) = board["links"]
        assert (board["uid"], board["tags"], link["tags"]) == (name, ["drd"], ["drd"]), name
        assert link["includeVars"], name
        assert link["keepTime"], name


def test_every_panel_says_what_it_shows() -> None:
    """A title of its own, a sentence, a unit, and what stands there when nothing is known."""
    for board, panel in panels():
        defaults = panel["fieldConfig"]["defaults"]
        said = (panel["title"], panel["description"], defaults["unit"], defaults["noValue"])
        assert all(said), (board, panel["title"])
        assert panel["description"].endswith("."), (board, panel["title"])
    titles = [(board, panel["title"]) for board, panel in panels()]
    assert len(titles) == len(set(titles))


def test_panels_stand_beside_each_other() -> None:
    """None lies over another, and none reaches beyond the 24 columns."""
    for name, board in boards().items():
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
            assert at["x"] + at["w"] <= 24, (name, panel["title"])
            assert not cells & taken, (name, panel["title"])
            taken |= cells


def test_variables_are_those_that_queries_use() -> None:
    """A dashboard offers no choice that changes nothing, and uses none that it does not offer."""
    for name, board in boards().items():
        offered = {variable["name"] for variable in board["templating"]["list"]}
        used = {word for text in _texts(board["panels"]) for word in re.findall(r"\$\{?([a-z]+)\b", text)}
        used |= {
            word for variable in board["templating"]["list"] for word in re.findall(r"\$\{?([a-z]+)\b", str(variable))
        }
        assert offered == used - {"__data", "__url_time_range"}, name


def test_no_dashboard_tells_by_colour_alone() -> None:
    """A cell or a big value shows its number or a word; lines have names, and objectives are dashed as well."""
    for board, panel in panels():
        place = (board, panel["title"])
        if panel["type"] == "stat":
            assert panel["options"]["textMode"] in {"auto", "name"}, place
        elif panel["type"] == "table":
            cells = [each["value"] for each in _properties(panel, "custom.cellOptions")]
            assert all(cell == {"type": "color-text"} for cell in cells), place
        else:
            assert panel["options"]["legend"]["showLegend"], place
            assert all(target["legendFormat"] for target in panel["targets"]), place


def test_objectives_are_drawn_with_dashes() -> None:
    """Wherever a line of what was agreed stands beside lines of what is."""
    seen = 0
    for board, panel in panels():
        agreed = [each for each in panel["targets"] if "objective" in each.get("legendFormat", "")]
        if agreed:
            patterns = [each["matcher"]["options"] for each in panel["fieldConfig"]["overrides"]]
            assert all(any(re.fullmatch(pattern, each["legendFormat"]) for pattern in patterns) for each in agreed), (
                board,
                panel["title"],
            )
            seen += 1
    assert seen >= 4


def test_the_provisioning_samples_fit_the_dashboards() -> None:
    """The provider reads files, and the data source is of the kind that the dashboards ask for."""
    read = YAML(typ="safe", pure=True)
    samples = FOLDER.parent / "provisioning"
    (provider,) = read.load((samples / "dashboards" / "drd.yaml").read_text(encoding="utf-8"))["providers"]
    (source,) = read.load((samples / "datasources" / "prometheus.yaml").read_text(encoding="utf-8"))["datasources"]

    assert provider["type"] == "file"
    assert provider["options"]["path"] in (ROOT / "docs" / "dashboards.md").read_text(encoding="utf-8")
    for _, panel in panels():
        assert panel["datasource"] == {"type": source["type"], "uid": "${datasource}"}


def _properties(panel: dict[str, Any], name: str) -> list[dict[str, Any]]:
    overrides = panel["fieldConfig"]["overrides"]
    return [each for override in overrides for each in override["properties"] if each["id"] == name]


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []
