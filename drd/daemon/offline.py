"""What works without a running daemon: checking files, planning, schemas, showing the settings. Touches nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drd.api.presenting import plan_shape, runbook_shape
from drd.api.wire.runbooks import PlanBody, PlanShape, RunbookShape
from drd.api.wire.statement import addition_schema, exercise_schema
from drd.api.wishes import plan_wish
from drd.daemon.catalogue import Actions, Checks
from drd.daemon.clock import HostClock
from drd.daemon.discovery import actions, checks
from drd.daemon.people import people_of
from drd.daemon.works import calendar_rules
from drd.domain.actor import Actor, Role
from drd.domain.errors import InvalidError
from drd.engine.simulation import Simulator
from drd.operations.estimate_cost import EstimateCost
from drd.operations.show_plan import ShowPlan
from drd.runbook.schema import runbook_schema
from drd.runbook.shelf import Shelf
from drd.runbook.vocabulary import Vocabulary
from drd.settings.environment import process_environment
from drd.settings.loading import load_configuration, load_settings
from drd.settings.schema import catalogue_schema, settings_schema

_NOBODY = Actor(name="offline", roles=frozenset({Role.VIEWER}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What checking files found. Each text holds place, message, source line and hint."""

    files: tuple[str, ...]
    faults: tuple[str, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting for people: secrets are stars."""

    key: str
    value: str
    source: str


class Offline:
    """Runbooks and catalogue, read from files."""

    def __init__(self, shelf: Shelf, show_plan: ShowPlan, folder: Path) -> None:
        """Take what `load` read."""
        self._shelf = shelf
        self._show_plan = show_plan
        self._folder = folder

    def runbooks(self) -> list[RunbookShape]:
        """Give every runbook found, good or faulty."""
        return [runbook_shape(card) for card in self._show_plan.runbooks(_NOBODY)]

    def check_runbooks(self, paths: tuple[Path, ...]) -> Checked:
        """Check files, or every runbook on the shelf; each is planned in every mode it names, for its tenants."""
        chosen = paths or tuple(sorted(path for path in self._folder.glob("*.yaml")))
        faults: list[str] = []
        findings: list[str] = []
        for path in chosen:
            wrong, better = self._shelf.examine(path)
            faults.extend(fault.rendered() for fault in wrong)
            findings.extend(fault.rendered() for fault in better)
        return Checked(
            files=tuple(str(path) for path in chosen),
            faults=tuple(dict.fromkeys(faults)),
            findings=tuple(dict.fromkeys(findings)),
        )

    def plan(self, body: PlanBody) -> PlanShape:
        """Resolve a runbook and say what it would do. Raises NotFoundError, InvalidError."""
        view = self._show_plan.plan(_NOBODY, plan_wish(body), graceful=body.graceful)
        return plan_shape(view, graceful=body.graceful)


def load(config: Path) -> Offline:
    """Read settings and catalogue. Raises InvalidError with every fault."""
    verbs, questions = Actions(actions()), Checks(checks())
    configuration = load_configuration(config, process_environment(), questions)
    folder = configuration.settings.runbooks
    shelf = Shelf(folder, Vocabulary(verbs, questions), configuration.services)
    simulator = Simulator(actions=verbs, checks=questions)
    prices = configuration.settings.file.prices
    cost = EstimateCost(prices=prices.table() if prices else None, simulator=simulator)
    return Offline(shelf, ShowPlan(runbooks=shelf, simulator=simulator, cost=cost), folder)


def check_config(config: Path) -> Checked:
    """Check settings, roles and catalogues."""
    try:
        rules = calendar_rules(HostClock().now())
        configuration = load_configuration(config, process_environment(), Checks(checks()), rules)
        known = people_of(configuration.settings.file.roles)
    except InvalidError as error:
        return Checked(files=(str(config),), faults=error.faults or (str(error),), findings=())
    tenants = (str(configuration.settings.catalogue / f"{each.id}.yaml") for each in configuration.services.tenants())
    return Checked(files=(str(config), *tenants), faults=(), findings=(*configuration.findings, *known.findings))


def show_config(config: Path) -> tuple[Setting, ...]:
    """Give every setting with its source. Raises InvalidError."""
    settings = load_settings(config, process_environment())
    return tuple(Setting(key=each.key, value=each.value, source=each.source) for each in settings.shown)


def schemas() -> dict[str, Mapping[str, Any]]:
    """Give the JSON Schemas of the formats that people write, by file name."""
    verbs, questions = Actions(actions()), Checks(checks())
    return {
        "addition-v1.schema.json": addition_schema(),
        "catalogue-v1.schema.json": catalogue_schema(questions),
        "exercise-v1.schema.json": exercise_schema(),
        "runbook-v1.schema.json": runbook_schema(Vocabulary(verbs, questions)),
        "settings-v1.schema.json": settings_schema(),
    }
