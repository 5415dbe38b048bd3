"""Which rights in Azure the runbooks of a folder need: what their actions and checks declare, and no more."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from drd.daemon.catalogue import Actions, Checks
from drd.daemon.discovery import actions, checks
from drd.document import Refused
from drd.domain.errors import InvalidError, NotFoundError
from drd.domain.plan import Mode
from drd.providers.azure.roles import PURPOSES, role
from drd.runbook.file import RunbookFile
from drd.runbook.loader import load
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
    used: set[str] = set()
    for file in _files(folder, Vocabulary(verbs, questions)):
        used |= set(_used(file.model_dump(mode="json"), {mode.value for mode in wanted}))
    used |= {_WAYS_BACK[name] for name in used if name in _WAYS_BACK}
    needed = {operation for name in used for operation in _needs(name, verbs, questions)}
    spelled = {operation.casefold(): operation for operation in sorted({*needed, *PURPOSES["observer"].actions})}
    words = ", ".join(sorted(mode.value for mode in wanted))
    return role(
        f"drd {words}",
        f"What the runbooks of drd need in mode {words}, and what drd looks at all day.",
        sorted(spelled.values(), key=str.casefold),
    )


def _files(folder: Path, vocabulary: Vocabulary) -> list[RunbookFile]:
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        hint = "name the folder with --runbooks; a runbook is a file that ends in .yaml"
        raise NotFoundError("there is no runbook", target=str(folder), hint=hint)
    found, faults = [], []
    for path in paths:
        try:
            found.append(load(path, vocabulary).file)
        except Refused as refused:
            faults += [str(fault) for fault in refused.faults]
    if faults:
        hint = "`drd runbook check` shows every fault with its line"
        raise InvalidError("the runbooks cannot be read", faults=tuple(faults), target=str(folder), hint=hint)
    return found


def _used(value: Any, modes: set[str]) -> Iterator[str]:  # noqa: ANN401 - any part of a file
    """Yield what a part of a file uses in some modes; parts of other modes are left out."""
    if isinstance(value, dict):
        own = value.get("modes")
        if own and not modes & set(own):
            return
        if isinstance(value.get("uses"), str):
            yield value["uses"]
        for inner in value.values():
            yield from _used(inner, modes)
    elif isinstance(value, list):
        for inner in value:
            yield from _used(inner, modes)


def _needs(name: str, verbs: Actions, questions: Checks) -> tuple[str, ...]:
    if name in questions.names():
        return questions.permissions(name)
    return verbs.permissions(name) if name in verbs.names() else ()
