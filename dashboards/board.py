"""The frame of a dashboard: variables, links to the others, and panels in rows from left to right."""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    Row,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as models

from dashboards.panel import SOURCE
from dashboards.query import ESTATE

TAG = "drd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A variable: the values of a label, and whether one or several are chosen."""

    name: str
    title: str
    description: str
    values: str
    several: bool


TENANT = Choice(
    name="tenant",
    title="Municipality",
    description="Municipalities of the service catalogue.",
    values="label_values(drd_service_info, tenant)",
    several=True,
)
SERVICE = Choice(
    name="service",
    title="Service",
    description="Services of the chosen municipalities.",
    values=f"label_values(drd_service_info{{{ESTATE}}}, service)",
    several=True,
)
RUNBOOK = Choice(
    name="runbook",
    title="Runbook",
    description="Runbooks of the chosen municipalities.",
    values=f"label_values(drd_runbook_info{{{ESTATE}}}, runbook)",
    several=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A dashboard.

    Attributes:
        rows: title of a row, and its panels; the titles fold.
        span: how much time it shows at first.
    """

    uid: str
    title: str
    description: str
    span: str
    choices: Sequence[Choice]
    rows: Sequence[tuple[str, Sequence[models.Panel]]]
    refresh: str = "1m"


@dataclass(frozen=True, slots=True)
class _Built(Builder[models.Panel]):
    panel: models.Panel

    def build(self) -> models.Panel:
        """Give it as it is."""
        return self.panel


def built(board: Board) -> models.Dashboard:
    """Build the dashboard."""
    made = (
        Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags([TAG])
        .timezone("browser")
        .time(f"now-{board.span}", "now")
        .refresh(board.refresh)
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .editable()
        .link(_to_the_others())
        .with_variable(_source())
    )
    for choice in board.choices:
        made = made.with_variable(_variable(choice))
    number = 1
    for title, panels in board.rows:
        made = made.with_row(Row(title).id(number))
        number += 1
        for panel in panels:
            panel.id_val, number = number, number + 1
            made = made.with_panel(_Built(panel))
    return made.build()


def _to_the_others() -> DashboardLink:
    return (
        DashboardLink("drd")
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .tooltip("The other dashboards of drd, for the same municipality, service and time")
        .include_vars(True)  # noqa: FBT003 - the library's own
        .keep_time(True)  # noqa: FBT003 - the library's own
    )


def _source() -> DatasourceVariable:
    made = DatasourceVariable("datasource").id("datasource").label("Prometheus").type("prometheus")
    return made.description("Where drd is scraped.")


def _variable(choice: Choice) -> QueryVariable:
    made = (
        QueryVariable(choice.name)
        .id(choice.name)
        .label(choice.title)
        .description(choice.description)
        .datasource(SOURCE)
        .query({"query": choice.values, "refId": f"values-of-{choice.name}"})
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )
    if not choice.several:
        return made
    every = models.VariableOption(selected=True, text="All", value="$__all")
    return made.multi(True).include_all(True).all_value(".*").current(every)  # noqa: FBT003 - the library's own
