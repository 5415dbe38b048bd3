"""What an identity may do at a scope, and whether that is enough."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One role that is held: patterns of operations that it gives, and of those that it leaves out.

    What one role leaves out, another may give.
    """

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()

    def allows(self, operation: str) -> bool:
        """Say whether the role gives an operation."""
        given = any(_fits(pattern, operation) for pattern in self.actions)
        return given and not any(_fits(pattern, operation) for pattern in self.not_actions)


def missing_from(grants: Iterable[Grant], operations: Iterable[str]) -> tuple[str, ...]:
    """Give the operations that no role gives, in order."""
    held = tuple(grants)
    return tuple(sorted({each for each in operations if not any(grant.allows(each) for grant in held)}))


def _fits(pattern: str, operation: str) -> bool:
    return _compiled(pattern.casefold()).fullmatch(operation.casefold()) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")))
