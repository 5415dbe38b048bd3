"""The daemon's life: read, plug, serve, drain, stop."""

import asyncio
import contextlib
import platform
import signal
import socket
from collections.abc import AsyncIterator, Coroutine
from datetime import timedelta
from pathlib import Path

import structlog

from drd import __version__
from drd.daemon.catalogue import Checks
from drd.daemon.clock import HostClock
from drd.daemon.conductor import HostConductor, conductor_of
from drd.daemon.discovery import checks
from drd.daemon.exporting import EXPORTER, Exporting
from drd.daemon.health import observation_app
from drd.daemon.listening import Server, api_server, observation_server, open_port, open_socket, stopped
from drd.daemon.logs import configure_logs
from drd.daemon.memory import settle_memory
from drd.daemon.notify import Notifier
from drd.daemon.people import people_of
from drd.daemon.storekeeping import keeping_of, upkeep_of
from drd.daemon.terms import clock_of
from drd.daemon.vitals import Pulse
from drd.daemon.wiring import Installation, Surroundings, plug
from drd.daemon.works import calendar_rules
from drd.domain.errors import DrdError, JournalUnavailableError
from drd.reach.opening import open_reach
from drd.settings.environment import process_environment
from drd.settings.loading import Configuration, drill_seal, load_configuration, store_place
from drd.store.opening import DaemonWish, Store, open_store
from drd.store.terms import LeaseTerms, Limits, host_seconds

_log = structlog.get_logger(__name__)

_WAIT_SECONDS = 2.0
_UPKEEP_SECONDS = 60.0
_CHANGES_SECONDS = 10.0
_ALIVE = timedelta(seconds=20)


def serve(config: Path) -> int:
    """Run the daemon until SIGTERM or SIGINT; gives the exit code.

    Raises:
        DrdError: it cannot start: nothing was changed.
    """
    environment = process_environment()
    configuration = load_configuration(config, environment, Checks(checks()), calendar_rules(HostClock().now()))
    logging = configuration.settings.file.logging
    configure_logs(logging.format, logging.level)
    for finding in configuration.findings:
        _log.warning("finding", text=finding)
    notifier = Notifier(told="NOTIFY_SOCKET" in environment)
    return asyncio.run(_Life(configuration, notifier, conductor_of(configuration.settings, environment)).run())


