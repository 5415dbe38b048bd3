"""Starts a program and measures it from outside: time, CPU, peak memory of it and of everything it starts."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_LOOK_SECONDS = 0.05
_KIB = 1024
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a program took. `peak_mib` counts pages that processes share once."""

    output: str
    seconds: float
    cpu_seconds: float
    peak_mib: float
    code: int


def measured(command: Sequence[str], *, folder: Path | None = None, check: bool = True) -> Measured:
    """Run a program to its end.

    Raises:
        RuntimeError: if it failed and `check` is true.
    """
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "PYTHONDONTWRITEBYTECODE": ""}
    began = time.perf_counter()
    child = subprocess.Popen(
        list(command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder, env=environment
    )
    tree = _Tree(child.pid)
    watcher = threading.Thread(target=tree.watch, daemon=True)
    watcher.start()
    errors: list[str] = []
    reader = threading.Thread(target=lambda: errors.append(child.stderr.read() if child.stderr else ""), daemon=True)
    reader.start()
    output = child.stdout.read() if child.stdout else ""
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    tree.over.set()
    watcher.join()
    reader.join()
    for pipe in (child.stdout, child.stderr):
        if pipe:
            pipe.close()
    if check and child.returncode:
        raise RuntimeError(f"{command} ended with {child.returncode}: {errors[0][-2000:]}")
    return Measured(
        output=output,
        seconds=seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_mib=max(tree.peak / _MIB, usage.ru_maxrss / _KIB),
        code=child.returncode,
    )


def python(environment: str = "") -> str:
    """Give the interpreter of an environment beside the checkout, or this one."""
    return str(Path(environment).absolute() / "bin" / "python") if environment else sys.executable


class _Tree:
    """The memory of a process and its descendants, looked at now and then."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self.peak = 0
        self.over = threading.Event()

    def watch(self) -> None:
        """Look until told that it is over."""
        while not self.over.wait(_LOOK_SECONDS):
            self.peak = max(self.peak, self._now())

    def _now(self) -> int:
        total = 0
        try:
            for process in [self._root, *self._root.children(recursive=True)]:
                total += int(process.memory_full_info().pss)
        except (psutil.Error, FileNotFoundError):
            return 0
        return total
