"""A catalogue of verbs and questions for tests of files: parameters as the real ones, nothing behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from drd.domain.canonical import Json
from drd.domain.durations import parse_duration
from drd.domain.errors import DrdError, NotFoundError
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.ports.action import OutputType
from drd.ports.parameters import Fault, Schema
from drd.runbook.vocabulary import Vocabulary

EVERY = frozenset(Mode)
DRILL = frozenset({Mode.DRILL})
REAL = frozenset({Mode.FAILOVER, Mode.FAILBACK})
FAILOVER = frozenset({Mode.FAILOVER})


def _length(text: str) -> str:
    try:
        parse_duration(text)
    except DrdError as error:
        raise ValueError(error.message) from error
    return text


def _arm(text: str) -> str:
    try:
        ArmId.parse(text)
    except DrdError as error:
        raise ValueError(error.message) from error
    return text


Length = Annotated[str, AfterValidator(_length)]
Arm = Annotated[str, AfterValidator(_arm)]
Texts = str | list[str]


class Params(BaseModel):
    """Values of a verb."""

    model_config = ConfigDict(extra="forbid", alias_generator=lambda name: name.replace("_", "-"), strict=True)


class Nothing(Params):
    """Takes nothing."""


class Wait(Params):
    """A length of time."""

    length: Length = Field(alias="for")


class GroupCreate(Params):
    """A new resource group."""

    prefix: str = Field(min_length=1)
    location: str | None = None


class ById(Params):
    """Something by its ARM id."""

    id: Arm


class Restore(Params):
    """A restore."""

    item: str = Field(min_length=1)
    resource_group: Arm
    staging: Arm
    point: str = Field(default="newest", min_length=1)
    region: str | None = None


class Nic(Params):
    """A network interface."""

    resource_group: Arm
    name: str = Field(min_length=1)
    subnet: Arm
    address: str | None = None


class Machine(Params):
    """A machine from disks."""

    item: str = Field(min_length=1)
    resource_group: Arm
    name: str = Field(min_length=1)
    size: str = Field(min_length=1)
    interface: Arm
    os_disk: Arm
    data_disks: list[Arm] = Field(default=[])


class Item(Params):
    """One item."""

    item: str = Field(min_length=1)


class ItemOrMachine(Params):
    """An item, or a machine by its id."""

    item: str | None = None
    machine: Arm | None = None

    @model_validator(mode="after")
    def _one(self) -> "ItemOrMachine":
        if (self.item is None) == (self.machine is None):
            raise ValueError("give `item` or `machine`, and only one")
        return self


class Script(ItemOrMachine):
    """A script on a machine."""

    script: str = Field(min_length=1)


class CheckMachine(ItemOrMachine):
    """The state of a machine."""

    power: Literal["running", "deallocated"] = "running"
    agent: bool = True
    within: Length | None = None


class Failover(Item):
    """A failover."""

    recovery_point: Literal["latest", "latest-processed", "latest-app-consistent"] = "latest-processed"


class TestFailover(Failover):
    """A test failover."""

    network: Arm


class Dns(Params):
    """A record set."""

    zone: Arm
    record: str = Field(min_length=1)
    type: Literal["A", "CNAME"] = "A"
    values: Texts
    ttl: int | None = Field(default=None, ge=1)


class Http(Params):
    """A web address."""

    url: str = Field(pattern="^https?://")
    status: int = 200
    contains: str | None = None
    within: Length | None = None


class Tcp(Params):
    """A port."""

    item: str | None = None
    host: str | None = None
    port: int = Field(ge=1, le=65535)
    within: Length | None = None

    @model_validator(mode="after")
    def _one(self) -> "Tcp":
        if (self.item is None) == (self.host is None):
            raise ValueError("give `item` or `host`, and only one")
        return self


class DnsAsked(Params):
    """A name."""

    name: str
    values: Texts | None = None
    within: Length | None = None


class Replication(Params):
    """Replication of a service or an item."""

    service: str | None = None
    item: str | None = None
    within: Length | None = None


class Point(Replication):
    """A recovery point of a service or an item."""

    younger_than: Length | None = None
    region: str | None = None


class Network(Params):
    """A network."""

    network: Arm
    within: Length | None = None


@dataclass(frozen=True)
class Word:
    """One verb or question."""

    params: type[BaseModel]
    modes: frozenset[Mode] = EVERY
    outputs: Mapping[str, OutputType] = field(default_factory=dict)


_MACHINE = {"machine": OutputType.ARM_ID}
_RECOVERED = {
    **_MACHINE,
    "address": OutputType.TEXT,
    "recovery-point": OutputType.TEXT,
    "recovery-point-time": OutputType.INSTANT,
    "job": OutputType.TEXT,
}
_DISKS = {
    "disks": OutputType.ARM_IDS,
    "os-disk": OutputType.ARM_ID,
    "data-disks": OutputType.ARM_IDS,
    "recovery-point": OutputType.TEXT,
    "recovery-point-time": OutputType.INSTANT,
    "job": OutputType.TEXT,
}

ACTIONS = {
    "noop": Word(Nothing),
    "wait": Word(Wait),
    "resource-group.create": Word(GroupCreate, outputs={"id": OutputType.ARM_ID}),
    "resource-group.delete": Word(ById, DRILL),
    "backup.restore-disks": Word(Restore, DRILL | FAILOVER, _DISKS),
    "backup.cross-region-restore": Word(Restore, DRILL | FAILOVER, _DISKS),
    "nic.create": Word(Nic, outputs={"id": OutputType.ARM_ID, "address": OutputType.TEXT}),
    "vm.create": Word(Machine, outputs={**_MACHINE, "address": OutputType.TEXT}),
    "vm.start": Word(ItemOrMachine, outputs=_MACHINE),
    "vm.deallocate": Word(ItemOrMachine, outputs=_MACHINE),
    "vm.run-command": Word(Script, outputs={"exit-code": OutputType.INTEGER, "output": OutputType.TEXT}),
    "asr.failover": Word(Failover, FAILOVER, _RECOVERED),
    "asr.commit": Word(Item, FAILOVER),
    "asr.cancel-failover": Word(Item, FAILOVER),
    "asr.test-failover": Word(TestFailover, DRILL, _RECOVERED),
    "asr.test-cleanup": Word(Item, DRILL),
    "dns.switch": Word(
        Dns, REAL, {"previous": OutputType.TEXTS, "values": OutputType.TEXTS, "ttl": OutputType.INTEGER}
    ),
}
CHECKS = {
    "check.http": Word(Http),
    "check.tcp": Word(Tcp),
    "check.dns": Word(DnsAsked),
    "check.vm": Word(CheckMachine),
    "check.replication": Word(Replication),
    "check.recovery-point": Word(Point),
    "check.isolation": Word(Network),
}


class FakeCatalogue:
    """Answers the port `ParameterCatalogue` from a table."""

    def __init__(self, words: Mapping[str, Word]) -> None:
        self._words = words

    def names(self) -> tuple[str, ...]:
        """Give every name."""
        return tuple(sorted(self._words))

    def _word(self, name: str) -> Word:
        if name not in self._words:
            raise NotFoundError("no such word", target=name)
        return self._words[name]

    def schema(self, name: str) -> Schema:
        """Give the schema of its values."""
        return self._word(name).params.model_json_schema()

    def faults(self, name: str, values: Mapping[str, Json]) -> tuple[Fault, ...]:
        """Give what is wrong."""
        try:
            self._word(name).params.model_validate(values)
        except ValidationError as error:
            return tuple(self._fault(complaint) for complaint in error.errors(include_url=False))
        return ()

    def _fault(self, complaint: Any) -> Fault:
        name = complaint["loc"][-1] if complaint["loc"] else ""
        words = {"missing": f'the key "{name}" is missing', "extra_forbidden": f'unknown key "{name}"'}
        return Fault(path=complaint["loc"], message=words.get(complaint["type"], complaint["msg"]))

    def modes(self, name: str) -> frozenset[Mode]:
        """Give its modes."""
        return self._word(name).modes

    def outputs(self, name: str) -> Mapping[str, OutputType]:
        """Give its outputs."""
        return self._word(name).outputs

    def permissions(self, name: str) -> tuple[str, ...]:
        """Need nothing."""
        self._word(name)
        return ()


def fake_checks() -> FakeCatalogue:
    """Give every check."""
    return FakeCatalogue(CHECKS)


def fake_vocabulary() -> Vocabulary:
    """Give every action and check."""
    return Vocabulary(FakeCatalogue(ACTIONS), FakeCatalogue(CHECKS))
