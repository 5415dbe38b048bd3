"""Panels with what each must have: title, description, unit, words for values that mean something, thresholds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.builders import stat as stats
from grafana_foundation_sdk.builders import timeseries as lines
from grafana_foundation_sdk.builders.common import (
    GraphThresholdsStyleConfig,
    LineStyle,
    ReduceDataOptions,
    StackingConfig,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.dashboard import FieldColor, ThresholdsConfig
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DynamicConfigValue,
    FieldColorModeId,
    GridPos,
    Panel,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.query import AT_RISK, NEVER

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
GOOD, WARN, BAD, PLAIN = "green", "orange", "red", "text"

SHARE, SECONDS, SINCE, COUNT = "percentunit", "s", "dateTimeFromNow", "short"

Steps = Sequence[tuple[float | None, str]]
OBJECTIVE: Steps = ((None, GOOD), (AT_RISK, WARN), (1, BAD))
"""Of a share of an objective; the objective itself is a series, so these hold for every service."""
NONE_WANTED: Steps = ((None, GOOD), (1, BAD))
NEUTRAL: Steps = ((None, PLAIN),)

Words = Mapping[str, tuple[str, str]]
"""What a value means, and its colour. The word stands there, so nobody needs to see the colour."""
YES_NO: Words = {"0": ("no", BAD), "1": ("yes", GOOD)}
NEVER_AGO: Words = {"0": ("never", BAD)}
NEVER_USED: Words = {str(int(float(NEVER))): ("never", BAD)}
NEVER_REACHED: Words = {"-1": ("never", BAD)}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What every panel says of itself.

    Attributes:
        size: width of 24, and height in rows of 30 pixels.
        most: where the axis ends; what lies beyond leaves the picture.
    """

    title: str
    description: str
    unit: str
    size: tuple[int, int]
    words: Words | None = None
    steps: Steps = NEUTRAL
    decimals: int | None = None
    most: float | None = None
    no_data: str = "no data"


def mappings(words: Words | None) -> list[ValueMapping]:
    """Give the words for values."""
    if not words:
        return []
    results = {
        value: ValueMappingResult(text=text, color=color, index=place)
        for place, (value, (text, color)) in enumerate(words.items())
    }
    return [ValueMap(options=results)]


def query(expr: str, legend: str = "__auto", *, ref: str = "A", instant: bool = False) -> prometheus.Dataquery:
    """Give a query; an instant one answers for the end of the time that is shown, as a table."""
    asked = prometheus.Dataquery().expr(expr).legend_format(legend).ref_id(ref).datasource(SOURCE)
    return asked.instant().format(PromQueryFormat.TABLE) if instant else asked.range()


def thresholds(steps: Steps) -> ThresholdsConfig:
    """Give thresholds in the unit of the values."""
    listed = [Threshold(value=value, color=color) for value, color in steps]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(listed)


def finished(panel: Panel, about: About) -> Panel:
    """Add what every panel has."""
    panel.title, panel.description, panel.datasource = about.title, about.description, SOURCE
    panel.grid_pos = GridPos(w=about.size[0], h=about.size[1])
    config = panel.field_config
    if config is None:
        raise TypeError(f"panel {about.title!r} was built without a configuration of fields")
    config.defaults.unit, config.defaults.no_value = about.unit, about.no_data
    config.defaults.mappings = mappings(about.words)
    config.defaults.decimals, config.defaults.max_val = about.decimals, about.most
    return panel


def stat(about: About, expr: str, legend: str = "", *, named: bool = False) -> Panel:
    """Show one big value; `named` shows the names of series instead, for states that are a label."""
    mode = common.BigValueTextMode.NAME if named else common.BigValueTextMode.AUTO
    asked = prometheus.Dataquery().expr(expr).legend_format(legend or "__auto").ref_id("A").datasource(SOURCE).instant()
    built = (
        stats.Panel()
        .targets([asked])
        .text_mode(mode)
        .color_mode(common.BigValueColorMode.VALUE)
        .graph_mode(common.BigValueGraphMode.NONE)
        .justify_mode(common.BigValueJustifyMode.AUTO)
        .orientation(common.VizOrientation.AUTO)
        .reduce_options(ReduceDataOptions().values(False).calcs(["lastNotNull"]).fields(""))  # noqa: FBT003 - theirs
        .thresholds(thresholds(about.steps))
        .color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))
    )
    return finished(built.build(), about)


def over_time(
    about: About,
    queries: Sequence[tuple[str, str]],
    *,
    dashed: str = "",
    stacked: bool = False,
    limit: bool = False,
) -> Panel:
    """Draw series over time: pairs of query and legend.

    Args:
        about: what the panel says of itself.
        queries: what is asked, and how its series are called.
        dashed: a pattern of names that are drawn with dashes: objectives, beside what is measured.
        stacked: fill and stack, where parts make a whole.
        limit: draw the thresholds as lines.
    """
    built = (
        lines.Panel()
        .targets([query(expr, legend, ref=chr(ord("A") + place)) for place, (expr, legend) in enumerate(queries)])
        .draw_style(common.GraphDrawStyle.LINE)
        .line_interpolation(common.LineInterpolation.LINEAR if not stacked else common.LineInterpolation.STEP_AFTER)
        .line_width(2 if not stacked else 1)
        .fill_opacity(60 if stacked else 0)
        .show_points(common.VisibilityMode.NEVER)
        .axis_soft_min(0)
        .span_nulls(False)  # noqa: FBT003 - the library's own
        .legend(
            VizLegendOptions()
            .display_mode(common.LegendDisplayMode.TABLE)
            .placement(common.LegendPlacement.BOTTOM)
            .show_legend(True)  # noqa: FBT003 - the library's own
            .calcs(["lastNotNull", "max"])
        )
        .tooltip(VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING))
        .thresholds(thresholds(about.steps))
        .color_scheme(FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC))
    )
    if stacked:
        built = built.stacking(StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
    if limit:
        built = built.thresholds_style(GraphThresholdsStyleConfig().mode(common.GraphTresholdsStyleMode.DASHED))
    if dashed:
        pattern = LineStyle().fill("dash").dash([10, 10]).build()
        built = built.override_by_regexp(dashed, [DynamicConfigValue("custom.lineStyle", pattern)])
    return finished(built.build(), about)
