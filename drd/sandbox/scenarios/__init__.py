"""Scenarios: what happens to the sandbox's Azure, step by step in world time, as files anybody may read and write.

The shipped ones lie beside this file, `NAME.yaml` each.
"""

from drd.sandbox.scenarios.file import Scenario, parse_scenario, scenario_schema, shipped, shipped_names
from drd.sandbox.scenarios.playing import play

__all__ = ["Scenario", "parse_scenario", "play", "scenario_schema", "shipped", "shipped_names"]
