"""The same 1,000 steps that do nothing as one dbos workflow on SQLite or PostgreSQL.

Runs in the environment of requirements/bench.txt. dbos keeps SQLite's default journal mode (a rollback
journal, synchronous FULL) and commits each step's end alone; on PostgreSQL too.
"""

import asyncio
import json
import logging
import sys
import tempfile
import time
from pathlib import Path

from dbos import DBOS, DBOSConfig

logging.disable(logging.CRITICAL)


_FEW = 5


@DBOS.step()
async def nothing(number: int) -> int:
    """Do nothing."""
    return number


@DBOS.workflow()
async def chain(steps: int) -> int:
    """Do nothing, one step after the other."""
    for number in range(steps):
        await nothing(number)
    return steps


@DBOS.workflow()
async def side_by_side(steps: int) -> int:
    """Do nothing, all steps at once."""
    await asyncio.gather(*(nothing(number) for number in range(steps)))
    return steps


async def _run(workflow: object, steps: int) -> None:
    handle = await DBOS.start_workflow_async(workflow, steps)
    await handle.get_result(polling_interval_sec=0.01)


def main() -> None:
    """`dbos_workflow.py PLACE STEPS chain|side-by-side`, in a new file in PLACE or there; prints figures as JSON."""
    given, steps, form = sys.argv[1:]
    on_server = "://" in given
    with tempfile.TemporaryDirectory(dir=None if on_server else given) as place:
        config: DBOSConfig = {
            "name": "bench",
            "system_database_url": given if on_server else f"sqlite:///{Path(place) / 'dbos.sqlite'}",
            "log_level": "CRITICAL",
            "run_admin_server": False,
        }
        DBOS(config=config)
        DBOS.launch()
        chosen = {"chain": chain, "side-by-side": side_by_side}[form]
        # What is done once in a process's life is not counted.
        asyncio.run(_run(chosen, _FEW))
        began, cpu = time.perf_counter(), time.process_time()
        asyncio.run(_run(chosen, int(steps)))
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        print(json.dumps({"seconds": took, "cpu_seconds": cpu}))
        DBOS.destroy()


if __name__ == "__main__":
    main()
