"""Azure Virtual Desktop: host pools, session hosts, sessions, and what workspaces show. Its package is old autorest."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from drd.domain.durations import format_instant
from drd.domain.errors import NotFoundError, RefusedError
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.clock import Clock
from drd.ports.desktops import HostPool, HostPoolWish, SessionHost, SessionHostWish, UserSession, Workspace
from drd.providers.azure.body import Body, arm_id, bodies, branch, tags, text, texts, value, whole
from drd.providers.azure.clients import Clients
from drd.providers.azure.deployments import AzureDeployments
from drd.providers.azure.instant import real_instant
from drd.providers.azure.reading import Reader
from drd.providers.azure.sending import Sender
from drd.providers.azure.session_hosts import deployment_of

if TYPE_CHECKING:
    from azure.mgmt.desktopvirtualization.aio import DesktopVirtualizationMgmtClient

_NOTHING = frozenset({"", "failed", "canceled"})
_HEALTHY = "healthchecksucceeded"
_HOSTS, _SESSIONS = "/sessionhosts/", "/usersessions/"

_Call = Callable[["DesktopVirtualizationMgmtClient", Mapping[str, Any]], Awaitable[object]]


class AzureDesktops:
    """Answers `drd.ports.desktops.Desktops`.

    Permissions, under `Microsoft.DesktopVirtualization/`: pools, pool: `hostpools/read`. create_pool,
    open_registration: `hostpools/write`. create_host: `hostpools/retrieveRegistrationToken/action`,
    `Microsoft.Resources/deployments/write` and what that writes. hosts, host: `hostpools/sessionhosts/read`.
    drain: `hostpools/sessionhosts/write`. sessions, send_message, log_off:
    `hostpools/sessionhosts/usersessions/read`, `.../sendMessage/action`, `.../delete`. workspace, publish:
    `workspaces/read`, `workspaces/write`.
    """

    def __init__(self, *, clients: Clients, reader: Reader, sender: Sender, clock: Clock) -> None:
        """Take the clients, what asks, what sends, and world time."""
        self._clients = clients
        self._reader = reader
        self._sender = sender
        self._deployments = AzureDeployments(clients=clients, reader=reader, sender=sender, clock=clock)

    async def pools(self, subscription: str) -> tuple[HostPool, ...]:
        """Give the subscription's host pools."""
        client = self._clients.desktops(subscription)
        found = await self._reader.read_all(
            client.host_pools.list, what="list the host pools", target=f"/subscriptions/{subscription}"
        )
        wired = (_wired(each) for each in found)
        return tuple(_pool(each, ArmId.parse(text(each, "id"))) for each in wired)

    async def pool(self, pool: ArmId) -> HostPool | None:
        """Read a host pool; None when there is none."""
        client = self._clients.desktops(pool.subscription).host_pools
        found = await self._reader.find(
            lambda: client.get(pool.resource_group, pool.name), what="read the host pool", target=str(pool)
        )
        return None if found is None else _pool(_wired(found), pool)

    async def create_pool(self, wish: HostPoolWish) -> None:
        """PUT by name: sending it again with the same wish changes nothing."""
        kind, balancer = ("Personal", "Persistent") if wish.personal else ("Pooled", "BreadthFirst")
        body: Any = {
            "location": wish.location,
            "tags": dict(wish.tags),
            "properties": {"hostPoolType": kind, "loadBalancerType": balancer, "preferredAppGroupType": "Desktop"},
        }
        if wish.personal:
            body["properties"]["personalDesktopAssignmentType"] = "Automatic"
        await self._send(
            wish.id,
            lambda client, options: client.host_pools.create_or_update(
                wish.id.resource_group, wish.id.name, body, **options
            ),
            what="create the host pool",
            request_id=wish.request_id,
        )

    async def open_registration(self, pool: ArmId, *, until: datetime, request_id: str) -> None:
        """Let machines register until an instant: the pool gets a new token, and the one before is worth nothing."""
        info = {"expirationTime": format_instant(until), "registrationTokenOperation": "Update"}
        body: Any = {"properties": {"registrationInfo": info}}
        await self._send(
            pool,
            lambda client, options: client.host_pools.update(pool.resource_group, pool.name, body, **options),
            what="open the host pool for registration",
            request_id=request_id,
        )

    async def create_host(self, wish: SessionHostWish) -> Operation:
        """Send the one deployment that makes a host. The pool's token goes into its body and is kept nowhere.

        Raises:
            RefusedError: the pool is not open for registration.
            ConflictError: a deployment of the same name runs.
        """
        token = await self._registration_token(wish.pool)
        return await self._deployments.deploy(deployment_of(wish, token))

    async def creation(self, deployment: ArmId) -> Operation | None:
        """Give what was sent under a deployment's name, to be followed; None when nothing was, or it has failed."""
        state = await self._deployments.state(deployment)
        return None if state in _NOTHING else self._deployments.adopted(deployment)

    async def follow(self, operation: Operation) -> Status:
        """Ask how the making of a host stands."""
        return await self._deployments.follow(operation)

    async def _registration_token(self, pool: ArmId) -> str:
        client = self._clients.desktops(pool.subscription).host_pools
        found = await self._reader.read(
            lambda: client.retrieve_registration_token(pool.resource_group, pool.name),
            what="fetch the registration token",
            target=str(pool),
        )
        token = found.token or ""
        if not token:
            raise RefusedError(
                "the host pool is not open for registration",
                target=str(pool),
                hint="let the step need one that uses desktop.open-registration, with time enough",
                code="registration-closed",
            )
        return token

    async def hosts(self, pool: ArmId) -> tuple[SessionHost, ...]:
        """Give the hosts of a pool."""
        client = self._clients.desktops(pool.subscription).session_hosts
        found = await self._reader.read_all(
            lambda: client.list(pool.resource_group, pool.name), what="list the session hosts", target=str(pool)
        )
        return tuple(_host(_wired(each)) for each in found)

    async def host(self, pool: ArmId, name: str) -> SessionHost | None:
        """Read a host by its name; None when there is none."""
        client = self._clients.desktops(pool.subscription).session_hosts
        found = await self._reader.find(
            lambda: client.get(pool.resource_group, pool.name, name),
            what="read the session host",
            target=f"{pool}/sessionHosts/{name}",
        )
        return None if found is None else _host(_wired(found))

    async def drain(self, host: ArmId, *, drained: bool, request_id: str) -> None:
        """Let a host take no new sessions, or let it take them again. By value: again changes nothing."""
        pool, name = _above(host, _HOSTS)
        body: Any = {"properties": {"allowNewSession": not drained}}
        await self._send(
            host,
            lambda client, options: client.session_hosts.update(
                pool.resource_group, pool.name, name, session_host=body, **options
            ),
            what="drain the session host" if drained else "let the session host take sessions again",
            request_id=request_id,
        )

    async def sessions(self, host: ArmId) -> tuple[UserSession, ...]:
        """Give the sessions on a host."""
        pool, name = _above(host, _HOSTS)
        client = self._clients.desktops(host.subscription).user_sessions
        found = await self._reader.read_all(
            lambda: client.list(pool.resource_group, pool.name, name), what="list the sessions", target=str(host)
        )
        return tuple(_session(_wired(each)) for each in found)

    async def send_message(self, session: ArmId, *, title: str, text: str, request_id: str) -> None:
        """Show a message in a session."""
        host, number = _above(session, _SESSIONS)
        pool, name = _above(host, _HOSTS)
        body: Any = {"messageTitle": title, "messageBody": text}
        await self._send(
            session,
            lambda client, options: client.user_sessions.send_message(
                pool.resource_group, pool.name, name, number, body, **options
            ),
            what="send a message to the session",
            request_id=request_id,
        )

    async def log_off(self, session: ArmId, *, force: bool, request_id: str) -> None:
        """End a session; one that is gone is done."""
        host, number = _above(session, _SESSIONS)
        pool, name = _above(host, _HOSTS)
        try:
            await self._send(
                session,
                lambda client, options: client.user_sessions.delete(
                    pool.resource_group, pool.name, name, number, force, **options
                ),
                what="log the session off",
                request_id=request_id,
            )
        except NotFoundError:
            return

    async def workspace(self, workspace: ArmId) -> Workspace | None:
        """Read a workspace; None when there is none."""
        client = self._clients.desktops(workspace.subscription).workspaces
        found = await self._reader.find(
            lambda: client.get(workspace.resource_group, workspace.name),
            what="read the workspace",
            target=str(workspace),
        )
        return None if found is None else _workspace(_wired(found), workspace)

    async def publish(self, workspace: ArmId, application_groups: tuple[ArmId, ...], *, request_id: str) -> None:
        """Let a workspace show exactly these application groups. By value: again changes nothing."""
        shown = [str(each) for each in application_groups]
        body: Any = {"properties": {"applicationGroupReferences": shown}}
        await self._send(
            workspace,
            lambda client, options: client.workspaces.update(workspace.resource_group, workspace.name, body, **options),
            what="change what the workspace shows",
            request_id=request_id,
        )

    async def _send(self, target: ArmId, call: _Call, *, what: str, request_id: str) -> None:
        client = self._clients.desktops(target.subscription)
        await self._sender.send(
            lambda options: call(client, options), what=what, target=str(target), request_id=request_id
        )


