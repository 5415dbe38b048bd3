"""Rules read what drd exports, and what drd exports is read by a rule or a dashboard, or is for people to look up."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import promql_parser
import pytest
from prometheus_client.parser import text_string_to_metric_families
from promql_parser import AggregateExpr, BinaryExpr
from ruamel.yaml import YAML

from drd.domain.plan import Mode
from tests.architecture.source import ROOT
from tests.contract.dashboards.exported import exported
from tests.contract.dashboards.expressions import parsed, queries, reads
from tests.fakes.busy_house import BusyHouse, busy_figures

FOLDER = ROOT / "deploy" / "prometheus"
OF_PROMETHEUS = {"up": frozenset({"job", "instance"})}
ONE_OF_SEVERAL = {"max", "min"}
OF_THE_ESTATE = {"code", "job", "tier"}
"""Labels whose words are not drd's: HTTP's, Prometheus's, and the catalogue's numbers."""
FOR_PEOPLE = {
    "drd_audit_entries_total": "whether evidence is still being written, when somebody asks",
    "drd_item_backup_last_success_timestamp_seconds": "beside the vault's own jobs, when a point is missing",
    "drd_item_replication_rpo_calculated_timestamp_seconds": "when Site Recovery said the figure below",
    "drd_item_replication_rpo_seconds": "what Site Recovery itself says, beside what drd saw",
    "drd_schedule_slots_total": "how often a schedule ran late or failed",
}
"""Families that no rule has to read, and no dashboard, with what they are for."""


def _rules(name: str) -> list[dict[str, Any]]:
    groups = YAML(typ="safe", pure=True).load((FOLDER / name).read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


@cache
def _known() -> dict[str, frozenset[str]]:
    """Give the labels of everything that a rule may read: what is exported, what is recorded, what Prometheus makes."""
    known = {name: series.labels for name, series in exported().items()} | OF_PROMETHEUS
    for rule in _rules("rules.yaml"):
        read = promql_parser.parse(rule["expr"])
        known[rule["record"]] = frozenset(label for each in reads(read) for label in each.by)
    return known


def _named(node: Any) -> set[str]:
    """Give the labels by which an expression groups or joins."""
    found: set[str] = set()
    if isinstance(node, AggregateExpr) and node.modifier is not None:
        found |= set(node.modifier.labels)
    if isinstance(node, BinaryExpr) and node.modifier is not None and node.modifier.matching is not None:
        found |= set(node.modifier.matching.labels)
    return found.union(*(_named(each) for each in _parts(node)))


RECORDED, ALERTS = _rules("rules.yaml"), _rules("alerts.yaml")


def _id(rule: dict[str, Any]) -> str:
    return str(rule.get("record") or f"{rule['alert']} {rule['labels']['severity']}")


@pytest.mark.parametrize("rule", [*RECORDED, *ALERTS], ids=_id)
def test_a_rule_names_what_there_is(rule: dict[str, Any]) -> None:
    """Each series, each label that it matches, and each by which it groups or joins."""
    known = _known()
    read = list(reads(promql_parser.parse(rule["expr"])))

    assert {each.family for each in read} - known.keys() == set()
    for each in read:
        assert each.labels - known[each.family] == set(), each.family
    assert _named(promql_parser.parse(rule["expr"])) - {"le"} <= {
        label for each in read for label in known[each.family]
    }


@pytest.mark.parametrize("rule", [*RECORDED, *ALERTS], ids=_id)
def test_a_rule_neither_doubles_nor_splits_what_two_daemons_tell(rule: dict[str, Any]) -> None:
    """What the exporter tells of the estate is read through a maximum or minimum over daemons."""
    known = exported()
    for each in reads(promql_parser.parse(rule["expr"])):
        if each.family in known and known[each.family].estate and each.family != "drd_store_readable":
            assert each.aggregation in ONE_OF_SEVERAL, each.family
            assert "instance" not in each.by


@pytest.mark.parametrize("rule", ALERTS, ids=_id)
def test_an_alert_says_only_what_it_knows(rule: dict[str, Any]) -> None:
    """Each label in its words is one that its expression leaves."""
    said = " ".join(rule["annotations"].values())
    read = promql_parser.parse(rule["expr"])
    left = {label for each in reads(read) for label in (*each.by, *(_known()[each.family] if not each.by else ()))}

    assert set(re.findall(r"\$labels\.(\w+)", said)) - left == set()


def test_every_word_that_a_rule_looks_for_is_one_that_is_said() -> None:
    """A state, a verdict or a kind that nothing is ever called would never fire."""
    said = _said()
    looked = {
        (family, label, word)
        for rule in (*RECORDED, *ALERTS)
        for family, label, word in _looked_for(promql_parser.parse(rule["expr"]))
        if label not in OF_THE_ESTATE
    }

    assert len(looked) > 20
    assert {each for each in looked if each not in said} == set()


def _said() -> set[tuple[str, str, str]]:
    """Give the words of all labels on the page of a busy house, and the modes of runs."""
    figures = busy_figures()
    postures = [
        replace(each.posture, cross_region_restore=True, multi_user_authorization=True) for each in figures.vaults
    ]
    vaults = tuple(replace(each, posture=told) for each, told in zip(figures.vaults, postures, strict=True))
    house = BusyHouse(replace(figures, vaults=vaults))
    house.bustle()
    found = {("", "mode", mode.value) for mode in Mode}
    for family in text_string_to_metric_families(asyncio.run(house.text())):
        for sample in family.samples:
            found |= {(sample.name, label, word) for label, word in sample.labels.items()}
    return found


def _looked_for(node: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(node, promql_parser.VectorSelector):
        for matcher in node.matchers.matchers:
            family = "" if matcher.name == "mode" else str(node.name)
            yield from ((family, matcher.name, word) for word in matcher.value.split("|"))
        return
    for each in _parts(node):
        yield from _looked_for(each)


def _parts(node: Any) -> Iterator[Any]:
    for part in ("expr", "lhs", "rhs", "args", "param", "vector_selector"):
        inner = getattr(node, part, None)
        yield from (
            each for each in (inner if isinstance(inner, list) else [inner]) if not isinstance(each, str | None)
        )


def test_every_family_is_read_by_somebody() -> None:
    """By a rule or a dashboard, or it is one that people look up; what nobody reads need not be exported."""
    names = [each.family for rule in (*RECORDED, *ALERTS) for each in reads(promql_parser.parse(rule["expr"]))]
    names += [each.family for query in queries() for each in reads(parsed(query.expr))]
    used = {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}
    there = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exported() if name.startswith("drd_")}

    assert there - used - FOR_PEOPLE.keys() == set()
    assert FOR_PEOPLE.keys() - there == set()
