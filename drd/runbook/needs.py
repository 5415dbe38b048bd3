"""What the runbooks of a folder use in some modes: the names of their actions and checks."""

import pathlib
from collections.abc import Iterator
from typing import Any

from drd.document import Refused
from drd.domain.errors import InvalidError, NotFoundError
from drd.domain.plan import Mode
from drd.runbook.file import RunbookFile
from drd.runbook.loader import load
from drd.runbook.vocabulary import Vocabulary


def used_in(folder: pathlib.Path, vocabulary: Vocabulary, modes: frozenset[Mode]) -> frozenset[str]:
    """Give the names that follow `uses:`, without the parts that belong to other modes.

    Raises:
        NotFoundError: the folder holds no runbook.
        InvalidError: with every fault of the runbooks and its place.
    """
    words = {mode.value for mode in modes}
    files = _files(folder, vocabulary)
    return frozenset(name for file in files for name in _used(file.model_dump(mode="json"), words))


def _files(folder: pathlib.Path, vocabulary: Vocabulary) -> list[RunbookFile]:
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
