"""Power, boot diagnostics and scripts of machines, through Azure's own client."""

from datetime import timedelta
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError

from drd.sandbox.faults import make
from drd.sandbox.wire import Request

pytestmark = pytest.mark.anyio

GROUP, MACHINE = "rg-netwerk-neu", "vm-vpn-neu"


async def power_of(azure: Any) -> str:
    """Return the power state."""
    view = await azure.compute.virtual_machines.instance_view(GROUP, MACHINE)
    return next(one.code for one in view.statuses if one.code.startswith("PowerState/"))


async def code_of(coroutine: Any) -> str:
    """Return the code with which Azure refuses, or with which an operation failed."""
    with pytest.raises(HttpResponseError) as refusal:
        await (await coroutine).result()
    return str(refusal.value.error.code)


async def test_a_machine_that_is_powered_off_keeps_its_place(azure: Any) -> None:
    """Stopped is not deallocated; both start again."""
    machines = azure.compute.virtual_machines
    await (await machines.begin_power_off(GROUP, MACHINE, skip_shutdown=True)).result()
    assert await power_of(azure) == "PowerState/stopped"
    assert await code_of(machines.begin_restart(GROUP, MACHINE)) == "OperationNotAllowed"
    await (await machines.begin_start(GROUP, MACHINE)).result()
    assert await power_of(azure) == "PowerState/running"
    await (await machines.begin_deallocate(GROUP, MACHINE)).result()
    await (await machines.begin_power_off(GROUP, MACHINE)).result()
    assert await power_of(azure) == "PowerState/deallocated"


@pytest.mark.parametrize("verb", ["restart", "redeploy"])
async def test_a_machine_that_boots_again_has_its_agent_later(azure: Any, verb: str) -> None:
    """Recorded: ready some time after it runs."""
    await (await getattr(azure.compute.virtual_machines, f"begin_{verb}")(GROUP, MACHINE)).result()

    early = await azure.compute.virtual_machines.instance_view(GROUP, MACHINE)
    assert early.vm_agent.statuses[0].display_status == "Not Ready"
    await azure.time.sleep(30)
    late = await azure.compute.virtual_machines.instance_view(GROUP, MACHINE)
    assert late.vm_agent.statuses[0].display_status == "Ready"


async def test_a_start_without_room_fails_and_may_be_tried_again(azure: Any) -> None:
    """A machine that keeps its place needs no room."""
    machines, faults = azure.compute.virtual_machines, azure.sandbox.world.faults
    faults.add(make("allocation", code="AllocationFailed"))
    await (await machines.begin_power_off(GROUP, MACHINE)).result()
    await (await machines.begin_start(GROUP, MACHINE)).result()
    await (await machines.begin_deallocate(GROUP, MACHINE)).result()
    assert await code_of(machines.begin_start(GROUP, MACHINE)) == "AllocationFailed"
    faults.clear()
    await (await machines.begin_start(GROUP, MACHINE)).result()
    assert await power_of(azure) == "PowerState/running"


async def test_hibernating_needs_the_capability(azure: Any) -> None:
    """And shows in the instance view."""
    machines = azure.compute.virtual_machines
    assert await code_of(machines.begin_deallocate(GROUP, MACHINE, hibernate=True)) == "OperationNotAllowed"
    await (
        await machines.begin_update(
            GROUP, MACHINE, {"properties": {"additionalCapabilities": {"hibernationEnabled": True}}}
        )
    ).result()
    await (await machines.begin_deallocate(GROUP, MACHINE, hibernate=True)).result()
    view = await machines.instance_view(GROUP, MACHINE)
    assert view.statuses[-1].code == "HibernationState/Hibernated"


async def test_tags_and_etags_change_together(azure: Any) -> None:
    """Each write counts, and an old ETag is refused."""
    machines = azure.compute.virtual_machines
    before = await machines.get(GROUP, MACHINE)
    changed = await (await machines.begin_update(GROUP, MACHINE, {"tags": {"dienst": "vpn"}})).result()
    assert changed.tags == {"dienst": "vpn"}
    assert changed.etag != before.etag
    options = {"etag": before.etag, "match_condition": MatchConditions.IfNotModified}
    with pytest.raises(HttpResponseError) as refusal:
        await machines.begin_update(GROUP, MACHINE, {"tags": {}}, **options)
    assert refusal.value.status_code == 412


async def test_lists_tell_only_the_condition_when_asked(azure: Any) -> None:
    """`statusOnly` answers without the model."""
    found = [one async for one in azure.compute.virtual_machines.list_all(status_only="true")]

    shown = next(one for one in found if one.name == MACHINE)
    assert shown.hardware_profile is None
    assert shown.instance_view.statuses[-1].code == "PowerState/running"


async def test_boot_diagnostics_give_addresses_that_answer(azure: Any) -> None:
    """The log and the picture need no token, only the address, until it expires."""
    found = await azure.compute.virtual_machines.retrieve_boot_diagnostics_data(
        GROUP, MACHINE, sas_uri_expiration_time_in_minutes=30
    )

    log = await azure.sandbox.handle(Request(method="GET", url=found.serial_console_log_blob_uri))
    picture = await azure.sandbox.handle(Request(method="GET", url=found.console_screenshot_blob_uri))
    assert b"waagent: ready" in log.body
    assert picture.body.startswith(b"\x89PNG")
    forged = found.serial_console_log_blob_uri.replace("vm-vpn-neu", "vm-db-1")
    assert (await azure.sandbox.handle(Request(method="GET", url=forged))).status == 403
    await azure.time.sleep(31 * 60)
    late = await azure.sandbox.handle(Request(method="GET", url=found.serial_console_log_blob_uri))
    assert late.status == 403


