"""Asks the daemon about evidence."""

from collections.abc import Iterator

from drd.api.wire.evidence import ChainHeadShape, EvidenceCardShape, EvidenceLinesShape, EvidenceShape
from drd.api.wire.statement import AdditionBody, ExerciseBody
from drd.cli.client import Connected, part
from drd.domain.evidence import ChainHead, EvidenceKind


class Evidence(Connected):
    """Asks for records of evidence."""

    def list(self, *, service: str | None, kind: EvidenceKind | None, newest: int) -> list[EvidenceCardShape]:
        """Ask for records, newest first."""
        query = {"service": service, "kind": kind.value if kind else None, "newest": str(newest)}
        return self._ask(list[EvidenceCardShape], "GET", "/evidence", query=query)

    def show(self, record: str) -> EvidenceShape:
        """Ask for one record."""
        return self._ask(EvidenceShape, "GET", f"/evidence/{part(record)}")

    def exercise(self, body: ExerciseBody) -> EvidenceShape:
        """Have an exercise recorded."""
        return self._ask(EvidenceShape, "POST", "/evidence/exercises", body=body)

    def addition(self, body: AdditionBody) -> EvidenceShape:
        """Have something added to a record."""
        return self._ask(EvidenceShape, "POST", "/evidence/additions", body=body)

    def head(self) -> ChainHead:
        """Ask where the chain ends."""
        shape = self._ask(ChainHeadShape, "GET", "/evidence/head")
        return ChainHead(shape.installation, shape.sequence, shape.hash)

    def lines(self, head: ChainHead) -> Iterator[bytes]:
        """Ask for every record up to a head, page by page, and give the lines of its file, with the seal."""
        last, more = 0, head.sequence > 0
        while more:
            query = {"after": str(last), "until": str(head.sequence)}
            page = self._ask(EvidenceLinesShape, "GET", "/evidence/lines", query=query)
            yield from (f"{line}\n".encode() for line in page.lines)
            last, more = page.last, bool(page.lines)
        yield f"{head.seal()}\n".encode()
