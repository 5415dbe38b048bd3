"""Azure's own client against host pools, session hosts, sessions and workspaces, and what the specification shows."""

import json
from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from drd.sandbox.wire import Request
from tests.contract.sandbox.conftest import ROOT, Azure
from tests.contract.sandbox.examples import missing

pytestmark = pytest.mark.anyio

HOME, AWAY = "rg-werkplek", "rg-werkplek-neu"
POOL, HOST = "hp-kantoor", "vm-kantoor-001.voorbeeld.example"
PROVIDER = "providers/Microsoft.DesktopVirtualization"


def raw(azure: Azure, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Ask without a client, and give the body as it is on the wire."""
    token = azure.sandbox.world.identities.token_for("sandbox-owner")
    mark = "&" if "?" in path else "?"
    request = Request(
        method=method,
        url=f"{azure.base_url}{path}{mark}api-version=2024-04-03",
        headers={"authorization": f"Bearer {token}"},
        body=json.dumps(body).encode() if body else b"",
    )
    return azure.sandbox.answer(request).json()


async def status_of(azure: Azure, group: str = HOME, pool: str = POOL, host: str = HOST) -> str:
    """Give a session host's status."""
    found = await azure.desktops.session_hosts.get(group, pool, host)
    return str(found.status)


async def test_pools_hosts_and_sessions_are_listed_in_pages(azure: Azure) -> None:
    """`initialSkip` and `isDescending` are the service's own; the rest comes by nextLink."""
    pools = [each.name async for each in azure.desktops.host_pools.list()]
    hosts = [each async for each in azure.desktops.session_hosts.list(HOME, POOL)]
    last = [each.name async for each in azure.desktops.session_hosts.list(HOME, POOL, 10, True, 78)]
    named = azure.desktops.user_sessions.list_by_host_pool(
        HOME, POOL, "userPrincipalName eq 'kantoor002@voorbeeld.example'"
    )

    assert pools == ["hp-kantoor", "hp-balie", "hp-kantoor-neu", "hp-balie-neu"]
    assert len(hosts) == 80
    assert hosts[0].name == f"{POOL}/{HOST}"
    assert {each.status for each in hosts} == {"Available"}
    assert last == [f"{POOL}/vm-kantoor-002.voorbeeld.example", f"{POOL}/{HOST}"]
    assert [each.active_directory_user_name async for each in named] == ["VOORBEELD\\kantoor002"]


async def test_a_host_is_drained_and_its_user_told_and_logged_off(azure: Azure) -> None:
    """All at once; a session that is logged off twice is gone already."""
    desktops: Any = azure.desktops
    drained = await desktops.session_hosts.update(
        HOME,
        POOL,
        HOST,
        session_host={"properties": {"allowNewSession": False}},
    )
    (session,) = [each async for each in desktops.user_sessions.list(HOME, POOL, HOST)]
    number = str(session.name).rpartition("/")[2]
    with pytest.raises(HttpResponseError) as refused:
        await desktops.session_hosts.delete(HOME, POOL, HOST)
    await desktops.user_sessions.send_message(
        HOME,
        POOL,
        HOST,
        number,
        {"messageTitle": "Let op", "messageBody": "Bewaar uw werk"},
    )
    await desktops.user_sessions.disconnect(HOME, POOL, HOST, number)
    disconnected = await desktops.user_sessions.get(HOME, POOL, HOST, number)
    await desktops.user_sessions.delete(HOME, POOL, HOST, number, True)
    await desktops.user_sessions.delete(HOME, POOL, HOST, number, True)

    assert drained.allow_new_session is False
    assert drained.status == "Available"
    assert refused.value.status_code == 400
    assert refused.value.error is not None
    assert refused.value.error.code == "400"
    assert disconnected.session_state == "Disconnected"
    assert (await desktops.session_hosts.get(HOME, POOL, HOST)).sessions == 0
    assert len(azure.effects("usersession.message")) == 1
    await desktops.session_hosts.delete(HOME, POOL, HOST)
    with pytest.raises(ResourceNotFoundError, match="SessionHost not found"):
        await desktops.session_hosts.get(HOME, POOL, HOST)


async def test_a_session_that_is_asked_to_end_takes_its_time(azure: Azure) -> None:
    """Without force its programs close first."""
    await azure.desktops.user_sessions.delete(HOME, POOL, HOST, "2")
    leaving = await azure.desktops.user_sessions.get(HOME, POOL, HOST, "2")
    await azure.time.sleep(60)

    assert leaving.session_state == "LogOff"
    assert [each async for each in azure.desktops.user_sessions.list(HOME, POOL, HOST)] == []


async def test_a_registration_token_is_told_by_its_own_address_only_and_ends(azure: Azure) -> None:
    """Pools never show it; a new one replaces the old; one can be revoked."""
    pools = azure.desktops.host_pools
    until = (azure.time.now + timedelta(hours=4)).isoformat()
    renew: Any = {"properties": {"registrationInfo": {"expirationTime": until, "registrationTokenOperation": "Update"}}}
    revoke: Any = {"properties": {"registrationInfo": {"registrationTokenOperation": "Delete"}}}

    assert (await pools.retrieve_registration_token(AWAY, "hp-kantoor-neu")).token is None
    shown = await pools.update(AWAY, "hp-kantoor-neu", renew)
    first = (await pools.retrieve_registration_token(AWAY, "hp-kantoor-neu")).token
    await pools.update(AWAY, "hp-kantoor-neu", renew)
    second = await pools.retrieve_registration_token(AWAY, "hp-kantoor-neu")
    listed = await pools.list_registration_tokens(AWAY, "hp-kantoor-neu")

    assert shown.registration_info is not None
    assert shown.registration_info.token is None
    assert first
    assert first != second.token
    assert [each.token for each in listed.value or []] == [second.token]
    await azure.time.sleep(5 * 3600)
    assert (await pools.retrieve_registration_token(AWAY, "hp-kantoor-neu")).token is None
    renew["properties"]["registrationInfo"]["expirationTime"] = (azure.time.now + timedelta(hours=2)).isoformat()
    await pools.update(AWAY, "hp-kantoor-neu", renew)
    await pools.update(AWAY, "hp-kantoor-neu", revoke)
    assert (await pools.retrieve_registration_token(AWAY, "hp-kantoor-neu")).token is None


async def test_an_expiry_that_azure_does_not_allow_is_refused(azure: Azure) -> None:
    """An hour at least, 27 days at most."""
    far = (azure.time.now + timedelta(days=40)).isoformat()
    body: Any = {"properties": {"registrationInfo": {"expirationTime": far, "registrationTokenOperation": "Update"}}}

    with pytest.raises(HttpResponseError, match="27 days"):
        await azure.desktops.host_pools.update(AWAY, "hp-kantoor-neu", body)


async def test_a_lost_region_takes_its_broker_with_it(azure: Azure) -> None:
    """Pools of the home region answer nobody; those of the recovery region answer, and people find nothing yet."""
    azure.lose("westeurope")

    with pytest.raises(HttpResponseError) as refused:
        await azure.desktops.session_hosts.get(HOME, POOL, HOST)
    assert refused.value.status_code == 503
    assert [each.name async for each in azure.desktops.host_pools.list()] == ["hp-kantoor-neu", "hp-balie-neu"]
    feed = raw(azure, "GET", "/_sandbox/desktops?user=kantoor001@voorbeeld.example")
    assert feed["desktops"] == []


async def test_hosts_of_another_region_fall_silent_when_theirs_is_lost(azure: Azure) -> None:
    """Their broker notices after a while: first nothing, then Unavailable, then NoHeartbeat."""
    pool = azure.sandbox.world.store.require(f"{ROOT}/{HOME}/{PROVIDER}/hostPools/{POOL}")
    host = azure.sandbox.world.store.require(f"{pool.id}/sessionHosts/{HOST}")
    machine = azure.sandbox.world.store.require(str(host.properties["resourceId"]))
    put = azure.sandbox.world.store.put
    from_elsewhere = machine.__class__(**{**_fields(machine), "location": "swedencentral"})
    put(from_elsewhere, at=azure.time.now, by="test")
    azure.sandbox.world.regions.down("swedencentral", azure.time.now)
    seen = []
    for seconds in (30, 150, 600):
        await azure.time.sleep(seconds)
        seen.append(await status_of(azure))

    assert seen == ["Available", "Unavailable", "NoHeartbeat"]


async def test_the_state_of_machine_directory_and_profiles_shows(azure: Azure) -> None:
    """A host that is off is Shutdown; without its directory its trust is lost; without profiles it says so."""
    poller = await azure.compute.virtual_machines.begin_deallocate(HOME, "vm-kantoor-002")
    await poller.result()
    assert await status_of(azure, host="vm-kantoor-002.voorbeeld.example") == "Shutdown"

    for name in ("vm-id-1", "vm-id-2"):
        poller = await azure.compute.virtual_machines.begin_deallocate("rg-identiteit", name)
        await poller.result()
    found: Any = await azure.desktops.session_hosts.get(HOME, POOL, HOST)
    failed = [
        each.health_check_name
        for each in found.session_host_health_check_results or []
        if each.health_check_result != "HealthCheckSucceeded"
    ]
    assert found.status == "DomainTrustRelationshipLost"
    assert failed == ["DomainTrustCheck", "DomainReachable"]


async def test_a_personal_host_changes_hands_only_with_force(azure: Azure) -> None:
    """And in a pooled pool nobody can be assigned."""
    hosts = azure.desktops.session_hosts
    body: Any = {"properties": {"assignedUser": "balie039@voorbeeld.example"}}
    name = "vm-balie-040.voorbeeld.example"

    with pytest.raises(HttpResponseError, match="already assigned"):
        await hosts.update(HOME, "hp-balie", name, session_host=body)
    changed = await hosts.update(HOME, "hp-balie", name, True, body)
    assert changed.assigned_user == "balie039@voorbeeld.example"
    with pytest.raises(HttpResponseError, match="personal host pool"):
        await hosts.update(HOME, POOL, HOST, session_host=body)


async def test_a_workspace_shows_groups_of_its_own_region_and_of_no_other_workspace(azure: Azure) -> None:
    """What it shows is replaced whole, and users find it there."""
    groups = f"{ROOT}/{AWAY}/{PROVIDER}/applicationGroups"
    body: Any = {"properties": {"applicationGroupReferences": [f"{groups}/ag-kantoor-neu"]}}
    shown = await azure.desktops.workspaces.update(AWAY, "ws-werkplek-neu", body)
    group = await azure.desktops.application_groups.get(AWAY, "ag-kantoor-neu")
    foreign: Any = {
        "properties": {"applicationGroupReferences": [f"{ROOT}/{HOME}/{PROVIDER}/applicationGroups/ag-kantoor"]}
    }

    assert shown.application_group_references
    assert str(group.workspace_arm_path).endswith("/ws-werkplek-neu")
    with pytest.raises(HttpResponseError, match="location"):
        await azure.desktops.workspaces.update(AWAY, "ws-werkplek-neu", foreign)
    with pytest.raises(HttpResponseError, match="still has ApplicationGroups"):
        await azure.desktops.host_pools.delete(AWAY, "hp-kantoor-neu")


async def test_a_pool_a_group_and_a_workspace_are_made_and_removed(azure: Azure) -> None:
    """201, then 200; removed in the order that Azure wants; 204 for what is not there."""
    desktops, place = azure.desktops, "northeurope"
    pool: Any = {
        "location": place,
        "properties": {
            "hostPoolType": "Personal",
            "loadBalancerType": "Persistent",
            "preferredAppGroupType": "Desktop",
        },
    }
    made = await desktops.host_pools.create_or_update(AWAY, "hp-proef", pool)
    group: Any = {
        "location": place,
        "properties": {"hostPoolArmPath": str(made.id), "applicationGroupType": "Desktop", "friendlyName": "Proef"},
    }
    offered = await desktops.application_groups.create_or_update(AWAY, "ag-proef", group)
    workspace: Any = {"location": place, "properties": {"applicationGroupReferences": [str(offered.id)]}}
    await desktops.workspaces.create_or_update(AWAY, "ws-proef", workspace)

    assert str(made.id).endswith("/hostpools/hp-proef")
    assert [each.name async for each in desktops.desktops.list(AWAY, "ag-proef")] == ["ag-proef/SessionDesktop"]
    with pytest.raises(HttpResponseError, match="still registered"):
        await desktops.application_groups.delete(AWAY, "ag-proef")
    empty: Any = {"properties": {"applicationGroupReferences": []}}
    await desktops.workspaces.update(AWAY, "ws-proef", empty)
    await desktops.workspaces.delete(AWAY, "ws-proef")
    await desktops.application_groups.delete(AWAY, "ag-proef")
    await desktops.host_pools.delete(AWAY, "hp-proef")
    await desktops.host_pools.delete(AWAY, "hp-proef")
    with pytest.raises(ResourceNotFoundError):
        await desktops.host_pools.get(AWAY, "hp-proef")


def _fields(resource: Any) -> dict[str, Any]:
    return {name: getattr(resource, name) for name in resource.__slots__}


async def test_every_answer_holds_what_the_specification_shows(azure: Azure) -> None:
    """As it is on the wire, member by member."""
    above = f"{ROOT}/{HOME}/{PROVIDER}"
    subscription = ROOT.rpartition("/")[0]
    tags = {"key1": "value1", "key2": "value2"}
    windows = [{"hour": 7, "dayOfWeek": "Friday"}]
    update = {"type": "Scheduled", "useSessionHostLocalTime": False, "maintenanceWindowTimeZone": "UTC"}
    pool = {"tags": tags, "properties": {"agentUpdate": {**update, "maintenanceWindows": windows}}}
    answers = {
        "HostPools_Update": raw(azure, "PATCH", f"{above}/hostPools/{POOL}", pool),
        "HostPools_List": raw(azure, "GET", f"{subscription}/{PROVIDER}/hostPools"),
        "SessionHosts_Update": raw(
            azure, "PATCH", f"{above}/hostPools/{POOL}/sessionHosts/{HOST}", {"properties": {"friendlyName": "een"}}
        ),
        "UserSessions_ListByHostPool": raw(azure, "GET", f"{above}/hostPools/{POOL}/userSessions"),
        "ApplicationGroups_Get": raw(azure, "GET", f"{above}/applicationGroups/ag-kantoor"),
        "Workspaces_Update": raw(azure, "PATCH", f"{above}/workspaces/ws-werkplek", {"tags": tags}),
        "Desktops_List": raw(azure, "GET", f"{above}/applicationGroups/ag-kantoor/desktops"),
        "ScalingPlans_Get": raw(azure, "GET", f"{above}/scalingPlans/hp-kantoor-plan"),
    }

    lacking = {name: missing(body, "desktop_virtualization", name) for name, body in answers.items()}
    assert {name: members for name, members in lacking.items() if members} == {}
    plans = [each.name async for each in azure.desktops.scaling_plans.list_by_host_pool(HOME, POOL)]
    assert plans == ["hp-kantoor-plan"]
