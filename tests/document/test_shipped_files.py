"""What ships as YAML is right: settings, catalogues, runbooks, their schemas, every example in the documents."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
from ruamel.yaml import YAML

from drd.api.wire.statement import AdditionBody, ExerciseBody, Statement, addition_schema, exercise_schema
from drd.document import Document, parse
from drd.domain.plan import Mode, Phase, RecoveryPlan
from drd.ports.runbooks import PlanWish
from drd.runbook.file import StepModel
from drd.runbook.loader import loaded
from drd.runbook.outline import Placed
from drd.runbook.schema import runbook_schema
from drd.runbook.shelf import Shelf
from drd.runbook.usage import usage_faults
from drd.settings.catalogue_file import CatalogueFile
from drd.settings.schema import catalogue_schema, settings_schema
from drd.settings.services import CatalogueServices, read_services
from drd.settings.settings import read_settings
from drd.settings.settings_file import SettingsFile
from tests.architecture.source import ROOT
from tests.vocabulary import real_checks, real_vocabulary

RUNBOOKS = sorted((ROOT / "runbooks").glob("*.yaml"))
CATALOGUES = sorted((ROOT / "config" / "catalogue").glob("*.yaml"))
SETTINGS = ROOT / "config" / "drd.yaml"
SCHEMAS = ROOT / "docs" / "schema"
FENCE = re.compile(r"^( *)```yaml\n(.*?)^\1```", flags=re.MULTILINE | re.DOTALL)
TOLD: dict[str, type[Statement]] = {"exercise/v1": ExerciseBody, "addition/v1": AdditionBody}
PARENT = "minimale-dienstverlening"


def schema(name: str) -> dict[str, Any]:
    """Read a committed schema."""
    read: dict[str, Any] = json.loads((SCHEMAS / f"{name}-v1.schema.json").read_text(encoding="utf-8"))
    return read


def services() -> CatalogueServices:
    """Read the shipped catalogues."""
    return read_services(ROOT / "config" / "catalogue", real_checks())


def shelf() -> Shelf:
    """Open the shipped shelf."""
    return Shelf(ROOT / "runbooks", real_vocabulary(), services())


def plan(runbook: str, mode: Mode) -> RecoveryPlan:
    """Plan a shipped runbook."""
    return shelf().plan(PlanWish(runbook=runbook, tenant=None, mode=mode))  # type: ignore[arg-type] # the ids of a test


def modes(path: Path) -> tuple[Mode, ...]:
    """Give the modes of a shipped runbook."""
    return next(card.modes for card in shelf().list() if card.path == str(path))


def test_the_settings_that_ship_can_be_used() -> None:
    """Without a fault, and without a finding."""
    assert read_settings(SETTINGS, {}).findings == ()


def test_the_catalogues_that_ship_can_be_used() -> None:
    """Without a fault, and every text in three languages."""
    assert CATALOGUES
    assert services().findings == ()


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_each_runbook_that_ships_can_be_planned_in_every_mode(path: Path) -> None:
    """For every tenant that has its service; every text in three languages."""
    assert shelf().examine(path) == ((), ())
    wanted = {Mode.FAILOVER, Mode.FAILBACK} if path.stem.endswith("-reprotect") else {Mode.DRILL, Mode.FAILOVER}
    assert wanted <= set(modes(path))


def test_every_service_has_the_runbook_that_it_names() -> None:
    """And the runbook names the service."""
    cards = {card.id: card.service for card in shelf().list()}
    for tenant in services().tenants():
        for service in tenant.services:
            assert service.runbook is not None
            assert cards[service.runbook] == service.id


@pytest.mark.parametrize("mode", [Mode.DRILL, Mode.FAILOVER])
def test_the_parent_recovers_every_service_after_what_it_depends_on(mode: Mode) -> None:
    """In the order of dependencies; what does not depend on each other may run side by side."""
    whole = plan(PARENT, mode)
    children = {step.child.service: step.id for step in whole.children() if step.child is not None}
    tenant = services().tenant(None)
    assert children.keys() == {service.id for service in tenant.services}
    for service in tenant.services:
        for needed in service.depends_on:
            assert children[needed] in earlier(whole, children[service.id]), f"{service.id} before {needed}"
    assert children["netwerk"] not in earlier(whole, children["identiteit"])
    assert children["besluitvorming"] not in earlier(whole, children["burgerzaken"])
    assert children["burgerzaken"] not in earlier(whole, children["besluitvorming"])


def earlier(whole: RecoveryPlan, name: str) -> set[str]:
    """Give the steps that are settled before a step begins."""
    members = {group.join: [step.id for step in whole.steps if step.group == group.id] for group in whole.groups}
    needs = {step.id: step.needs for step in whole.steps}
    found: set[str] = set()
    pending = [*needs[name]]  # type: ignore[index] # the ids of a test
    while pending:
        each = pending.pop()
        if each in members:
            pending += members[each]
        elif each not in found:
            found.add(each)
            pending += needs[each]
    return found


@pytest.mark.parametrize("path", [path for path in RUNBOOKS if Mode.DRILL in modes(path)], ids=lambda path: path.stem)
def test_a_drill_touches_no_public_name_and_an_ungraceful_failover_asks_nothing_of_the_home_region(path: Path) -> None:
    """Promises of every runbook, read from its plans."""
    drill, failover = plan(path.stem, Mode.DRILL), plan(path.stem, Mode.FAILOVER)
    used = {step.call.uses for step in drill.steps}
    # A recovery plan that waits for a person waits in a drill too: then somebody is asked.
    asks = set() if "asr.resume-plan" in used else {"approve"}
    assert not {"dns.switch", "asr.failover", "asr.commit", *asks} & used
    source = {"vm.deallocate", "vm.start"}
    assert all(step.ungraceful.value == "skip" for step in failover.steps if step.call.uses in source)
    if drill.service:
        assert any(step.phase is Phase.AFTER for step in drill.steps)
        made = {"asr.test-failover": "asr.test-cleanup", "resource-group.create": "resource-group.delete"}
        always = {(step.call.uses, step.item) for step in drill.steps if step.phase is Phase.ALWAYS}
        for step in drill.steps:
            if step.call.uses in made:
                assert (made[step.call.uses], step.item) in always, step.id


def test_every_host_that_is_asked_is_on_the_allow_list_that_ships() -> None:
    """A check that may not ask would be red on the night of the incident."""
    allowed = set(read_settings(SETTINGS, {}).file.checks.allow)
    calls = [check.call for tenant in services().tenants() for service in tenant.services for check in service.checks]
    for path in RUNBOOKS:
        for mode in modes(path):
            calls += [step.call for step in plan(path.stem, mode).steps]
    asked = set()
    for call in calls:
        if "url" in call.values:
            parts = urlsplit(str(call.values["url"]))
            asked.add((str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)))
        elif "host" in call.values and "port" in call.values:
            asked.add((str(call.values["host"]), int(str(call.values["port"]))))
    assert asked
    assert {f"*.{host.partition('.')[2]}:{port}" for host, port in asked} <= allowed


def test_what_changes_public_names_of_the_citizens_is_approved() -> None:
    """In burgerzaken itself, and once for everything in the parent; never by whoever started it."""
    for runbook in ("burgerzaken", PARENT):
        asked = [step.approval for step in plan(runbook, Mode.FAILOVER).steps if step.approval]
        assert [(terms.by, terms.not_the_starter) for terms in asked] == [(("crisisteam",), True)]


def test_the_committed_schemas_are_those_of_the_models() -> None:
    """`drd runbook schema` and `drd config schema` write them."""
    assert schema("settings") == settings_schema()
    assert schema("catalogue") == catalogue_schema(real_checks())
    assert schema("runbook") == runbook_schema(real_vocabulary())
    assert (schema("exercise"), schema("addition")) == (exercise_schema(), addition_schema())


@pytest.mark.parametrize("path", [SETTINGS, *CATALOGUES, *RUNBOOKS], ids=lambda path: path.stem)
def test_an_editor_finds_the_schema_and_nothing_wrong(path: Path) -> None:
    """The first line of each file points to its schema, by which the file is right."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    target = (path.parent / first.removeprefix("# yaml-language-server: $schema=")).resolve()
    assert target.parent == SCHEMAS
    judge = jsonschema.Draft202012Validator(json.loads(target.read_text(encoding="utf-8")))
    judge.check_schema(judge.schema)
    assert [error.message for error in judge.iter_errors(YAML(typ="safe", pure=True).load(path))] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("port: 389", "prot: 389"),
        ("uses: asr.failover", "uses: asr.failovr"),
        ("mode: {}", "mode: {}"),
        ("timeout: 20m", "timeout: 20"),
        ('recovery-point: "${{ inputs.recovery-point }}"', "recovery-point: newest"),
        ("title: {nl: Aanmelden", "titel: {nl: Aanmelden"),
    ],
)
def test_an_editor_shows_what_is_wrong(old: str, new: str) -> None:
    """The schema knows what each action takes, and that any value may be a reference."""
    text = (ROOT / "runbooks" / "identiteit.yaml").read_text(encoding="utf-8")
    if old == new:
        text += "mode: {}\n"
    assert old == new or old in text
    judge = jsonschema.Draft202012Validator(schema("runbook"))
    assert list(judge.iter_errors(YAML(typ="safe", pure=True).load(text.replace(old, new))))


