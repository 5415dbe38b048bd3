"""Writes the PrometheusRule from the rules themselves: `python -m tests.document.prometheus_rule`."""

from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import ROOT

PLACE = ROOT / "deploy" / "kubernetes" / "monitoring" / "prometheus-rule.yaml"
RULES = tuple(ROOT / "deploy" / "prometheus" / name for name in ("rules.yaml", "alerts.yaml"))

_HEAD = """# Written from deploy/prometheus by `python -m tests.document.prometheus_rule`; a test compares both.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: drd
  labels: {app.kubernetes.io/name: drd}
spec:
  groups:
"""


def manifest() -> str:
    """Give the manifest as it should be: the groups of both files, comments and all, two columns to the right."""
    return _HEAD + "".join(line for path in RULES for line in _groups(path))


def _groups(path: Path) -> Iterator[str]:
    _, _, groups = path.read_text(encoding="utf-8").partition("\ngroups:\n")
    for line in groups.splitlines():
        yield f"  {line}\n" if line else "\n"


def main(place: Path = PLACE) -> None:
    """Write the manifest."""
    place.write_text(manifest(), encoding="utf-8")


if __name__ == "__main__":
    main()
