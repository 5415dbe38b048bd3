"""Settings and service catalogue together, as the daemon takes them; faults leave in drd's own form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from drd.document import Refused
from drd.domain.drill_seal import DrillSeal
from drd.domain.errors import InvalidError
from drd.ports.catalogue import ParameterCatalogue
from drd.ports.timetable import CalendarRules
from drd.settings.bounds import faults_of_bounds
from drd.settings.services import CatalogueServices, read_services
from drd.settings.settings import Settings, read_settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Everything that people configured, typed. `findings` are lines with their place: usable, but to be bettered."""

    settings: Settings
    services: CatalogueServices
    findings: tuple[str, ...]


def load_settings(path: Path, environment: Mapping[str, str], rules: CalendarRules | None = None) -> Settings:
    """Read the settings; `rules` say what is wrong in the calendar, of which else only the shape is looked at.

    Raises:
        InvalidError: with every fault, each with its place.
    """
    return _in_own_form("the settings cannot be used", path, lambda: read_settings(path, environment, rules))


def store_place(settings: Settings) -> Path | str:
    """Give where the store is. See `Settings.store_place`; the password is in it.

    Raises:
        InvalidError: the password cannot be read.
    """
    return _in_own_form("the database's password cannot be used", settings.path, settings.store_place)


def drill_seal(settings: Settings) -> DrillSeal | None:
    """Give what seals the groups of drills; None where the settings name no key.

    Raises:
        InvalidError: the key cannot be read, or could be guessed.
    """
    reference = settings.file.drills.seal_key
    if reference is None:
        return None
    key = _in_own_form("the key of the drill seal cannot be used", settings.path, lambda: settings.secret(reference))
    return DrillSeal(key.encode())


def load_configuration(
    path: Path, environment: Mapping[str, str], checks: ParameterCatalogue, rules: CalendarRules | None = None
) -> Configuration:
    """Read settings and catalogues.

    Raises:
        InvalidError: with every fault of the settings, or else of the catalogues, each with its place.
    """
    settings = load_settings(path, environment, rules)
    folder = settings.catalogue
    services = _in_own_form("the service catalogue cannot be used", folder, lambda: read_services(folder, checks))
    _in_own_form("the settings do not fit the catalogue", path, lambda: _fitting(settings, services))
    findings = (*settings.findings, *services.findings)
    return Configuration(settings=settings, services=services, findings=tuple(str(each) for each in findings))


def _fitting(settings: Settings, services: CatalogueServices) -> None:
    faults = faults_of_bounds(settings, services.tenants())
    if faults:
        raise Refused(faults)


def _in_own_form(message: str, path: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except Refused as refused:
        faults = tuple(fault.rendered() for fault in refused.faults)
        hint = "mend every line and check again with `drd config check`"
        raise InvalidError(message, faults=faults, target=str(path), hint=hint) from refused
