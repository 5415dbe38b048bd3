"""The shelf: a folder of runbooks, read anew when a file changed, and made into plans."""

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass

from drd.document import Fault, Place, Refused, read, suggestion
from drd.domain.canonical import Json
from drd.domain.errors import InvalidError, NotFoundError
from drd.domain.estate import Tenant
from drd.domain.ids import NAME, RunbookId, ServiceId
from drd.domain.language import Text
from drd.domain.plan import Mode, RecoveryPlan
from drd.domain.probing import unprobed
from drd.ports.runbooks import PlanWish, RunbookCard
from drd.ports.services import Services
from drd.runbook.choosing import NOTHING, Choices
from drd.runbook.file import RunbookFile
from drd.runbook.loader import Loaded, loaded
from drd.runbook.outline import lines_of
from drd.runbook.resolve import Resolver, Target
from drd.runbook.vocabulary import Vocabulary

MOST_LEVELS = 4

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What reading a file gave, and the state of the file then."""

    stamp: Stamp
    loaded: Loaded | None
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """For whom and how a plan is wanted."""

    tenant: Tenant
    mode: Mode
    inputs: Mapping[str, Json]
    choices: Choices = NOTHING


class Shelf:
    """Answers the port `Runbooks` from a folder of `ID.yaml` files."""

    def __init__(self, folder: pathlib.Path, vocabulary: Vocabulary, services: Services) -> None:
        """Look at nothing yet."""
        self._folder = folder
        self._vocabulary = vocabulary
        self._services = services
        self._kept: dict[str, _Kept] = {}

    def list(self) -> tuple[RunbookCard, ...]:
        """Give every runbook found, good or faulty, in order of id."""
        return tuple(self._card(path) for path in self._paths())

    def stamp(self) -> str:
        """Give a text that changes with any runbook's file; reads none."""
        return repr([(path.name, _stamp(path)) for path in self._paths()])

    def plan(self, wish: PlanWish) -> RecoveryPlan:
        """Resolve a runbook against the catalogue as it is now.

        Raises:
            NotFoundError: there is no such runbook or tenant.
            InvalidError: with every fault and its place.
        """
        try:
            found = self._loaded(wish.runbook)
            tenant = self._tenant(wish, found)
            choices = Choices(only=wish.only, skip=wish.skip, point=wish.recovery_point)
            return self._resolve(found, _Asked(tenant, wish.mode, wish.inputs, choices), ())
        except Refused as refused:
            faults = tuple(str(fault) for fault in refused.faults)
            hint = "`drd runbook check` shows every fault with its line"
            raise InvalidError(
                f"the runbook {wish.runbook} cannot be planned in mode {wish.mode.value}: {refused.faults[0].message}",
                faults=faults,
                target=str(refused.faults[0].place),
                hint=hint,
            ) from refused

    def examine(self, path: pathlib.Path) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
        """Check one file, and its plans for every tenant that has its service, in every mode.

        Returns:
            What is wrong, and what should be better: a missing language, a drill that boots in an untried network.
        """
        kept = self._read(path)
        if kept.loaded is None:
            return kept.faults, ()
        file = kept.loaded.file
        needed = [name for name, model in file.inputs.items() if model.default is None]
        faults, notes = ((), ()) if needed else self._planned(kept.loaded)
        return faults, (*kept.loaded.findings, *notes)

    def _planned(self, found: Loaded) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
        tenants = [each for each in self._services.tenants() if _has(each, found.file)]
        if not tenants and found.file.service is not None:
            return (self._unknown_service(found, found.file.service),), ()
        faults: tuple[Fault, ...] = ()
        notes: tuple[Fault, ...] = ()
        for tenant in tenants:
            for mode in found.file.modes:
                try:
                    notes += _untried(found, self._resolve(found, _Asked(tenant, Mode(mode), {}), ()))
                except Refused as refused:
                    faults += refused.faults
        return tuple(dict.fromkeys(faults)), tuple(dict.fromkeys(notes))

    def _paths(self) -> tuple[pathlib.Path, ...]:
        try:
            return tuple(sorted(path for path in self._folder.iterdir() if path.suffix == ".yaml"))
        except OSError:
            return ()

    def _card(self, path: pathlib.Path) -> RunbookCard:
        kept = self._read(path)
        faults = tuple(str(fault) for fault in kept.faults)
        if kept.loaded is None:
            return RunbookCard(
                id=RunbookId(path.stem), title=Text(nl=path.stem), service=None, modes=(), path=str(path), faults=faults
            )
        file = kept.loaded.file
        return RunbookCard(
            id=RunbookId(file.id),
            title=file.title.text(),
            service=ServiceId(file.service) if file.service else None,
            modes=tuple(mode for mode in Mode if mode.value in file.modes),
            path=str(path),
            faults=faults,
            findings=tuple(str(finding) for finding in kept.loaded.findings),
            asks=tuple(name for name, model in file.inputs.items() if model.default is None),
        )

    def _read(self, path: pathlib.Path) -> _Kept:
        """Read a file unless it is as it was; what is kept is replaced as a whole."""
        stamp = _stamp(path)
        kept = self._kept.get(str(path))
        if kept is not None and kept.stamp == stamp and stamp != _NONE:
            return kept
        try:
            found = loaded(read(path), path.stem, self._vocabulary)
            kept = _Kept(stamp=stamp, loaded=found, faults=())
        except Refused as refused:
            kept = _Kept(stamp=stamp, loaded=None, faults=refused.faults)
        self._kept[str(path)] = kept
        return kept

    def _loaded(self, runbook: RunbookId) -> Loaded:
        path = self._folder / f"{runbook}.yaml"
        if NAME.match(runbook) is None or not path.is_file():
            hint = suggestion(runbook, [each.stem for each in self._paths()])
            raise NotFoundError("no such runbook", target=runbook, hint=hint)
        kept = self._read(path)
        if kept.loaded is None:
            raise Refused(kept.faults)
        return kept.loaded

    def _tenant(self, wish: PlanWish, found: Loaded) -> Tenant:
        service = found.file.service
        if service is None or wish.tenant is not None:
            return self._services.tenant(wish.tenant)
        if not any(_has(each, found.file) for each in self._services.tenants()):
            raise Refused([self._unknown_service(found, service)])
        tenant, _ = self._services.service(None, ServiceId(service))
        return tenant

    def _unknown_service(self, found: Loaded, service: str) -> Fault:
        known = {each.id for tenant in self._services.tenants() for each in tenant.services}
        return found.document.fault(("service",), f'no tenant has a service "{service}"', suggestion(service, known))

    def _resolve(self, found: Loaded, asked: _Asked, trail: tuple[str, ...]) -> RecoveryPlan:
        file, tenant, mode = found.file, asked.tenant, asked.mode
        if mode.value not in file.modes:
            message = f"the runbook {file.id} has no mode {mode.value}"
            raise Refused([found.document.fault(("modes",), message, f"it has {', '.join(file.modes)}", key=True)])
        service = tenant.service(ServiceId(file.service)) if file.service else None
        if file.service is not None and service is None:
            hint = suggestion(file.service, [each.id for each in tenant.services])
            message = f'the tenant {tenant.id} has no service "{file.service}"'
            raise Refused([found.document.fault(("service",), message, hint)])
        path = (*trail, file.id)

        def child(runbook: RunbookId, given: Mapping[str, Json]) -> RecoveryPlan:
            if runbook in path:
                raise _unplaced("runbooks start each other in a circle: " + " -> ".join([*path, runbook]))
            if len(path) >= MOST_LEVELS:
                raise _unplaced(f"more than {MOST_LEVELS} levels of runbooks: " + " -> ".join([*path, runbook]))
            try:
                inner = self._loaded(runbook)
            except NotFoundError as error:
                raise _unplaced(f'there is no runbook "{runbook}"', error.hint) from error
            return self._resolve(inner, _Asked(tenant, mode, given, Choices(point=asked.choices.point)), path)

        target = Target(
            tenant=tenant,
            service=service,
            mode=mode,
            inputs=asked.inputs,
            choices=asked.choices,
            inherited=bool(trail),
        )
        return Resolver(found, target, self._vocabulary, child).plan()


_NONE: Stamp = (0, 0, 0)


def _stamp(path: pathlib.Path) -> Stamp:
    try:
        seen = path.stat()
    except (OSError, ValueError):
        return _NONE
    return seen.st_mtime_ns, seen.st_size, seen.st_ino


def _has(tenant: Tenant, file: RunbookFile) -> bool:
    return file.service is None or tenant.service(ServiceId(file.service)) is not None


def _untried(found: Loaded, plan: RecoveryPlan) -> tuple[Fault, ...]:
    """Say of each line that boots something in a drill's network that nothing tried the network before."""
    early = {step.id.partition("[")[0] for step in unprobed(plan)}
    hint = "let a step network.probe of the same network end before it"
    return tuple(
        found.document.fault((*line.path, "uses"), f"{line.step.uses} boots in a network that was only read", hint)
        for line in lines_of(found.file)
        if line.step.id in early
    )


def _unplaced(message: str, hint: str = "take one of them out") -> Refused:
    """Refuse a child; whoever names it knows the place."""
    return Refused([Fault(place=Place(file="", line=1, column=1), message=message, hint=hint)])
