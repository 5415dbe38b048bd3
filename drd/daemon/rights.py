"""Which rights in Azure the runbooks of a folder need: what their actions and checks declare, and no more."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from drd.daemon.catalogue import Actions, Checks
from drd.daemon.discovery import actions, checks
from drd.domain.plan import Mode
from drd.providers.azure.roles import PURPOSES, role
from drd.runbook.needs import used_in
from drd.runbook.vocabulary import Vocabulary

# What a run takes back by itself when it cleans up, beside the `undo` that its file names.
_WAYS_BACK = {
    "resource-group.create": "resource-group.delete",
    "asr.test-failover": "asr.test-cleanup",
    "asr.failover": "asr.cancel-failover",
}


def role_of(folder: Path, modes: Iterable[Mode]) -> Mapping[str, Any]:
    """Give the least role for the runbooks of a folder in some modes, in the form of Azure's custom roles.

    Raises:
        NotFoundError: the folder holds no runbook.
        InvalidError: with every fault of the runbooks and its place.
    """
    verbs, questions = Actions(actions()), Checks(checks())
    wanted = frozenset(modes)
    used = used_in(folder, Vocabulary(verbs, questions), wanted)
    used |= {_WAYS_BACK[name] for name in used if name in _WAYS_BACK}
    needed = {operation for name in used for operation in _needs(name, verbs, questions)}
    spelled = {operation.casefold(): operation for operation in sorted({*needed, *PURPOSES["observer"].actions})}
    words = ", ".join(sorted(mode.value for mode in wanted))
    return role(
        f"drd {words}",
        f"What the runbooks of drd need in mode {words}, and what drd looks at all day.",
        sorted(spelled.values(), key=str.casefold),
    )


def _needs(name: str, verbs: Actions, questions: Checks) -> tuple[str, ...]:
    if name in questions.names():
        return questions.permissions(name)
    return verbs.permissions(name) if name in verbs.names() else ()
