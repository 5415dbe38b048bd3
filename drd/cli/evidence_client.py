"""Asks the daemon about evidence."""

from collections.abc import Iterator
from typing import Self

from drd.api.wire.evidence import ChainHeadShape, EvidenceCardShape, EvidenceLinesShape, EvidenceShape
from drd.cli.client import Connection, part
from drd.cli.common import Common
from drd.domain.evidence import ChainHead, EvidenceKind


class Evidence:
    """A connection to the daemon. Use it with `with`."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection; nothing is sent yet."""
        self._connection = connection

    @classmethod
    def of(cls, common: Common) -> Self:
        """Connect as the common options say."""
        return cls(Connection(common.socket_path(), common.as_))

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the connection."""
        self._connection.close()

    def list(self, *, service: str | None, kind: EvidenceKind | None, newest: int) -> list[EvidenceCardShape]:
        """Ask for records, newest first."""
        query = {"service": service, "kind": kind.value if kind else None, "newest": str(newest)}
        return self._connection.ask(list[EvidenceCardShape], "GET", "/evidence", query=query)

    def show(self, record: str) -> EvidenceShape:
        """Ask for one record."""
        return self._connection.ask(EvidenceShape, "GET", f"/evidence/{part(record)}")

    def head(self) -> ChainHead:
        """Ask where the chain ends."""
        shape = self._connection.ask(ChainHeadShape, "GET", "/evidence/head")
        return ChainHead(shape.installation, shape.sequence, shape.hash)

    def lines(self, head: ChainHead) -> Iterator[bytes]:
        """Ask for every record up to a head, page by page, and give the lines of its file, with the seal."""
        last, more = 0, head.sequence > 0
        while more:
            query = {"after": str(last), "until": str(head.sequence)}
            page = self._connection.ask(EvidenceLinesShape, "GET", "/evidence/lines", query=query)
            yield from (f"{line}\n".encode() for line in page.lines)
            last, more = page.last, bool(page.lines)
        yield f"{head.seal()}\n".encode()
