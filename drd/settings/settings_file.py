"""The shape of `settings/v1`: what one installation of drd needs to know about its host and its cloud."""

import ipaddress
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from drd.settings.calendar_file import CalendarModel, ScheduleModel, default_schedules
from drd.settings.field import Duration, Instant, Line, Name, Region, Strict, wrong
from drd.settings.price_file import PricesModel

_PORTS = range(65536)


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine, by its address or as `localhost`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _endpoint(value: str) -> str:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise wrong(f'"{value[:80]}" is not a URL', "write https://HOST, or https://HOST:PORT") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise wrong(f'"{value[:80]}" is not an endpoint', "write https://HOST, without a user, a query or a fragment")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise wrong("plain HTTP is for loopback only", "write https://")
    if port == 0:
        raise wrong("port 0 cannot be reached", "name the port that listens")
    return value.rstrip("/")


def _address(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) not in _PORTS:
        raise wrong(
            f'"{value[:80]}" is not an address', "write HOST:PORT, such as 127.0.0.1:9790; port 0 takes a free one"
        )
    return value


def _resolver(value: str) -> str:
    return value if value == "system" else _endpoint(value)


def _allowed(value: str) -> str:
    host, colon, port = value.rpartition(":")
    fitting = _is_network(host) if "/" in host else bool(host.removeprefix("*.")) and "*" not in host.removeprefix("*.")
    if not colon or not fitting or not (port == "*" or (port.isdecimal() and int(port) in _PORTS)):
        hint = "write HOST:PORT, *.DOMAIN:PORT or NETWORK/BITS:PORT"
        raise wrong(f'"{value[:80]}" is not a host and port', hint)
    return value


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _user(value: Any) -> Any:  # noqa: ANN401 - a number or a name
    if (
        isinstance(value, bool)
        or not isinstance(value, int | str)
        or value == ""
        or (isinstance(value, int) and value < 0)
    ):
        raise wrong("not a user", "write the number or the name of a user of this host")
    return value


User = Annotated[Any, AfterValidator(_user), WithJsonSchema({"type": ["integer", "string"]})]
Endpoint = Annotated[
    str, AfterValidator(_endpoint), WithJsonSchema({"type": "string", "pattern": "^https?://[^/?#@]+(/[^?#]*)?$"})
]
Address = Annotated[str, AfterValidator(_address), WithJsonSchema({"type": "string", "pattern": r"^.+:\d{1,5}$"})]
Resolver = Annotated[str, AfterValidator(_resolver)]
Allowed = Annotated[str, AfterValidator(_allowed), WithJsonSchema({"type": "string", "pattern": r"^.+:(\d{1,5}|\*)$"})]


class SecretModel(Strict):
    """A secret that stands in a file of its own; never in the settings."""

    file: Line | None = None
    """Its path; relative to the settings file."""
    credential: Line | None = None
    """Its name among systemd's credentials (`LoadCredential=`)."""

    @model_validator(mode="after")
    def _one(self) -> "SecretModel":
        if (self.file is None) == (self.credential is None):
            raise wrong("a secret needs `file` or `credential`, and only one", "write {file: /run/secrets/NAME}")
        return self


class PostgresqlModel(Strict):
    """A PostgreSQL database that several daemons share."""

    host: Line
    """Name or address of the server, or the absolute folder of its Unix socket."""
    port: Annotated[int, Field(ge=1, le=65535)] = 5432
    """Its port."""
    dbname: Line = "drd"
    """The database."""
    user: Line = "drd"
    """The role. It owns drd's tables, or may read and write them where somebody else brings them to their version."""
    password: SecretModel | None = None
    """Its password; left out where the server knows the role in another way."""
    sslmode: Literal["verify-full", "verify-ca", "require", "disable"] | None = None
    """How the server is believed; left out, `verify-full`, and on this host `disable`."""
    authority: Line | None = None
    """A file with the certificates of authorities that the server's may come from; left out, this system's."""

    @property
    def is_here(self) -> bool:
        """Say whether the server is this host: then nothing goes over a network."""
        return self.host.startswith("/") or is_loopback(self.host)

    @model_validator(mode="after")
    def _believable(self) -> "PostgresqlModel":
        if self.sslmode == "disable" and not self.is_here:
            raise wrong("a connection without TLS is for loopback only", "leave sslmode out, or write verify-full")
        if self.sslmode == "verify-ca" and self.authority is None:
            raise wrong("verify-ca needs the authority that is believed", "name its file: authority")
        return self


_SHORTEST_STAY = timedelta(days=30)


