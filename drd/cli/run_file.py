"""A run as a file of its own: write one, and verify one without a daemon."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from drd.cli.client import Daemon
from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.files import reading, writing


def export(run: str, *, to: Path | None = None, common: Common = DEFAULT) -> int:
    """Write a run to a sealed file that outlives the database: plan, events, hash chain, ledger.

    Args:
        run: its id, or the beginning of it.
        to: the file; RUN.jsonl here by default. One that is there is not overwritten.
    """
    from drd.cli.output import tell
    from drd.cli.words import words_of
    from drd.domain.archive import read
    from drd.domain.errors import ConflictError

    with Daemon.of(common) as daemon:
        content = daemon.archive(run).encode("utf-8")
    archive = read(content, name=run)
    file = to or Path(f"{archive.run}.jsonl")
    with writing(file):
        try:
            with file.open("xb") as out:
                out.write(content)
        except FileExistsError as error:
            hint = "name another one with --to"
            raise ConflictError("the file is there already", target=str(file), hint=hint) from error
    tell(common, words_of(common).say("exported-run", run=archive.run, file=str(file), events=len(archive.events)))
    return Exit.OK


def verify(file: Annotated[Path, Parameter()], *, common: Common = DEFAULT) -> int:
    """Verify the file of a run: its seal, its chain, its plan, and its figures, computed again. Asks no daemon.

    Args:
        file: as `drd run export` wrote it, or as it left the database.
    """
    from drd.cli.output import emit, tell
    from drd.cli.words import words_of
    from drd.domain.archive import read

    with reading(file):
        content = file.read_bytes()
    archive = read(content, name=file.name)
    plan = archive.events[0].payload.get("plan")
    data = {
        "run": archive.run,
        "state": archive.state.value,
        "events": len(archive.events),
        "plan": plan,
        "last-hash": archive.events[-1].hash,
        "archived-at": archive.archived_at,
    }
    emit(common, data, lambda: ())
    words = words_of(common)
    tell(common, words.say("verified-run", run=archive.run, events=len(archive.events), hash=archive.events[-1].hash))
    return Exit.OK


FILES = (export, verify)
