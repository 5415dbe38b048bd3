"""How much there is of everything, at one instant: of the daemon, not of the sandbox that shares its process."""

import asyncio
import gc
import os
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, ModuleType
from typing import Any

_MEBIBYTE = 1024 * 1024
_OURS, _WORLD = "drd.", ("drd.sandbox", "proofs.")
_SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType, CodeType, FrameType, asyncio.AbstractEventLoop)
"""What belongs to the process, and not to a daemon: nothing behind it is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measurement.

    Attributes:
        resident: MiB of the whole process, the sandbox included.
        held: MiB that can be reached from the daemon, by what Python says of each object.
        objects: of drd's own types, the sandbox's left out.
        tasks, files: of the event loop; open ones of the process.
        kept, stored: files under the daemon's folder, and MiB in them.
    """

    resident: float
    held: float
    objects: int
    tasks: int
    files: int
    kept: int
    stored: float

    def __str__(self) -> str:
        """Say it in a line."""
        return (
            f"rss {self.resident:.0f} MiB, held {self.held:.1f} MiB, objects {self.objects}, tasks {self.tasks},"
            f" open files {self.files}, stored {self.stored:.1f} MiB in {self.kept} files"
        )


def measure(daemon: object, folder: Path) -> Measured:
    """Measure now, after a collection of garbage."""
    gc.collect()
    inside = [each for each in folder.rglob("*") if each.is_file()]
    return Measured(
        resident=_resident(),
        held=_held(daemon) / _MEBIBYTE,
        objects=sum(count for _, count in counted().items()),
        tasks=len(asyncio.all_tasks()),
        files=len(list(Path("/proc/self/fd").iterdir())),
        kept=len(inside),
        stored=sum(each.stat().st_size for each in inside) / _MEBIBYTE,
    )


def counted() -> Counter[str]:
    """Count the objects of drd's own types, the sandbox's left out, by type."""
    found: Counter[str] = Counter()
    for one in gc.get_objects():
        module = type(one).__module__
        if isinstance(module, str) and module.startswith(_OURS) and not module.startswith(_WORLD):
            found[f"{module}.{type(one).__qualname__}"] += 1
    return found


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MEBIBYTE


def _held(root: object) -> int:
    """Give the bytes of what can be reached from an object, without what belongs to the process or to the sandbox."""
    modules = {id(vars(each)) for each in list(sys.modules.values())}
    seen, total, waiting = {id(root)}, 0, [root]
    while waiting:
        one = waiting.pop()
        total += sys.getsizeof(one, 0)
        for other in _next(one):
            if id(other) not in seen and id(other) not in modules and _counts(other):
                seen.add(id(other))
                waiting.append(other)
    return total


def _next(one: object) -> Iterable[Any]:
    return gc.get_referents(one)


def _counts(one: object) -> bool:
    module = type(one).__module__
    return not isinstance(one, _SHARED) and not (isinstance(module, str) and module.startswith(_WORLD))
