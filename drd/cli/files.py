"""Files that people name: what goes wrong with one is theirs to mend, and no defect of drd."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from drd.cli.faults import usage_error
from drd.domain.errors import ConflictError, NotFoundError


@contextlib.contextmanager
def writing(file: Path) -> Iterator[None]:
    """Write a file inside. Raises ConflictError where it cannot be written."""
    try:
        yield
    except OSError as error:
        message = f"the file cannot be written: {error.strerror}"
        raise ConflictError(message, target=str(file), hint="check the folder and its rights") from error


@contextlib.contextmanager
def reading(file: Path) -> Iterator[None]:
    """Read a file inside.

    Raises:
        NotFoundError: there is none.
        CommandError: it is there, and cannot be read.
    """
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise NotFoundError("there is no such file", target=str(file)) from error
    except OSError as error:
        raise usage_error(
            f"{file}: the file cannot be read: {error.strerror}", "check its name and its rights"
        ) from error
