"""What the catalogues know of a step: what it gives to later steps, and whether it only asks."""

from collections.abc import Mapping
from dataclasses import dataclass

from drd.domain.errors import NotFoundError
from drd.domain.plan import APPROVE, ENGINE_WORDS, Step
from drd.ports.action import OutputType
from drd.ports.catalogue import ActionCatalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Verbs:
    """The catalogues, for who decides about orders.

    Attributes:
        questions: names of the checks.
    """

    actions: ActionCatalogue
    questions: frozenset[str]

    def outputs(self, step: Step) -> Mapping[str, OutputType] | None:
        """Give what a step hands to later ones, by name; None where its action is no longer known."""
        if step.call.uses in ENGINE_WORDS or step.call.uses in self.questions:
            return {}
        try:
            return self.actions.outputs(step.call.uses)
        except NotFoundError:
            return None

    def only_asks(self, step: Step) -> bool:
        """Say whether a step changes nothing: a check, or a question to people."""
        return step.call.uses == APPROVE or step.call.uses in self.questions