async def act(azure: Any, script: list[str], *, powershell: bool = False) -> list[tuple[str, str]]:
    """Run a script as an action, and return code and message of each status."""
    command = "RunPowerShellScript" if powershell else "RunShellScript"
    body = {"commandId": command, "script": script}
    result = await (await azure.compute.virtual_machines.begin_run_command(GROUP, MACHINE, body)).result()
    return [(one.code, one.message) for one in result.value]


async def test_the_action_answers_from_the_guests_own_state(azure: Any) -> None:
    """A well guest, a sick one, and the streams of Windows."""
    ask = ["curl -fsS http://localhost/health", "systemctl is-active vpn"]
    ((_, message),) = await act(azure, ask)
    assert message == 'Enable succeeded: \n[stdout]\n{"status":"ok"}\nactive\n[stderr]\n'
    azure.sandbox.world.guests.set_health(MACHINE, healthy=False)
    ((_, message),) = await act(azure, ask)
    assert "[stdout]\nfailed\n[stderr]\ncurl: (22)" in message
    streams = await act(azure, ["Write-Output hallo", "Get-Service vpn"], powershell=True)
    assert streams == [
        ("ComponentStatus/StdOut/succeeded", "hallo\nStopped  vpn"),
        ("ComponentStatus/StdErr/succeeded", ""),
    ]


def command(script: str, **properties: Any) -> dict[str, Any]:
    """Return the body of a managed command."""
    return {"location": "northeurope", "properties": {"source": {"script": script}, **properties}}


async def start(azure: Any, name: str, body: dict[str, Any]) -> Any:
    """Put a managed command."""
    return await azure.compute.virtual_machine_run_commands.begin_create_or_update(GROUP, MACHINE, name, body)


async def view_of(azure: Any, name: str) -> Any:
    """Return how far a managed command is."""
    commands = azure.compute.virtual_machine_run_commands
    return (await commands.get_by_virtual_machine(GROUP, MACHINE, name, expand="instanceView")).instance_view


async def test_a_managed_command_is_asynchronous_or_waited_for(azure: Any) -> None:
    """Either way its exit code is read from the instance view."""
    await (await start(azure, "traag", command("sleep 60\nhostname", asyncExecution=True))).result()
    assert (await view_of(azure, "traag")).execution_state == "Running"
    await azure.time.sleep(90)
    view = await view_of(azure, "traag")
    assert (view.execution_state, view.exit_code, view.output) == ("Succeeded", 0, "vm-vpn-neu")
    before = azure.time.now
    await (await start(azure, "wacht", command("sleep 60"))).result()
    assert azure.time.now - before >= timedelta(seconds=60)
    assert (await view_of(azure, "wacht")).execution_state == "Succeeded"


async def test_a_command_that_fails_fails_its_operation_only_when_asked(azure: Any) -> None:
    """A script's exit code is its own affair unless it is treated as the deployment's."""
    await (await start(azure, "stil", command("exit 3"))).result()
    assert (await view_of(azure, "stil")).exit_code == 3
    strict = command("exit 3", treatFailureAsDeploymentFailure=True)
    assert await code_of(start(azure, "streng", strict)) == "VMExtensionProvisioningError"
    azure.sandbox.world.faults.add(make("script-fails", exit_code=7, message="kapot"))
    await (await start(azure, "fout", command("hostname"))).result()
    view = await view_of(azure, "fout")
    assert (view.execution_state, view.exit_code, view.error) == ("Failed", 7, "kapot")


async def test_a_command_that_takes_too_long_is_stopped(azure: Any) -> None:
    """At the second at which its time is over."""
    await (await start(azure, "lang", command("sleep 600", timeoutInSeconds=120))).result()
    view = await view_of(azure, "lang")
    assert view.execution_state == "TimedOut"
    assert (view.end_time - view.start_time) == timedelta(seconds=120)


async def test_a_silent_agent_runs_nothing(azure: Any) -> None:
    """Both kinds of command fail after the wait for the agent."""
    azure.sandbox.world.faults.add(make("agent-silent", resource=MACHINE))
    assert await code_of(start(azure, "stom", command("hostname"))) == "VMAgentStatusCommunicationError"
    body = {"commandId": "RunShellScript", "script": ["hostname"]}
    acting = azure.compute.virtual_machines.begin_run_command(GROUP, MACHINE, body)
    assert await code_of(acting) == "VMAgentStatusCommunicationError"


async def test_commands_are_listed_changed_and_forgotten(azure: Any) -> None:
    """A changed script runs anew; protected parameters are never shown."""
    commands = azure.compute.virtual_machine_run_commands
    secret = command("hostname", protectedParameters=[{"name": "wachtwoord", "value": "geheim"}])
    made = await (await start(azure, "een", secret)).result()
    assert made.protected_parameters is None
    changed = await (await commands.begin_update(GROUP, MACHINE, "een", command("echo twee"))).result()
    assert changed.source.script == "echo twee"
    assert (await view_of(azure, "een")).output == "twee"
    assert [one.name async for one in commands.list_by_virtual_machine(GROUP, MACHINE)] == ["een"]
    await (await commands.begin_delete(GROUP, MACHINE, "een")).result()
    assert [one.name async for one in commands.list_by_virtual_machine(GROUP, MACHINE)] == []
