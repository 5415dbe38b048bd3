"""What panels show, asked of Prometheus's own engine: never, two daemons at once, a first event, objectives."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.contract.dashboards.expressions import queries

PROMTOOL = shutil.which("promtool")
NOW = 360_000
"""100 hours after 1970; promtool's clock begins there."""

pytestmark = [
    pytest.mark.place("a Debian host with the package prometheus; .ci/run installs it"),
    pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed"),
]


def _series(family: str, values: str, *, instance: str = "a", **labels: str) -> dict[str, str]:
    text = ",".join(f'{name}="{value}"' for name, value in {"tenant": "t", **labels, "instance": instance}.items())
    return {"series": f"{family}{{{text}}}", "values": values}


def _of_service(name: str, *, point: int, rpo: int = 3600, instance: str = "a") -> list[dict[str, str]]:
    return [
        _series("drd_service_recovery_point_timestamp_seconds", f"{point}x100", service=name, instance=instance),
        _series("drd_service_rpo_objective_seconds", f"{rpo}x100", service=name, instance=instance),
    ]


def _recovered(mode: str, *, ended: int, took: int | None) -> list[dict[str, str]]:
    labels = {"service": "s", "mode": mode}
    found = [_series("drd_service_last_recovery_timestamp_seconds", f"{ended}x100", **labels)]
    if took is not None:
        found.append(_series("drd_service_achieved_recovery_time_seconds", f"{took}x100", **labels))
    return found


RTO = _series("drd_service_rto_objective_seconds", "7200x100", service="s")
OLD, NEW, NONE = (
    _of_service("old", point=NOW - 7200),
    _of_service("new", point=NOW - 1800),
    _of_service("none", point=0),
)
CASES: dict[str, tuple[str, list[dict[str, str]], list[float]]] = {
    "a breach and a never are counted, a good one is not": ("drd-estate: Beyond their RPO", [*OLD, *NEW, *NONE], [2]),
    "a second daemon doubles nothing": (
        "drd-estate: Beyond their RPO",
        [*OLD, *_of_service("old", point=NOW - 7200, instance="b")],
        [1],
    ),
    "while the estate is not told, nothing looks good": ("drd-estate: Beyond their RPO", [], []),
    "half of an objective is half": ("drd-service: RPO used", NEW, [0.5]),
    "never is worse than everything": ("drd-service: RPO used", NONE, [1e9]),
    "going back is no recovery": (
        "drd-estate: RTO missed",
        [RTO, *_recovered("failover", ended=100, took=7200), *_recovered("failback", ended=200, took=7201)],
        [0],
    ),
    "the newest recovery counts, drill or failover": (
        "drd-service: RTO last",
        [RTO, *_recovered("drill", ended=100, took=7200), *_recovered("failover", ended=200, took=1800)],
        [0.25],
    ),
    "a newest recovery that reached nothing is none": (
        "drd-service: RTO last",
        [RTO, *_recovered("drill", ended=100, took=7200), *_recovered("failover", ended=200, took=None)],
        [-1],
    ),
    "no recovery at all is never": ("drd-service: RTO last", [RTO], [-1]),
    "the first drill of a verdict counts": (
        "drd-proof: Drills with another verdict",
        [_series("drd_drills_total", "_x90 1x20", runbook="r", verdict="failed")],
        [1],
    ),
    "a daemon that takes over brings no drills": (
        "drd-proof: Drills that passed",
        [
            _series("drd_drills_total", "5x95", runbook="r", verdict="passed"),
            _series("drd_drills_total", "_x96 6x20", runbook="r", verdict="passed", instance="b"),
        ],
        [1],
    ),
    "where nobody was asked, no answer took any time": (
        "drd-run: Answers took",
        [_series("drd_approval_wait_seconds_bucket", "0x100", le=bound) for bound in ("60", "+Inf")],
        [],
    ),
    "what an answer took is told": (
        "drd-run: Answers took",
        [_series("drd_approval_wait_seconds_bucket", "0x90 10x10", le=bound) for bound in ("60", "+Inf")],
        [54],
    ),
    "no drill ever is never": (
        "drd-service: Last green drill",
        [_series("drd_service_drill_interval_objective_seconds", "864000x100", service="s")],
        [0],
    ),
}


def _answers(tmp_path: Path, cases: list[tuple[str, list[dict[str, str]], list[float]]]) -> str:
    asked = {query.place: query.expr for query in queries()}
    tests: list[dict[str, Any]] = [
        {
            "interval": "1h",
            "input_series": series,
            "promql_expr_test": [
                {"expr": f"sum ({_filled(asked[place])})", "eval_time": "100h", "exp_samples": _expected(wanted)}
            ],
        }
        for place, series, wanted in cases
    ]
    file = tmp_path / "tests.yaml"
    file.write_text(json.dumps({"rule_files": [], "tests": tests}), encoding="utf-8")
    done = subprocess.run(
        [PROMTOOL or "", "test", "rules", file], capture_output=True, text=True, check=False, timeout=60
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _filled(expr: str) -> str:
    return re.sub(r"\$[a-z]+", ".*", expr.replace("$__range", "24h")).replace("sum by () ", "sum ")


def _expected(values: list[float]) -> list[dict[str, Any]]:
    return [{"labels": "{}", "value": value} for value in values]


def test_panels_show_what_is_true(tmp_path: Path) -> None:
    """Every case at once: the tool is started only once."""
    said = _answers(tmp_path, [(place, series, wanted) for place, series, wanted in CASES.values()])

    assert said == ""


def test_a_wrong_answer_would_be_seen(tmp_path: Path) -> None:
    """The same service, with an expectation that does not hold."""
    assert "expr" in _answers(tmp_path, [("drd-estate: Beyond their RPO", OLD, [0])])