def _a_month(value: timedelta) -> timedelta:
    if value < _SHORTEST_STAY:
        raise wrong("drd itself looks back so far", "write 30d or more")
    return value


class KeepingModel(Strict):
    """How a data folder is kept, in host time. A PostgreSQL server sees to its own room and its own backups."""

    snapshots: Line | None = None
    """The folder of copies, better on another disk; relative to the settings file. Left out, beside the database."""
    every: Duration = timedelta(hours=1)
    """Time between copies."""
    copies: Annotated[int, Field(ge=1, le=1000)] = 24
    """How many are kept."""
    ballast_mib: Annotated[int, Field(ge=0, le=1024)] = 32
    """Room that is set aside, and given up when the disk is full, so that runs can end."""
    least_free_mib: Annotated[int, Field(ge=0, le=1_048_576)] = 64
    """No new run begins while less is free."""
    runs: Duration | None = None
    """How long runs stay in the database after their end; left out, for ever. Then they leave for a file each."""
    slots: Annotated[Duration, AfterValidator(_a_month)] | None = None
    """How long ended slots of schedules stay; left out, for ever. The newest of each schedule always stays."""
    verifications: Annotated[Duration, AfterValidator(_a_month)] | None = None
    """How long verifications stay; left out, for ever. The newest of each item, rung and outcome always stays."""
    facts: Annotated[Duration, AfterValidator(_a_month)] | None = None
    """How long facts stay that no collection sees any more, as of items that are gone; left out, for ever."""
    archives: Line | None = None
    """The folder of those files; relative to the settings file. Left out, beside the database."""


class StoreModel(Strict):
    """Where the journal and everything else that must last is kept: a folder, or a PostgreSQL database."""

    path: Line = "store"
    """The data folder; relative to the state folder or, without one, to the settings file."""
    postgresql: PostgresqlModel | None = None
    """The database instead of the data folder, where several daemons share the work; `path` means nothing then."""
    keeping: KeepingModel = KeepingModel()
    """Copies, room, and how long runs stay."""


_SHORTEST_LEASE, _LONGEST_LEASE = timedelta(seconds=2), timedelta(seconds=60)


def _lease(value: timedelta) -> timedelta:
    if not _SHORTEST_LEASE <= value <= _LONGEST_LEASE:
        raise wrong("a lease lasts from 2s to 60s", "write 20s")
    return value


class DaemonModel(Strict):
    """This daemon among those that share a database."""

    id: Line | None = None
    """Its name; no two that run have the same one. Left out, the host's name."""
    region: Region | None = None
    """Where its host is; readiness says when that is the region that would be lost, or when nobody said."""
    lease: Annotated[Duration, AfterValidator(_lease)] = timedelta(seconds=20)
    """After so long without a heartbeat its runs are anybody's; in host time."""
    most_runs: Annotated[int, Field(ge=1, le=10_000)] = 1000
    """The most runs that it moves at the same time; the others stay queued, or go to another daemon."""
    runs_per_tenant: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """The most runs of one tenant at the same time, over all daemons; left out, any number."""
    restarted: bool | None = None
    """Whether something starts this process again when it ends, as a drill may want; left out, what its start tells."""


class SocketModel(Strict):
    """The Unix socket that the command line speaks to."""

    path: Line = "drd.sock"
    """Its path; relative to the runtime folder or, without one, to the settings file."""
    group: Line | None = None
    """The group that may connect besides the owner."""


class ListenModel(Strict):
    """What listens on the network: metrics and health, nothing else."""

    metrics: Address = "127.0.0.1:9790"
    """Address of `/metrics` and `/healthz`."""


class IdentityModel(Strict):
    """One user-assigned managed identity."""

    client_id: Line
    """Its client id."""


class AzureModel(Strict):
    """How Azure is reached."""

    endpoint: Endpoint = "https://management.azure.com"
    """Azure Resource Manager, or a sandbox on loopback."""
    token_endpoint: Endpoint | None = None
    """Where managed identities get their tokens; left out, the host's own."""
    identities: dict[Name, IdentityModel] = Field(default={})
    """The identities that catalogues name."""


class ChecksModel(Strict):
    """How checks reach guests."""

    resolver: Resolver = "system"
    """`system`, or the HTTP proxy through which guests are asked in production."""
    drill_resolver: Resolver | None = None
    """The proxy through which the copies of a drill are asked; without one, drills cannot ask guests."""
    allow: list[Allowed] = Field(default=[])
    """The hosts, domains or networks and the ports that may be asked, such as `*.voorbeeld.example:443`."""
    authority: Line | None = None
    """A file with certificates of further authorities that guests' certificates may come from."""


