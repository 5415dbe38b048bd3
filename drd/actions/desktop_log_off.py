"""desktop.log-off: ends the sessions on a virtual PC, after telling the people on it. Drain it first.

Each session is told and then ended, by its own number; a session that is gone is done. Sent again after a crash, the
same request for the same number ends nobody else's session, because a drained host gets no new ones.

```yaml
- id: log-off
  uses: desktop.log-off
  for-each: {virtual-pcs: {pool: kantoor}}
  with:
    pool: "${{ inputs.pool }}"
    host: "${{ each.id }}"
    domain: voorbeeld.example
    title: Werkplek verhuist
    message: Bewaar uw werk en meld u over vijf minuten opnieuw aan.
```
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from drd.actions import Resource, ResourceName, Values
from drd.domain.call import Call
from drd.domain.errors import AmbiguousError, NotFoundError, RefusedError
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.ports.action import (
    Absent,
    Creation,
    Doubt,
    Outputs,
    OutputType,
    Pending,
    Present,
    Sighting,
    Simulation,
    StepContext,
    Verb,
)
from drd.ports.capabilities import Operation
from drd.ports.desktops import DESKTOPS, UserSession


class Params(Values):
    """Which host, and what its people read."""

    pool: Resource
    """The host pool."""
    host: ResourceName
    """The name of the host's machine."""
    domain: str = ""
    """The domain that the host is joined to; it is part of its name in the pool."""
    title: Annotated[str, Field(max_length=120)] = ""
    """The title of the message."""
    message: Annotated[str, Field(max_length=1000)] = ""
    """What people read before their session ends; nothing is shown where none is given."""
    force: bool = True
    """Whether programs that do not close are ended."""


class LogOff:
    """The sessions that are there say whether it was done."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = frozenset({Mode.FAILOVER, Mode.FAILBACK})
    permissions: tuple[str, ...] = (
        "Microsoft.DesktopVirtualization/hostpools/sessionhosts/read",
        "Microsoft.DesktopVirtualization/hostpools/sessionhosts/usersessions/read",
        "Microsoft.DesktopVirtualization/hostpools/sessionhosts/usersessions/sendMessage/action",
        "Microsoft.DesktopVirtualization/hostpools/sessionhosts/usersessions/delete",
    )
    outputs: Mapping[str, OutputType] = {"sessions": OutputType.INTEGER}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Name the host."""
        return (_id(parameters),)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether anybody is on it. Raises RefusedError when it still takes new sessions."""
        host = await context.provider.capability(DESKTOPS).host(parameters.pool, _name(parameters))
        if host is None or not await _sessions(parameters, context):
            return Present()
        if not host.drained:
            raise RefusedError(
                f"{host.name} still takes new sessions", target=str(host.id), hint="use desktop.drain before"
            )
        return Absent()

    async def act(self, parameters: Params, context: StepContext) -> Present:
        """Tell people, and end their sessions.

        Ending a session again changes nothing, a message again would: it goes out only while nothing is in doubt, and
        before the first session ends, so that an answer that is lost on the way leaves nobody untold.
        """
        desktops, sessions = context.provider.capability(DESKTOPS), await _sessions(parameters, context)
        for session in sessions if parameters.message and not context.in_doubt else ():
            await _tell(parameters, context, session)
        for session in sessions:
            await desktops.log_off(session.id, force=parameters.force, request_id=context.request_id)
        return Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Present:
        """It is answered at once."""
        return Present()

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read that nobody is on it."""
        left = await _sessions(parameters, context)
        if left:
            return Pending(note=f"{len(left)} sessions have not ended yet")
        return Present(outputs={"sessions": 0})

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Nobody can be logged on again."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what people would notice."""
        return Simulation(
            sentence=f"end the sessions on virtual PC {parameters.host}",
            targets=(str(_id(parameters)),),
            destructive=True,
        )


def _name(parameters: Params) -> str:
    return f"{parameters.host}.{parameters.domain}" if parameters.domain else parameters.host


def _id(parameters: Params) -> ArmId:
    return ArmId.parse(f"{parameters.pool}/sessionHosts/{_name(parameters)}")


async def _tell(parameters: Params, context: StepContext, session: UserSession) -> None:
    """Send the message once. Whether it was read says nothing of the session, so a lost answer stops nothing."""
    try:
        await context.provider.capability(DESKTOPS).send_message(
            session.id,
            title=parameters.title or parameters.message[:60],
            text=parameters.message,
            request_id=context.request_id,
        )
    except (AmbiguousError, NotFoundError):
        return


async def _sessions(parameters: Params, context: StepContext) -> Sequence[UserSession]:
    return await context.provider.capability(DESKTOPS).sessions(_id(parameters))


ACTION = Verb("desktop.log-off", Params, LogOff())
