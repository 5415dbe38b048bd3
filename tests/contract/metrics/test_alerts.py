"""Every alert fires when it should, keeps silent when it should, and does both across hand-overs and restarts."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.architecture.source import ROOT
from tests.contract.metrics import (
    stories_of_objectives,
    stories_of_readiness,
    stories_of_runs,
    stories_of_the_daemon,
)
from tests.contract.metrics.trial import CASES, Story, group, spoken, trials

PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES, ALERTS = PROMETHEUS / "rules.yaml", PROMETHEUS / "alerts.yaml"
STORIES = {
    "objectives": stories_of_objectives.STORIES,
    "runs": stories_of_runs.STORIES,
    "readiness": stories_of_readiness.STORIES,
    "daemon": stories_of_the_daemon.STORIES,
}
ALL = tuple(story for stories in STORIES.values() for story in stories)
PROMTOOL = shutil.which("promtool")


def _rules(path: Path) -> list[dict[str, Any]]:
    groups = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))["groups"]
    return [rule for each in groups for rule in each["rules"]]


def _needed(alert: str) -> dict[str, Any]:
    """Give the rules of an alert, behind the recordings that they read."""
    wanted = [rule for rule in _rules(ALERTS) if rule["alert"] == alert]
    for rule in reversed(_rules(RULES)):
        if any(rule["record"] in other["expr"] for other in wanted):
            wanted.insert(0, rule)
    return {"groups": [{"name": "needed", "rules": wanted}]}


def _tried(told: dict[Story, list[dict[str, Any]]], folder: Path) -> subprocess.CompletedProcess[str]:
    """Let the tool try groups of tests.

    An alert is tried with its own rules and those that they read, as they are shipped: all of them, at each minute of
    each trial, would take the tool some minutes.
    """
    files = []
    for number, (story, groups) in enumerate((story, groups) for story, groups in told.items() if groups):
        rules = folder / f"{story.alert}.yaml"
        rules.write_text(json.dumps(_needed(story.alert)), encoding="utf-8")
        whole = {"rule_files": [rules.name], "evaluation_interval": "1m", "tests": groups}
        files.append(folder / f"{number}.yaml")
        files[-1].write_text(json.dumps(whole, indent=1), encoding="utf-8")
    command = [PROMTOOL or "", "test", "rules", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)


def _kind(story: Story) -> tuple[str, str]:
    return story.alert, story.labels["severity"]


def test_every_alert_is_tried_in_every_case() -> None:
    """Per severity, because each is a rule of its own; a case that makes no sense has its reason."""
    there = {(rule["alert"], rule["labels"]["severity"]) for rule in _rules(ALERTS)}
    tried = {(*_kind(trial.story), trial.case) for story in ALL for trial in trials(story)}
    excused = {(*_kind(story), case) for story in ALL for case, why in story.without.items() if why}

    assert {_kind(story) for story in ALL} == there
    assert {(*each, case) for each in there for case in CASES} - tried - excused == set()


@pytest.mark.place("a Debian host with the package prometheus; .ci/run installs it")
@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
class TestTool:
    """What Prometheus's own tool says."""

    def test_the_rules_are_as_prometheus_wants_them(self) -> None:
        """Names, expressions and templates."""
        done = subprocess.run(
            [PROMTOOL or "", "check", "rules", "--lint-fatal", str(RULES), str(ALERTS)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

        assert done.returncode == 0, done.stdout + done.stderr

    @pytest.mark.parametrize("name", STORIES)
    def test_alerts_fire_when_they_should_and_only_then(self, name: str, tmp_path: Path) -> None:
        """All trials of a group in one go of the tool: its virtual clock makes an hour out of milliseconds."""
        done = _tried({story: [group(trial) for trial in trials(story)] for story in STORIES[name]}, tmp_path)

        assert done.returncode == 0, done.stdout + done.stderr

    def test_what_an_alert_says_is_whole(self, tmp_path: Path) -> None:
        """No label is missing in its words, and no value is written as something that it is not."""
        firing = {story: [spoken(trial) for trial in trials(story) if trial.case == "fires"] for story in ALL}
        done = _tried(firing, tmp_path)
        said = re.findall(r'(?:description|summary)="(.*?)"(?:, |\})', done.stdout + done.stderr)

        assert len(said) >= 2 * len({_kind(story) for story, groups in firing.items() if groups})
        assert [words for words in said if re.search(r"  |<|%!|NaN| \.| ,|\(\)", words)] == []