def _wired(model: Any) -> Body:  # noqa: ANN401 - the package's models have no base that is typed
    """Give an old model's wire form, members that the service alone writes included."""
    body: Body = model.serialize(keep_readonly=True)
    return body


def _above(below: ArmId, between: str) -> tuple[ArmId, str]:
    """Take an id apart at the type of its last part: what is above, and the part's name."""
    at = below.key.rindex(between)
    return ArmId(below.text[:at]), below.text[at + len(between) :]


def _pool(body: Body, pool: ArmId) -> HostPool:
    ends = text(body, "properties", "registrationInfo", "expirationTime")
    return HostPool(
        id=pool,
        location=text(body, "location"),
        personal=text(body, "properties", "hostPoolType").casefold() == "personal",
        registration_ends_at=real_instant(ends) if ends else None,
        tags=tags(body),
    )


def _host(body: Body) -> SessionHost:
    properties = branch(body, "properties")
    checks = bodies(properties, "sessionHostHealthCheckResults")
    return SessionHost(
        id=ArmId.parse(text(body, "id")),
        name=text(body, "name").rpartition("/")[2],
        status=text(properties, "status"),
        drained=value(properties, "allowNewSession") is False,
        sessions=whole(properties, "sessions") or 0,
        machine=arm_id(properties, "resourceId"),
        assigned_user=text(properties, "assignedUser"),
        failed_checks=tuple(
            text(each, "healthCheckName")
            for each in checks
            if text(each, "healthCheckResult").casefold() not in {"", _HEALTHY}
        ),
    )


def _session(body: Body) -> UserSession:
    properties = branch(body, "properties")
    return UserSession(
        id=ArmId.parse(text(body, "id")),
        user=text(properties, "userPrincipalName"),
        state=text(properties, "sessionState"),
    )


def _workspace(body: Body, workspace: ArmId) -> Workspace:
    return Workspace(
        id=workspace,
        location=text(body, "location"),
        application_groups=tuple(ArmId(each) for each in texts(body, "properties", "applicationGroupReferences")),
    )