class ClockModel(Strict):
    """World time: the host's own, or a rehearsal's."""

    epoch: Instant | None = None
    """The instant at which world time and host time agree; needed where speed is not 1."""
    speed: Annotated[int, Field(ge=1, le=3600)] = 1
    """How many times as fast world time runs from then on."""

    @model_validator(mode="after")
    def _agree(self) -> "ClockModel":
        if self.speed != 1 and self.epoch is None:
            raise wrong("a clock with a speed needs its epoch", "copy both from what the sandbox printed")
        return self


class MetricsModel(Strict):
    """What is exported."""

    items: Literal["all", "breaching", "none"] | None = None
    """Which protected items get series; left out, all of fewer than 2,000, and of more those that are wrong."""


class ActAsModel(Strict):
    """A name under which a user may answer, such as a crisis cell's that shares one terminal."""

    actor: Line
    """The name that journals show."""
    role: Literal["viewer", "operator", "responder", "approver"]
    """What may be done under it."""
    contacts: list[Name] = Field(default=[])
    """The catalogue's contacts for whom it answers."""


class RoleModel(Strict):
    """Who may do what, by the user id that the socket reports."""

    user: User
    """A user of this host, by number or name."""
    actor: Line | None = None
    """The name that journals show; the user's name by default."""
    role: Literal["viewer", "operator", "responder", "approver", "admin"]
    """viewer reads; operator drills; responder fails over; approver answers approvals; admin does all."""
    tenants: list[Name] = Field(default=[])
    """The tenants it counts for; none means all."""
    contacts: list[Name] = Field(default=[])
    """The catalogue's contacts for whom the user answers."""
    act_as: list[ActAsModel] = Field(default=[])
    """Other names under which the user may answer; the journal shows that name."""


class ChannelModel(Strict):
    """A place where messages go."""

    id: Name
    """Unique."""
    url: SecretModel
    """Its address holds a key, so it stands in a file."""


class DrillsModel(Strict):
    """How long drills may last, and what they leave in Azure meanwhile."""

    longest: Duration = timedelta(hours=4)
    """A drill that is not over so long after its start is cancelled, cleans up, and counts as timed out. What it made
    expires so long after its start, but never before four hours; the reaper reads it here too."""
    seal_key: SecretModel | None = None
    """The key with which their resource groups are sealed, at least 32 characters; the reaper needs the same one."""


class NotificationsModel(Strict):
    """Who is told."""

    channels: list[ChannelModel] = Field(default=[])
    """Where messages go."""
    language: Literal["nl", "en", "fr"] = "nl"
    """The language of messages."""


class LoggingModel(Strict):
    """What the daemon says while it works."""

    format: Literal["auto", "json", "console"] = "auto"
    """`auto` writes JSON unless it stands on a terminal."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is written."""


class TracingModel(Strict):
    """Where traces of runs go; needs the extra `drd[otel]`."""

    endpoint: Endpoint | None = None
    """The collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`; left out, nobody is told."""


class SettingsFile(Strict):
    """The settings of one installation."""

    drd: Literal["settings/v1"]
    """The format."""
    store: StoreModel = StoreModel()
    """Journal and inventory."""
    daemon: DaemonModel = DaemonModel()
    """This daemon among others."""
    socket: SocketModel = SocketModel()
    """The command line's way in."""
    listen: ListenModel = ListenModel()
    """What listens on the network."""
    catalogue: Line = "catalogue"
    """The folder of service catalogues, one tenant a file; relative to the settings file."""
    runbooks: Line = "../runbooks"
    """The folder of runbooks; relative to the settings file."""
    azure: AzureModel = AzureModel()
    """How Azure is reached."""
    checks: ChecksModel = ChecksModel()
    """How checks reach guests."""
    clock: ClockModel = ClockModel()
    """World time."""
    metrics: MetricsModel = MetricsModel()
    """What is exported."""
    roles: list[RoleModel] = Field(default=[])
    """Who may do what; the user that runs the daemon is always admin."""
    calendar: CalendarModel = CalendarModel()
    """What bounds schedules: time zone, own days, freezes, windows."""
    schedules: list[ScheduleModel] = Field(default_factory=default_schedules)
    """What is done by itself; left out, what docs/schedules.md says. An empty list means nothing."""
    drills: DrillsModel = DrillsModel()
    """How long drills may last, and what they leave in Azure meanwhile."""
    prices: PricesModel | None = None
    """What drills cost; left out, nobody knows."""
    notifications: NotificationsModel = NotificationsModel()
    """Who is told."""
    logging: LoggingModel = LoggingModel()
    """What the daemon says."""
    tracing: TracingModel = TracingModel()
    """Where traces of runs go."""
