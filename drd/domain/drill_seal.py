"""The seal on a drill's resource group: a keyed hash over what the group is, so that a copied tag proves nothing."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from drd.domain.errors import InvalidError
from drd.domain.ids import ArmId

RUN_TAG, STEP_TAG, EXPIRES_TAG, SEAL_TAG = "drd-run", "drd-step", "drd-expires", "drd-seal"
LEAST_KEY = 32
"""Bytes that a key has at least."""
LEAST_LIFE = timedelta(hours=4)
"""So long after the start of its run what a drill makes expires, or later where drills may last longer."""
_FORM = "drd-seal/v1"


def life_of(longest: timedelta) -> timedelta:
    """Give how long what a drill makes may live: never shorter than the drill itself may last."""
    return max(LEAST_LIFE, longest)


@dataclass(frozen=True, slots=True)
class DrillSeal:
    """Makes and checks seals with one installation's key: HMAC-SHA256 over the group's ARM id, run and expiry.

    Who moves a tag to another group, another run or another instant has a seal that does not fit. Who knows the key
    can seal anything: only the daemon and the reaper read it.
    """

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a key that could be guessed. Raises InvalidError."""
        if len(self.key) < LEAST_KEY:
            hint = "make one: head -c 32 /dev/urandom | base64"
            raise InvalidError(f"the key of the drill seal is shorter than {LEAST_KEY} characters", hint=hint)

    def tags(self, group: ArmId, tags: Mapping[str, str]) -> dict[str, str]:
        """Give the tags of a group that is about to be made, with its seal; without an expiry nothing is sealed."""
        if EXPIRES_TAG not in tags:
            return dict(tags)
        return {**tags, SEAL_TAG: self._made(group, tags)}

    def fits(self, group: ArmId, tags: Mapping[str, str]) -> bool:
        """Say whether this very group was sealed with this key, for the run and the expiry that its tags name."""
        if RUN_TAG not in tags or EXPIRES_TAG not in tags:
            return False
        return hmac.compare_digest(self._made(group, tags).encode(), tags.get(SEAL_TAG, "").encode())

    def _made(self, group: ArmId, tags: Mapping[str, str]) -> str:
        # ARM ids mean the same in any case; a line break cannot be part of one, nor of a tag that drd wrote.
        said = "\n".join((_FORM, group.key, tags[RUN_TAG], tags[EXPIRES_TAG]))
        return hmac.new(self.key, said.encode(), "sha256").hexdigest()
