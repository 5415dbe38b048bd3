"""Names of things: tenants, services, items, runs, steps and ARM resources."""

import re
from dataclasses import dataclass
from typing import NewType

from drd.domain.errors import PermanentError

TenantId = NewType("TenantId", str)
ServiceId = NewType("ServiceId", str)
ItemId = NewType("ItemId", str)
RunId = NewType("RunId", str)
StepId = NewType("StepId", str)
RunbookId = NewType("RunbookId", str)

NAME = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")
"""What people may use as an id in files: a DNS label in lower case."""

_SCOPE = re.compile(
    r"^/subscriptions/(?P<subscription>[^/]+)(?:/resourcegroups/(?P<group>[^/]+))?(?P<rest>/.*)?$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, eq=False)
class ArmId:
    """The id of an Azure resource. ARM answers in mixed casing, so equality and hash ignore case.

    Attributes:
        text: the id as first seen; shown to people unchanged.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> "ArmId":
        """Accept an ARM id.

        Raises:
            PermanentError: if it does not start with a subscription, or has an empty or odd segment.
        """
        cleaned = text.rstrip("/")
        match = _SCOPE.match(cleaned)
        rest = match["rest"] if match else None
        if match is None or "//" in cleaned or "{" in cleaned or (rest is not None and not _is_provider_path(rest)):
            raise PermanentError(
                "not an Azure resource id",
                target=text,
                hint="it looks like /subscriptions/ID/resourceGroups/GROUP/providers/NAMESPACE/TYPE/NAME",
                code="invalid-arm-id",
            )
        return cls(cleaned)

    def __eq__(self, other: object) -> bool:
        """Compare as ARM does: without case."""
        return isinstance(other, ArmId) and self.text.casefold() == other.text.casefold()

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash(self.text.casefold())

    def __str__(self) -> str:
        """Show the id as first seen."""
        return self.text

    @property
    def key(self) -> str:
        """The id in one casing, for maps and databases."""
        return self.text.casefold()

    @property
    def subscription(self) -> str:
        """The subscription's id."""
        match = _SCOPE.match(self.text)
        return match["subscription"] if match else ""

    @property
    def resource_group(self) -> str:
        """The resource group's name; empty for a subscription-wide id."""
        match = _SCOPE.match(self.text)
        return (match["group"] or "") if match else ""

    @property
    def name(self) -> str:
        """The last segment."""
        return self.text.rsplit("/", 1)[-1]

    @property
    def kind(self) -> str:
        """The full resource type, `Microsoft.Compute/virtualMachines` for a machine; empty for a group."""
        _, found, path = self.text.rpartition("/providers/")
        if not found:
            return ""
        segments = path.split("/")
        return "/".join([segments[0], *segments[1::2]])

    @property
    def group_id(self) -> "ArmId":
        """The id of the resource group that holds the resource."""
        return ArmId(f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}")


def _is_provider_path(rest: str) -> bool:
    segments = rest.strip("/").split("/")
    named = segments[0].casefold() == "providers" and len(segments) >= 4 and len(segments) % 2 == 0  # noqa: PLR2004 - providers/NAMESPACE/TYPE/NAME
    return named and all(segments)
