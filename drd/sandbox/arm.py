"""ARM resource ids, which compare without regard to case."""

from dataclasses import dataclass
from functools import lru_cache

_GROUP_SEGMENTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmId:
    """The parts of an id: subscription, group, type (`Microsoft.Compute/disks`) and names, outermost first."""

    subscription: str
    group: str
    type: str
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the innermost name."""
        return self.names[-1] if self.names else self.group


@lru_cache(maxsize=4096)
def parse_id(text: str) -> ArmId:
    """Take an id apart.

    Raises:
        ValueError: the text is not `/subscriptions/S[/resourceGroups/G[/providers/NS/TYPE/NAME...]]`.
    """
    parts = text.strip("/").split("/")
    if not parts[1:] or parts[0].lower() != "subscriptions":
        message = f"not an ARM id: {text!r} must start with /subscriptions/"
        raise ValueError(message)
    group = parts[3] if len(parts) >= _GROUP_SEGMENTS and parts[2].lower() == "resourcegroups" else ""
    if "providers" not in [part.lower() for part in parts]:
        return ArmId(subscription=parts[1], group=group, type="", names=())
    at = [part.lower() for part in parts].index("providers")
    namespace, rest = parts[at + 1], parts[at + 2 :]
    return ArmId(subscription=parts[1], group=group, type="/".join([namespace, *rest[0::2]]), names=tuple(rest[1::2]))


def fold(arm_id: str) -> str:
    """Return the id in the one form in which ids are compared."""
    return arm_id.rstrip("/").casefold()


def shout_group(arm_id: str) -> str:
    """Return the id with its group's name in capitals, as Compute echoes the ids of other resources."""
    parts = arm_id.split("/")
    for place, part in enumerate(parts[:-1]):
        if part.lower() == "resourcegroups":
            parts[place + 1] = parts[place + 1].upper()
    return "/".join(parts)
