"""Reads faults: one from the body of a control request, or many from a file, all or none."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from drd.document import Document, Path, Refused, blanks_in, faults_of, parse
from drd.document import Fault as Mistake
from drd.sandbox.errors import ArmError
from drd.sandbox.faults.fault import Fault
from drd.sandbox.faults.model import FaultModel
from drd.sandbox.faults.term import Strict
from drd.sandbox.wire import JsonObject

Shape = TypeVar("Shape", bound=BaseModel)
Result = TypeVar("Result")

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class FaultFile(Strict):
    """Faults that are ordered together."""

    drd: Literal["fault/v1"]
    """The version of this form."""
    faults: list[FaultModel]
    """What goes wrong, in the order in which it is asked."""


def fault_schema() -> dict[str, Any]:
    """Give the JSON Schema of files with faults, for editors."""
    return {"$schema": _DIALECT, **FaultFile.model_json_schema(), "title": "drd fault/v1"}


def parse_faults(text: str, name: str) -> list[FaultModel]:
    """Read a text as if it were the file `name`.

    Raises:
        Refused: with every mistake, each as file:line:column.
    """
    document = parse(text, name)
    file = checked(document, FaultFile)
    mistakes = [each for place, one in enumerate(file.faults) for each in mistakes_in(document, one, ("faults", place))]
    if mistakes:
        raise Refused(mistakes)
    return file.faults


def checked(document: Document, shape: type[Shape]) -> Shape:
    """Return a document as a shape.

    Raises:
        Refused: with every mistake that the shape shows, blanks included.
    """
    blanks = blanks_in(document)
    try:
        found = shape.model_validate(document.value)
    except ValidationError as error:
        complaints = [each for each in error.errors(include_url=False) if each["loc"] or not blanks]
        raise Refused([*blanks, *faults_of(document, complaints, shape.model_json_schema())]) from error
    if blanks:
        raise Refused(blanks)
    return found


def mistakes_in(document: Document, fault: FaultModel, at: Path) -> Iterator[Mistake]:
    """Yield what does not go together in the fault that stands at a path."""
    for member, message, hint in fault.complaints():
        yield document.fault((*at, member) if member else at, message, hint, key=bool(member))


def read_faults(body: JsonObject) -> list[FaultModel]:
    """Return the faults of a control request: one, or `{"faults": [...]}`, or a file's `{"text", "file"}`.

    Raises:
        ArmError: 400, with every mistake; nothing is to be ordered then.
    """
    if "text" in body:
        return refusing("InvalidFault", lambda: parse_faults(str(body["text"]), str(body.get("file", "faults"))))
    given = body["faults"] if set(body) == {"faults"} else [body]
    text = json.dumps({"drd": "fault/v1", "faults": given})
    return refusing("InvalidFault", lambda: parse_faults(text, ""), placed=False)


def read_fault(body: JsonObject, at: datetime) -> Fault:
    """Return the fault that a control request describes, as it is ordered at an instant.

    Raises:
        ArmError: 400, with every mistake.
    """
    return read_faults(body)[0].fault(at)


def refusing(code: str, work: Callable[[], Result], *, placed: bool = True) -> Result:
    """Do some reading for a control request; what is wrong becomes its refusal.

    Args:
        code: of the refusal.
        work: reads.
        placed: whether the places mean something to whoever sent the request, as those in a file do.

    Raises:
        ArmError: 400, with every mistake in `faults`.
    """
    try:
        return work()
    except Refused as refused:
        lines = [each.rendered() if placed else f"{each.message} (hint: {each.hint})" for each in refused.faults]
        message = "\n".join(str(each) if placed else f"{each.message} (hint: {each.hint})" for each in refused.faults)
        raise ArmError(400, code, message, more={"faults": lines}) from refused
