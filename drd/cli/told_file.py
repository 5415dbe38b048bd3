"""Reads the files in which people tell of exercises and runs: every mistake at once, each with its place."""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from drd.api.wire.statement import Statement
from drd.document import Document, Refused, blanks_in, faults_of, read
from drd.domain.errors import InvalidError

T = TypeVar("T", bound=Statement)


def read_told(path: Path, shape: type[T]) -> T:
    """Read a file in its form.

    Raises:
        InvalidError: with every fault, as file:line:column.
    """
    try:
        return _checked(read(path), shape)
    except Refused as refused:
        faults = tuple(fault.rendered() for fault in refused.faults)
        hint = "mend every line and record it again; nothing was recorded"
        raise InvalidError("what was told cannot be read", faults=faults, target=str(path), hint=hint) from refused


def _checked(document: Document, shape: type[T]) -> T:
    blanks = blanks_in(document)
    try:
        told = shape.model_validate(document.value, by_alias=True, by_name=False)
    except ValidationError as error:
        complaints = [each for each in error.errors(include_url=False) if each["loc"] or not blanks]
        raise Refused([*blanks, *faults_of(document, complaints, shape.model_json_schema())]) from error
    if blanks:
        raise Refused(blanks)
    return told
