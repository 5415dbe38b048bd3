"""Reads a runbook file: every fault at once, each with its place and a hint."""

import pathlib
from dataclasses import dataclass

from pydantic import ValidationError

from drd.document import Document, Fault, Refused, blanks_in, faults_of, incomplete_maps, read
from drd.domain.language import Language
from drd.runbook.file import RunbookFile
from drd.runbook.lint import Lint
from drd.runbook.vocabulary import Vocabulary

LANGUAGES = tuple(language.value for language in Language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A runbook that can be planned.

    Attributes:
        findings: what does not stop it, such as a text that lacks a language.
    """

    document: Document
    file: RunbookFile
    findings: tuple[Fault, ...]


def load(path: pathlib.Path, vocabulary: Vocabulary) -> Loaded:
    """Read `.../ID.yaml`.

    Raises:
        Refused: with every fault of the file.
    """
    return loaded(read(path), path.stem, vocabulary)


def loaded(document: Document, stem: str, vocabulary: Vocabulary) -> Loaded:
    """Check a document that was read before, as if its file were called `stem`.

    Raises:
        Refused: with every fault of the file.
    """
    faults = blanks_in(document)
    try:
        file = RunbookFile.model_validate(document.value)
    except ValidationError as error:
        complaints = [each for each in error.errors(include_url=False) if each["loc"] or not faults]
        raise Refused([*faults, *faults_of(document, complaints, RunbookFile.model_json_schema())]) from error
    faults += [] if faults else Lint(document, file, vocabulary).faults(stem)
    if faults:
        raise Refused(faults)
    return Loaded(document=document, file=file, findings=tuple(incomplete_maps(document, LANGUAGES[0], LANGUAGES)))
