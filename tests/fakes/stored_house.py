"""The engine's house with a real store under it, in the caller's thread, so that virtual time stands still."""

from collections.abc import Callable
from pathlib import Path

from drd.engine.engine import Engine
from drd.ports.journal import Journal
from drd.store.opening import PLAIN, Keeping, Store, open_store
from tests.fakes.engine_house import House


class StoredHouse(House):
    """A house whose journal, ledger and dispatcher are on SQLite: `enter` before use, `leave` at the end."""

    store: Store

    async def enter(
        self, place: Path, *, daemon: str = "d-1", keeping: Keeping = PLAIN,
        through: Callable[[Journal], Journal] = lambda journal: journal,
    ) -> "StoredHouse":  # fmt: skip
        """Open the store, as a daemon that starts does; its engine writes through what a test puts in between."""
        self.store = await open_store(place, daemon=daemon, threads=False, keeping=keeping)
        journal, store = through(self.store.journal), self.store
        self.engine = Engine(self.parts(journal=journal, dispatcher=store.dispatcher, ledger=store.ledger))
        return self

    async def leave(self) -> None:
        """Close the store."""
        await self.store.close()