class _Life:
    """One daemon from start to end."""

    def __init__(self, configuration: Configuration, notifier: Notifier, conductor: HostConductor) -> None:
        self._configuration = configuration
        self._settings = configuration.settings
        self._notifier = notifier
        self._conductor = conductor
        self._stop = asyncio.Event()
        self._holder = self._settings.file.daemon.id or platform.node() or "drd"
        self._exporting: Exporting | None = None
        self._turned_at = HostClock().now()
        self._pulse = Pulse(HostClock(), configured_at=self._turned_at, leases=(EXPORTER,))

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, self._stop.set)
        async with contextlib.AsyncExitStack() as stack:
            port = stack.enter_context(open_port(self._settings.file.listen.metrics))
            api = stack.enter_context(open_socket(self._settings.socket, self._settings.file.socket.group))
            stack.callback(self._settings.socket.unlink, missing_ok=True)
            store = await self._opened()
            stack.push_async_callback(store.close)
            installation = await self._plugged(store, f"http://{_shown(port)}/metrics")
            stack.push_async_callback(installation.close)
            await self._serve(installation, store, api, port)
        _log.info("stopped")
        return 0

    async def _opened(self) -> Store:
        """Open the store. A server that is away is waited for: who starts us would give up sooner than it comes back.

        Raises:
            DrdError: it cannot be opened, and waiting does not help, or we are told to stop.
        """
        place, wish, keeping = store_place(self._settings), self._wish(), keeping_of(self._settings)
        while True:
            try:
                return await open_store(place, daemon=self._holder, wish=wish, keeping=keeping)
            except JournalUnavailableError as error:
                if isinstance(place, Path) or self._stop.is_set():
                    raise
                _log.warning("the database cannot be used yet", because=str(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_WAIT_SECONDS):
                    await self._stop.wait()

    def _wish(self) -> DaemonWish:
        """Say how this daemon takes part. In a folder of its own it is alone, and needs no lease."""
        ours, shared = self._settings.file.daemon, self._settings.file.store.postgresql is not None
        return DaemonWish(
            host=platform.node(),
            version=__version__,
            terms=LeaseTerms.of(ours.lease) if shared else None,
            limits=Limits(runs=ours.most_runs, per_tenant=ours.runs_per_tenant),
            waits=self._notifier.says,
            committed=self._pulse.committed,
            looked=lambda: self._pulse.beat("dispatch"),
        )

    async def _plugged(self, store: Store, metrics: str) -> Installation:
        known = people_of(self._settings.file.roles)
        for finding in known.findings:
            _log.warning("finding", text=finding)
        host = HostClock()
        checks_settings = self._settings.file.checks
        authority = self._settings.beside(checks_settings.authority) if checks_settings.authority else None
        around = Surroundings(
            clock=clock_of(self._settings),
            host=host,
            reach=open_reach(checks_settings.resolver, allow=tuple(checks_settings.allow), authority=authority),
            drill_reach=open_reach(
                checks_settings.drill_resolver, allow=tuple(checks_settings.allow), authority=authority
            ),
            store=store,
            known=known,
            metrics=metrics,
            exports_domain=self._exports,
            store_silent=lambda: self._exporting is not None and self._exporting.silent,
            seal=drill_seal(self._settings),
            conductor=self._conductor,
            pulse=self._pulse,
        )
        return await plug(self._configuration, around)

    async def _serve(self, installation: Installation, store: Store, api: socket.socket, port: socket.socket) -> None:
        observation = observation_server(observation_app(installation.exporter, installation.health))
        async with (
            _serving(api_server(installation.app), api),
            _serving(observation, port),
            _background(self._hold_leases(store)),
            _background(self._keep_up(store)),
            _background(self._notifier.keep_alive(self._alive, installation.health.line)),
            _background(self._look(installation)),
            _background(self._pulse.watch_lag()),
            _background(installation.evidence.serve()),
            _background(installation.audit.serve()),
            _background(installation.proofs.record.serve()),
            _background(installation.confirm.serve()),
            _background(installation.overdue.serve()),
            _background(installation.watch.serve()),
        ):
            moving = asyncio.create_task(installation.engine.serve(), name="engine")
            installation.ticker.start()
            settle_memory()
            installation.health.started = True
            self._notifier.ready()
            _log.info("serves", version=__version__, socket=str(self._settings.socket), metrics=_shown(port))
            stop = asyncio.create_task(self._stop.wait(), name="stop")
            await asyncio.wait((moving, stop), return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            self._notifier.stopping()
            await installation.ticker.stop()
            await installation.engine.drain()
            await moving

    async def _look(self, installation: Installation) -> None:
        """Look at the world once, and at what would make a recovery fail; at that again when a runbook changed."""
        await self._first_collection(installation)
        while True:
            try:
                await installation.readiness.if_changed()
            except DrdError as error:
                _log.warning("readiness was not evaluated", error=str(error))
            await asyncio.sleep(_CHANGES_SECONDS)

    async def _first_collection(self, installation: Installation) -> None:
        """Look at the vaults at once, so that nobody waits an interval for the first figures."""
        try:
            await installation.collect()
        except DrdError as error:
            _log.warning("first collection failed", error=str(error))

    async def _hold_leases(self, store: Store) -> None:
        """Renew the exporter lease until we stop; then give it back. If the database is silent, the watchdog knows."""
        exporting = self._exporting = Exporting(
            store.lease,
            holder=self._holder,
            length=self._settings.file.daemon.lease,
            seconds=host_seconds,
            clock=HostClock(),
        )
        try:
            while True:
                await exporting.turn()
                self._turned_at = HostClock().now()
                self._pulse.beat("leases")
                await exporting.rest()
        finally:
            await exporting.release()

    def _exports(self) -> bool:
        """Say whether this daemon tells of the estate. Asked at each scrape, before it tells of its leases."""
        holds = self._pulse.leases[EXPORTER] = self._exporting is not None and self._exporting.holds
        return holds

    async def _keep_up(self, store: Store) -> None:
        """Take copies of the store, mind its room, and let old runs go."""
        upkeep = store.upkeep(upkeep_of(self._settings))
        while True:
            # First the runs that a start finds: a copy can wait.
            await asyncio.sleep(_UPKEEP_SECONDS)
            turn = await upkeep.turn(HostClock().now())
            for line in turn.done:
                _log.info("store", text=line)
            for line in turn.failed:
                _log.warning("store", text=line)

    def _alive(self) -> bool:
        return HostClock().now() - self._turned_at < _ALIVE


@contextlib.asynccontextmanager
async def _serving(server: Server, listening: socket.socket) -> AsyncIterator[None]:
    task = asyncio.create_task(server.serve(sockets=[listening]), name="server")
    try:
        yield
    finally:
        await stopped(server, task)


@contextlib.asynccontextmanager
async def _background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _shown(port: socket.socket) -> str:
    host, number = port.getsockname()[:2]
    return f"{host}:{number}"
