"""Drafts the files of an installation from what subscriptions hold. Asks questions only, and overwrites nothing."""

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drd.daemon.clock import HostClock
from drd.daemon.discovery import opener
from drd.daemon.offline import check_config
from drd.domain.drafting import Draft, DraftTerms
from drd.domain.errors import ConflictError, InvalidError
from drd.operations.draft_catalogue import DraftCatalogue
from drd.ports.capabilities import OpeningTerms
from drd.ports.clock import Clock
from drd.settings.drafted import DRAFTED_SETTINGS, catalogue_text
from drd.settings.environment import process_environment
from drd.settings.loading import load_settings

_PROVIDER = "azure"
_SETTINGS = "drd.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftWish:
    """What is wanted.

    Attributes:
        into: the folder of the files: `drd.yaml`, `catalogue/TENANT.yaml`.
        identity: client id of a managed identity; empty for whatever this host or person is signed in as.
        wire: None for the network; else how requests reach a sandbox in the same process.
        azure: what takes the place of the settings' own words about Azure.
    """

    terms: DraftTerms
    into: Path
    identity: str = ""
    wire: object | None = None
    azure: Mapping[str, Any] = field(default_factory=dict)
    clock: Clock = field(default_factory=HostClock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """What was written, and what is in it; `notes` say what was not seen, left out or guessed."""

    files: tuple[str, ...]
    services: int
    items: int
    notes: tuple[str, ...]


def draft_files(wish: DraftWish) -> Drafted:
    """Draft, check the draft as the daemon would, and write it.

    Raises:
        ConflictError: the catalogue is there already; nothing was asked and nothing was written.
        NotFoundError: there is nothing to draft from.
        ForbiddenError: the identity may not see anything.
        InvalidError: a region or a name cannot be used.
    """
    return asyncio.run(drafted(wish))


async def drafted(wish: DraftWish) -> Drafted:
    """Do as `draft_files` says, in a running loop."""
    settings = wish.into / _SETTINGS
    folder = load_settings(settings, process_environment()).catalogue if settings.is_file() else None
    catalogue = (folder or wish.into / "catalogue") / f"{wish.terms.tenant}.yaml"
    _refuse_existing(catalogue)
    found = await _asked(wish, settings)
    text = catalogue_text(found)
    _checked(wish.terms.tenant, text)
    files = [catalogue] if folder is not None else [settings, catalogue]
    if folder is None:
        _write(settings, DRAFTED_SETTINGS)
        (wish.into / "runbooks").mkdir(exist_ok=True)
    _write(catalogue, text)
    return Drafted(
        files=tuple(str(each) for each in files), services=found.services, items=found.items, notes=found.notes
    )


async def _asked(wish: DraftWish, settings: Path) -> Draft:
    provider = await opener(_PROVIDER).open(
        OpeningTerms(settings=_azure(wish, settings) | dict(wish.azure), clock=wish.clock, wire=wish.wire)
    )
    try:
        return await DraftCatalogue(provider)(wish.terms)
    finally:
        await provider.close()


def _azure(wish: DraftWish, settings: Path) -> dict[str, Any]:
    identity: dict[str, Any] = {"kind": "default"}
    if wish.identity:
        identity = {"kind": "managed-identity", "client-id": wish.identity}
    if not settings.is_file():
        return {"identity": identity}
    azure = load_settings(settings, process_environment()).file.azure
    return {"endpoint": azure.endpoint, "token-endpoint": azure.token_endpoint, "identity": identity}


def _checked(tenant: str, text: str) -> None:
    """Hold the draft to what the daemon would accept, before anything is written where people look."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _write(folder / _SETTINGS, DRAFTED_SETTINGS)
        _write(folder / "catalogue" / f"{tenant}.yaml", text)
        faults = check_config(folder / _SETTINGS).faults
    if faults:
        raise InvalidError(
            "what was drafted cannot be used, so nothing was written",
            faults=faults,
            target=tenant,
            hint="call the municipality by lower-case letters, digits and dashes: --tenant NAME",
        )


def _refuse_existing(file: Path) -> None:
    if file.exists():
        raise ConflictError(
            "there is such a file already, and it is never overwritten",
            target=str(file),
            hint="draft elsewhere with --into FOLDER, and compare the two",
        )


def _write(file: Path, text: str) -> None:
    """Write a new file; one that appeared meanwhile stays as it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        _refuse_existing(file)
