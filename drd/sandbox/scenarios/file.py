"""Reads a scenario's file: every mistake at once with its place, or a scenario that can be played."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from drd.document import Document, Refused, parse, read, suggestion
from drd.document import Fault as Mistake
from drd.sandbox.faults.reading import checked, mistakes_in
from drd.sandbox.faults.term import Strict
from drd.sandbox.scenarios.step import VERBS, StepModel

_FOLDER = Path(__file__).parent
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class TextModel(Strict):
    """A text in the languages that it is known in."""

    nl: str
    en: str = ""
    fr: str = ""


class ScenarioFile(Strict):
    """What happens to a sandbox's Azure, step by step."""

    drd: Literal["scenario/v1"]
    """The version of this form."""
    title: TextModel
    """Its name, for people."""
    about: TextModel
    """What happens, and what it is for."""
    steps: list[StepModel]
    """What happens, each at its offset from the start in world time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario that can be played; the document knows where each step stands."""

    name: str
    file: ScenarioFile
    document: Document


def scenario_schema() -> dict[str, Any]:
    """Give the JSON Schema of scenarios, for editors."""
    return {"$schema": _DIALECT, **ScenarioFile.model_json_schema(), "title": "drd scenario/v1"}


def shipped_names() -> list[str]:
    """Return the names of the scenarios that ship."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def shipped(name: str) -> Scenario:
    """Return a scenario that ships.

    Raises:
        KeyError: there is none of that name; the message names those that there are.
    """
    if name not in shipped_names():
        raise KeyError(f"no scenario {name!r} ships: {suggestion(name, shipped_names())}")
    return _understood(read(_FOLDER / f"{name}.yaml"), name)


def parse_scenario(text: str, name: str) -> Scenario:
    """Read a text as if it were the file `name`.

    Raises:
        Refused: with every mistake, each as file:line:column.
    """
    return _understood(parse(text, name), Path(name).stem)


def _understood(document: Document, name: str) -> Scenario:
    file = checked(document, ScenarioFile)
    mistakes = list(_mistakes(document, file.steps))
    if mistakes:
        raise Refused(mistakes)
    return Scenario(name=name, file=file, document=document)


def _mistakes(document: Document, steps: Sequence[StepModel]) -> Iterator[Mistake]:
    if not steps:
        yield document.fault(("steps",), "nothing happens", f"add a step with one of {', '.join(VERBS)}")
    for place, step in enumerate(steps):
        at = ("steps", place)
        if len(step.verbs) != 1:
            found = " and ".join(step.verbs) or "none"
            yield document.fault(at, f"a step does one thing, found {found}", f"use one of {', '.join(VERBS)}")
        if step.fault is not None:
            yield from mistakes_in(document, step.fault, (*at, "fault"))
