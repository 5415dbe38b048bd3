"""The catalogues of verbs and questions: what is there, what fits, and how to bind values."""

from collections.abc import Mapping
from typing import Protocol

from drd.domain.canonical import Json
from drd.domain.plan import Mode
from drd.ports.action import BoundAction, OutputType
from drd.ports.check import BoundCheck
from drd.ports.parameters import Fault, Schema


class ParameterCatalogue(Protocol):
    """What a runbook may use, for validation at load and for editors."""

    def names(self) -> tuple[str, ...]:
        """Give every name, in order."""
        ...

    def schema(self, name: str) -> Schema:
        """Give the JSON Schema of a name's values. Raises NotFoundError."""
        ...

    def faults(self, name: str, values: Mapping[str, Json]) -> tuple[Fault, ...]:
        """Give what is wrong with the values; empty when they fit. Raises NotFoundError.

        Values may still be references, as text: the caller passes over faults whose path leads to a reference.
        """
        ...

    def modes(self, name: str) -> frozenset[Mode]:
        """Give the modes it may run in; all of them for a check."""
        ...

    def outputs(self, name: str) -> Mapping[str, OutputType]:
        """Give what it hands to later steps; empty for a check."""
        ...

    def permissions(self, name: str) -> tuple[str, ...]:
        """Give the ARM operations it needs."""
        ...


class ActionCatalogue(ParameterCatalogue, Protocol):
    """Actions, for the engine."""

    def bind(self, name: str, values: Mapping[str, Json]) -> BoundAction:
        """Parse the values and put them inside. Raises InvalidError, NotFoundError."""
        ...


class CheckCatalogue(ParameterCatalogue, Protocol):
    """Checks, for the engine and for steady state."""

    def bind(self, name: str, values: Mapping[str, Json]) -> BoundCheck:
        """Parse the values and put them inside. Raises InvalidError, NotFoundError."""
        ...
