"""Evidence: records of what was done and measured, chained by hash, and checked by anybody."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

from cyclopts import Parameter

from drd.api.wire.evidence import EvidenceShape
from drd.cli.common import DEFAULT, Common
from drd.cli.evidence_client import Evidence
from drd.cli.exits import Exit
from drd.cli.faults import usage_error
from drd.cli.files import reading, writing
from drd.cli.group import command_group
from drd.cli.verify_evidence import Chain, notes_of
from drd.cli.verify_evidence import verify as verify_lines
from drd.domain.errors import ConflictError
from drd.domain.evidence import ChainHead, EvidenceKind

VERIFIER = "verify_evidence.py"


def list_(
    *,
    service: str | None = None,
    kind: Annotated[EvidenceKind | None, Parameter()] = None,
    newest: int = 50,
    common: Common = DEFAULT,
) -> int:
    """List records, newest first, and where the chain ends: note that line elsewhere.

    Args:
        service: only those of this service.
        kind: only those of this kind.
        newest: how many at most.
    """
    from drd.cli.evidence_view import evidence_sheet
    from drd.cli.output import emit
    from drd.cli.words import words_of

    with Evidence.of(common) as evidence:
        records, head = evidence.list(service=service, kind=kind, newest=newest), evidence.head()
    emit(common, records, lambda: (evidence_sheet(words_of(common), records, head),))
    return Exit.OK


def show(record: str, *, common: Common = DEFAULT) -> int:
    """Show one record; everything that it says with -o json.

    Args:
        record: its number, its id or the beginning of it, or the id of its run.
    """
    from drd.cli.evidence_view import record_sheet
    from drd.cli.output import emit
    from drd.cli.words import words_of

    with Evidence.of(common) as evidence:
        shape = evidence.show(record)
    emit(common, shape, lambda: (record_sheet(words_of(common), shape),))
    return Exit.OK


def exercise(file: Path, *, common: Common = DEFAULT) -> int:
    """Record an exercise that people held, as a file tells it (exercise/v1). Told twice it is one record.

    Args:
        file: what people filled in; docs/evidence.md has one.
    """
    from drd.api.wire.statement import ExerciseBody
    from drd.cli.told_file import read_told

    body = read_told(file, ExerciseBody)
    with Evidence.of(common) as evidence:
        return _recorded(common, evidence.exercise(body))


def addition(file: Path, *, common: Common = DEFAULT) -> int:
    """Record what people add to the record of a run, as a file tells it (addition/v1). Told twice it is one record.

    Args:
        file: what people filled in; docs/evidence.md has one.
    """
    from drd.api.wire.statement import AdditionBody
    from drd.cli.told_file import read_told

    body = read_told(file, AdditionBody)
    with Evidence.of(common) as evidence:
        return _recorded(common, evidence.addition(body))


def _recorded(common: Common, shape: EvidenceShape) -> int:
    from drd.cli.evidence_view import record_sheet
    from drd.cli.output import emit, tell
    from drd.cli.words import words_of

    words = words_of(common)
    emit(common, shape, lambda: (record_sheet(words, shape),))
    tell(common, words.say("evidence-recorded", sequence=shape.sequence, record=shape.record["id"]))
    return Exit.OK


def export(*, to: Path, checkpoint: Path | None = None, common: Common = DEFAULT) -> int:
    """Write every record to a file, and beside it the program that checks it without drd.

    Args:
        to: the file. One that is there is not overwritten.
        checkpoint: a file to which a line is added that says where the chain ends; keep it elsewhere.
    """
    from drd.cli.evidence_view import verified
    from drd.cli.output import tell
    from drd.cli.words import words_of

    with writing(to):
        is_there = to.exists()
    if is_there:
        raise ConflictError("the file is there already", target=str(to), hint="name another one with --to")
    words, verifier, partial = words_of(common), to.parent / VERIFIER, to.with_name(f"{to.name}.partial")
    with Evidence.of(common) as evidence, writing(to):
        head = evidence.head()
        with partial.open("wb") as file:
            chain = verify_lines(_written(evidence, head, file), withheld=True)
        partial.replace(to)
        verifier.write_bytes(Path(__file__).parent.with_name(VERIFIER).read_bytes())
    said = verified(words, chain, str(to))
    if checkpoint is not None and head.sequence:
        with writing(checkpoint), checkpoint.open("a", encoding="utf-8") as notes:
            notes.write(f"{head.checkpoint()}\n")
    tell(common, words.say("evidence-exported", file=str(to), verifier=str(verifier)))
    tell(common, said)
    return Exit.OK


def verify(
    file: Path | None = None,
    *,
    checkpoint: Path | None = None,
    withheld: Annotated[bool, Parameter(negative="")] = False,
    common: Common = DEFAULT,
) -> int:
    """Verify a file of evidence, without a daemon; or, where none is named, what the daemon has stored.

    Args:
        file: as `drd evidence export` wrote it.
        checkpoint: a file with lines INSTALLATION NUMBER HASH, noted earlier and kept elsewhere.
        withheld: records of others may be withheld in the file.
    """
    from drd.cli.evidence_view import verified
    from drd.cli.output import emit, tell
    from drd.cli.words import words_of

    notes = _notes(checkpoint)
    chain = _of_file(file, notes, withheld=withheld) if file else _of_daemon(common, notes)
    said = verified(words_of(common), chain, str(file or common.socket_path()))
    data = {
        "installation": chain.installation,
        "records": chain.records,
        "withheld": chain.withheld,
        "head": chain.head,
    }
    emit(common, data, lambda: ())
    tell(common, said)
    return Exit.OK


def _notes(checkpoint: Path | None) -> list[tuple[str, int, str]]:
    if checkpoint is None:
        return []
    try:
        with reading(checkpoint):
            return notes_of(checkpoint.read_text(encoding="utf-8"))
    except ValueError as error:
        raise usage_error(f"{checkpoint}: {error}", "`drd evidence export --checkpoint FILE` writes one") from error


def _of_file(file: Path, notes: list[tuple[str, int, str]], *, withheld: bool) -> Chain:
    with reading(file), file.open("rb") as lines:
        return verify_lines(lines, notes, withheld=withheld)


def _of_daemon(common: Common, notes: list[tuple[str, int, str]]) -> Chain:
    with Evidence.of(common) as evidence:
        return verify_lines(evidence.lines(evidence.head()), notes, withheld=True)


def _written(evidence: Evidence, head: ChainHead, file: BinaryIO) -> Iterator[bytes]:
    for line in evidence.lines(head):
        file.write(line)
        yield line


EVIDENCE = command_group(
    "evidence",
    "Evidence: records of what was done and measured, chained by hash, and checked by anybody.",
    list_,
    show,
    export,
    verify,
    command_group(
        "record", "Record what people tell: an exercise, or what a record could not know.", exercise, addition
    ),
)
