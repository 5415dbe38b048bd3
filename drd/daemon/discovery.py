"""Finds what is known because it is there: each file of a discovered folder, by the typed constant at its end.

The only place in drd that imports by name. Nothing is imported before it is asked for: a provider when it is opened,
an action when the catalogue of actions is made, and no action knows a provider.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar

from drd.domain.errors import NotFoundError, PermanentError
from drd.ports.action import Verb
from drd.ports.capabilities import Opener
from drd.ports.check import Question

T = TypeVar("T")

CHECK_PREFIX = "check."


@dataclass(frozen=True, slots=True)
class Folder:
    """A discovered folder.

    Attributes:
        package: its dotted name.
        constant: the name of the constant at the end of each file; empty where it is the file's own name in capitals.
    """

    package: str
    constant: str = ""

    def constant_of(self, member: str) -> str:
        """Give the name of a file's constant."""
        return self.constant or member.upper()


ACTIONS = Folder("drd.actions", "ACTION")
CHECKS = Folder("drd.checks", "CHECK")
PROVIDERS = Folder("drd.providers", "PROVIDER")
FAMILIES = Folder("drd.metrics.families", "FAMILY")
ROUTES = Folder("drd.api.routes", "ROUTES")
COMMANDS = Folder("drd.cli.commands")


def actions(folder: Folder = ACTIONS) -> tuple[Verb[Any], ...]:
    """Give every verb, by name.

    Raises:
        PermanentError: a file without its constant, of another name than its verb, or two of one name.
    """
    found = tuple(constants(folder, Verb))
    _check_names(folder, {member: verb.name for member, verb in found})
    return tuple(sorted((verb for _, verb in found), key=lambda verb: verb.name))


def checks(folder: Folder = CHECKS) -> tuple[Question[Any], ...]:
    """Give every question, by name. Raises as `actions`."""
    found = tuple(constants(folder, Question))
    for member, question in found:
        if not question.name.startswith(CHECK_PREFIX):
            raise _refused(folder, member, f"is called {question.name!r}", f"its name begins with {CHECK_PREFIX}")
    _check_names(folder, {member: question.name for member, question in found}, CHECK_PREFIX)
    return tuple(sorted((question for _, question in found), key=lambda question: question.name))


def opener(name: str, folder: Folder = PROVIDERS) -> Opener:
    """Give the opener of the one provider that is named, and import no other.

    Raises:
        NotFoundError: there is no provider of this name.
        PermanentError: its `provider.py` does not end with its constant.
    """
    if name not in members(folder):
        raise NotFoundError(
            f"there is no provider {name!r}", hint=f"there is: {', '.join(members(folder)) or 'none'}", target=name
        )
    module = importlib.import_module(f"{folder.package}.{name}.provider")
    return _constant(folder, f"{name}/provider", module, Opener)


def families(kind: type[T]) -> tuple[T, ...]:
    """Give every metric family. Raises PermanentError as `constants`."""
    return tuple(family for _, family in constants(FAMILIES, kind))


def routes(kind: type[T]) -> tuple[T, ...]:
    """Give every group of API routes. Raises PermanentError as `constants`."""
    return tuple(found for _, found in constants(ROUTES, kind))


def spanner(kind: type[T]) -> T:
    """Give what makes spans of runs. Raises ModuleNotFoundError where the extra that it needs is not installed."""
    folder = Folder("drd.tracing", "SPANS")
    return _constant(folder, "spans", importlib.import_module(f"{folder.package}.spans"), kind)


def command(name: str, kind: type[T]) -> T:
    """Give one command group; only its own file is imported. Raises NotFoundError, PermanentError."""
    if name not in members(COMMANDS):
        raise NotFoundError(f"there is no command {name!r}", target=name, hint=", ".join(members(COMMANDS)))
    return _constant(COMMANDS, name, importlib.import_module(f"{COMMANDS.package}.{name}"), kind)


def members(folder: Folder) -> tuple[str, ...]:
    """Name the files of a folder, in order, without importing them."""
    package = importlib.import_module(folder.package)
    return tuple(sorted(each.name for each in pkgutil.iter_modules(package.__path__)))


def constants(folder: Folder, kind: type[T]) -> Iterator[tuple[str, T]]:
    """Import each file of a folder and give its constant.

    Raises:
        PermanentError: a file whose constant is missing or of another kind.
    """
    for member in members(folder):
        module = importlib.import_module(f"{folder.package}.{member}")
        yield member, _constant(folder, member, module, kind)


def _constant(folder: Folder, member: str, module: ModuleType, kind: type[T]) -> T:
    name = folder.constant_of(member)
    found = getattr(module, name, None)
    if not isinstance(found, kind):
        seen = "is missing" if found is None else f"is a {type(found).__name__}"
        raise _refused(folder, member, f"its {name} {seen}", f"end the file with {name} = {kind.__name__}(...)")
    return found


def _check_names(folder: Folder, names: dict[str, str], prefix: str = "") -> None:
    for member, name in names.items():
        plain = name.removeprefix(prefix).replace(".", "_").replace("-", "_")
        if plain != member:
            raise _refused(folder, member, f"is called {name!r}", f"name the file {plain}.py")
    if len(set(names.values())) != len(names):
        twice = min(name for name in names.values() if list(names.values()).count(name) > 1)
        raise _refused(
            folder, twice, "stands there twice", "two names that differ only in dots and dashes are one file"
        )


def _refused(folder: Folder, member: str, what: str, hint: str) -> PermanentError:
    return PermanentError(
        f"a discovered file is not as it must be: {what}",
        target=f"{folder.package.replace('.', '/')}/{member}.py",
        hint=hint,
        code="discovery-refused",
    )
