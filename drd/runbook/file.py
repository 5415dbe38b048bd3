"""The shape of `runbook/v1`."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from drd.runbook.field import Duration, Line, Name, Percent, Scalar, Strict, Words, wrong

ModeWord = Literal["drill", "failover", "failback"]
UngracefulWord = Literal["run", "skip", "only"]
OnFailureWord = Literal["pause", "stop", "continue", "undo"]
MOST_TRIES = 20


class InputModel(Strict):
    """Something that whoever starts the run may choose."""

    type: Literal["string", "integer", "boolean"]
    """What kind of value it is."""
    enum: list[Scalar] | None = Field(default=None, min_length=1)
    """The only values allowed."""
    default: Scalar | None = None
    """What it is when nobody chooses; without one it must be given."""
    text: Words | None = None
    """What it decides, in people's words."""


class ForEachModel(Strict):
    """One step for each of the service's items, or of its virtual PCs, that carry these labels."""

    items: dict[Name, Line] | None = None
    """Labels that an item must carry; {} takes every item."""
    virtual_pcs: dict[Name, Line] | None = None
    """Labels that a virtual PC must carry; {} takes every one."""
    allow_empty: bool = False
    """Whether nothing at all is fine; otherwise an empty selection is an error."""

    @model_validator(mode="after")
    def _one(self) -> "ForEachModel":
        if (self.items is None) == (self.virtual_pcs is None):
            raise wrong("exactly one of items and virtual-pcs is needed", "write items: {role: app}, or items: {}")
        return self


class RetryModel(Strict):
    """How often it is tried again after a transient error."""

    times: Annotated[int, Field(ge=0, le=MOST_TRIES)] = 3
    """Attempts after the first."""
    wait: Duration | None = None
    """Time between them; 20s by default."""


class CallModel(Strict):
    """A verb or a question, with its values."""

    uses: Line
    """The action or check."""
    values: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Its values; each action and check says which."""


class StepModel(CallModel):
    """One line of a runbook."""

    id: Name
    """Unique in the runbook."""
    needs: list[Name] | None = None
    """Steps that must be done first; steps of one group run side by side otherwise."""
    for_each: ForEachModel | None = None
    """Makes one step an item."""
    parallel: Annotated[int, Field(ge=1, le=1000)] | None = None
    """How many of a for-each may run at once; no limit by default."""
    modes: list[ModeWord] | None = Field(default=None, min_length=1)
    """The modes it belongs to; all of the runbook's by default. Where it is left out it counts as done."""
    ungraceful: UngracefulWord | None = None
    """`skip`: not when the home region cannot be reached; `only`: only then."""
    timeout: Duration | None = None
    """After which it has failed; 1h by default."""
    estimate: Duration | None = None
    """How long it takes, until the journal has history."""
    retry: RetryModel | None = None
    """What is done after a transient error; 3 more attempts, 20s apart, by default."""
    undo: CallModel | None = None
    """How it is taken back, where the action's own way does not serve."""
    critical: bool = True
    """Whether its failure makes the run fail."""
    on_failure: OnFailureWord | None = None
    """What the run does when it fails; the runbook's by default, but in a drill what always runs lets the run end."""
    text: Words | None = None
    """What it does, in people's words."""


class GroupModel(Strict):
    """Steps that may run side by side."""

    id: Name
    """Unique in the runbook."""
    title: Words | None = None
    """For people."""
    needs: list[Name] | None = None
    """Groups that must be done first; the group before it by default."""
    modes: list[ModeWord] | None = Field(default=None, min_length=1)
    """The modes it belongs to; all of the runbook's by default."""
    ungraceful: UngracefulWord | None = None
    """`skip`: not when the home region cannot be reached; `only`: only then."""
    minimum_success: Percent | None = None
    """Share of the group's child runs that must succeed; 100% by default."""
    steps: list[StepModel] = Field(min_length=1)
    """What is done."""


class RunbookFile(Strict):
    """How a service, or a whole tenant, is brought back."""

    drd: Literal["runbook/v1"]
    """The format."""
    id: Name
    """The runbook's id; the file is called ID.yaml."""
    service: Name | None = None
    """The service that it brings back; its items, objectives, contacts and checks come from the catalogue."""
    scope: Literal["tenant"] | None = None
    """A parent: it starts other runbooks."""
    title: Words
    """For people."""
    version: Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}$")] | None = None
    """As its authors count; told in the evidence of its runs, and no part of its plans."""
    modes: list[ModeWord] = Field(min_length=1)
    """What it can be started for."""
    inputs: dict[Name, InputModel] = Field(default={})
    """What whoever starts it may choose."""
    before: list[StepModel] = Field(default=[])
    """Checks that say whether it would work; asked first, and in steady state."""
    groups: list[GroupModel] = Field(min_length=1)
    """What is done, group after group."""
    after: list[StepModel] = Field(default=[])
    """Checks that say that it worked; with the catalogue's checks of the service they stop the RTO clock."""
    always: list[StepModel] = Field(default=[])
    """What is done last, also after failure or cancel."""
    on_failure: OnFailureWord = "pause"
    """What the run does when a step fails."""
    measured: bool = True
    """Whether its runs bring the service back; `false` for what is done while it runs: no RTO and no RPO then."""
    hypothesis: list[Name] | None = None
    """In a drill: which of the service's checks production must pass all along, or it stops. Left out, all of them."""

    @model_validator(mode="after")
    def _one_identity(self) -> "RunbookFile":
        if (self.service is None) == (self.scope is None):
            raise wrong("a runbook has `service` or `scope: tenant`, and only one", "add `service: ID` below `id`")
        if self.scope is not None and self.hypothesis is not None:
            raise wrong("a parent has no hypothesis of its own", "its children's count for it; remove `hypothesis`")
        return self


class ApproveModel(Strict):
    """The values of `uses: approve`."""

    ask: Words
    """The question."""
    by: list[Name] = Field(min_length=1)
    """Contacts that may answer."""
    minimum: Annotated[int, Field(ge=1, le=10)] = 1
    """How many must approve."""
    not_the_starter: bool = False
    """Whether the starter's own answer does not count."""
    expires: Duration | None = None
    """After which the question counts as refused."""
    remind: Duration | None = None
    """How often those asked are told again."""


class ChildModel(Strict):
    """The values of `uses: runbook`."""

    runbook: Name
    """The runbook that is run."""
    inputs: dict[Name, Scalar] = Field(default={})
    """What is chosen for it."""
