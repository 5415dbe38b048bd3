"""Listing the scenarios that ship, and playing one of them or one that somebody wrote."""

from drd.sandbox.clock import instant_text
from drd.sandbox.control.reading import Controls, json_body
from drd.sandbox.errors import ArmError
from drd.sandbox.faults.reading import refusing
from drd.sandbox.scenarios import Scenario, parse_scenario, play, shipped, shipped_names
from drd.sandbox.wire import JsonObject, Request, Response, answer
from drd.sandbox.world import World

_CODE = "InvalidScenario"


def list_scenarios(_world: World, _request: Request) -> Response:
    """List the scenarios that ship."""
    return answer(200, {"scenarios": [_shown(shipped(name)) for name in shipped_names()]})


def start_scenario(world: World, request: Request) -> Response:
    """Play `{"name"}`, or the `text` of a file called `file`, from now on; nothing happens when something is wrong."""
    body = json_body(request)
    scenario = refusing(_CODE, lambda: _wanted(body))
    steps = refusing(_CODE, lambda: play(world, scenario))
    shown = [{"at": instant_text(step["at"]), "does": step["does"]} for step in steps]
    return answer(201, {"scenario": scenario.name, "now": instant_text(world.now()), "steps": shown})


def _wanted(body: JsonObject) -> Scenario:
    if "text" in body:
        return parse_scenario(str(body["text"]), str(body.get("file", "scenario.yaml")))
    try:
        return shipped(str(body.get("name", "")))
    except KeyError as error:
        raise ArmError(404, "UnknownScenario", str(error.args[0])) from error


def _shown(scenario: Scenario) -> JsonObject:
    last = max(step.at for step in scenario.file.steps)
    return {
        "name": scenario.name,
        "title": scenario.file.title.model_dump(exclude_defaults=True),
        "about": scenario.file.about.model_dump(exclude_defaults=True),
        "steps": len(scenario.file.steps),
        "seconds": last.total_seconds(),
    }


CONTROLS: Controls = {
    ("GET", "/scenarios"): list_scenarios,
    ("POST", "/scenarios"): start_scenario,
}