def pages() -> Iterator[Path]:
    """Give every document that people read."""
    yield ROOT / "README.md"
    yield from sorted((ROOT / "docs").rglob("*.md"))


def examples(path: Path) -> Iterator[Document]:
    """Give every YAML example of a file, as a document named by its place."""
    text = path.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        indent = found[1]
        lines = [line.removeprefix(indent) for line in found[2].splitlines(keepends=True)]
        line = text.count("\n", 0, found.start()) + 1
        yield parse("".join(lines), f"{path.relative_to(ROOT)}:{line}")


@pytest.mark.parametrize("path", list(pages()), ids=lambda path: str(path.relative_to(ROOT)))
def test_each_yaml_example_in_a_document_is_right(path: Path) -> None:
    """A whole file is loaded as what it says it is; a fragment is at least YAML that drd reads."""
    for example in examples(path):
        form = example.value.get("drd") if isinstance(example.value, dict) else None
        if isinstance(example.value, dict) and form == "runbook/v1":
            assert loaded(example, str(example.value["id"]), real_vocabulary())
        elif form == "settings/v1":
            assert SettingsFile.model_validate(example.value)
        elif form == "catalogue/v1":
            assert CatalogueFile.model_validate(example.value)
        elif form in TOLD:
            assert TOLD[form].model_validate(example.value, by_alias=True, by_name=False)
            jsonschema.Draft202012Validator(schema(form.partition("/")[0])).validate(example.value)


WORDS = [
    path
    for folder in ("actions", "checks")
    for path in sorted((ROOT / "drd" / folder).glob("*.py"))
    if path.stem != "__init__"
]


@pytest.mark.parametrize("path", WORDS, ids=lambda path: f"{path.parent.stem}.{path.stem}")
def test_each_action_and_check_shows_an_example_that_is_right(path: Path) -> None:
    """The example in the docstring of its file is a step that uses it, with values that fit."""
    vocabulary = real_vocabulary()
    used = set()
    for example in examples(path):
        steps = example.value if isinstance(example.value, list) else [example.value]
        for number, raw in enumerate(steps):
            step = StepModel.model_validate(raw)
            at = (number,) if isinstance(example.value, list) else ()
            modes = frozenset(Mode(word) for word in step.modes or [])
            line = Placed(step=step, path=at, phase=Phase.MAIN, group=None, modes=modes, ungraceful="run")  # type: ignore[arg-type] # not looked at
            assert usage_faults(example, line, vocabulary) == []
            used.add(step.uses)
    name = path.stem.replace("_", "-")
    assert any(re.sub(r"[.]", "-", each.removeprefix("check.")) == name for each in used), f"no example: {used}"
