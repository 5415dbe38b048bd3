"""Extensions of machines: what Azure runs inside them. They need a machine that runs and an agent that answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.compute.extension_state import EXTENSION_TYPE, extension_view
from drd.sandbox.compute.machine import agent_is_silent, agent_ready_at
from drd.sandbox.compute.machine_operations import accepted_with_both, monitor_path
from drd.sandbox.compute.run_command import require_running, silent_agent
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.longrunning import accepted
from drd.sandbox.operations import Operation
from drd.sandbox.router import Route
from drd.sandbox.software import Installed
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

_MACHINE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{machine}"
_EXTENSIONS = _MACHINE + "/extensions"
_READ = "Microsoft.Compute/virtualMachines/extensions/read"
_WRITE = "Microsoft.Compute/virtualMachines/extensions/write"
_PROTECTED = ("protectedSettings", "protectedSettingsFromKeyVault")
_DEFAULT = "vm.extension"
_FAILURE = "VMExtensionProvisioningError"

_DURATIONS: Mapping[str, str] = MappingProxyType(
    {
        "microsoft.azure.activedirectory/aadloginforwindows": _DEFAULT,
        "microsoft.azure.activedirectory/aadsshloginforlinux": _DEFAULT,
        "microsoft.compute/jsonaddomainextension": "vm.extension-join",
        "microsoft.compute/customscriptextension": _DEFAULT,
        "microsoft.compute/vmaccessagent": _DEFAULT,
        "microsoft.compute/bginfo": _DEFAULT,
        "microsoft.azure.extensions/customscript": _DEFAULT,
        "microsoft.powershell/dsc": "vm.extension-dsc",
        "microsoft.azure.monitor/azuremonitorwindowsagent": _DEFAULT,
        "microsoft.azure.monitor/azuremonitorlinuxagent": _DEFAULT,
        "microsoft.azure.security/iaasantimalware": _DEFAULT,
        "microsoft.azure.security.windowsattestation/guestattestation": _DEFAULT,
        "microsoft.azure.recoveryservices/vmsnapshot": _DEFAULT,
    }
)
"""The extensions of Microsoft's own that are known here, with the profile's line of each; other publishers' may be
anything, and take the default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a PUT or PATCH asks for."""

    publisher: str
    type: str
    shown: JsonObject
    protected: JsonObject

    @property
    def handler(self) -> str:
        """Return the name under which the extension is known."""
        return f"{self.publisher}/{self.type}".casefold()


def get(call: Call) -> Response:
    """Answer an extension, with `$expand=instanceView` also its condition."""
    return answer(200, _wire(call, call.world.store.require(call.arm_id())))


def list_machine(call: Call) -> Response:
    """List a machine's extensions; Compute answers all of them at once."""
    machine = call.world.store.require(call.arm_id(drop=1))
    found = call.world.store.each(EXTENSION_TYPE, under=machine.id)
    return answer(200, {"value": [_wire(call, one) for one in found]})


def put(call: Call) -> Response:
    """Install an extension, or install it anew with other settings."""
    machine = call.world.store.require(call.arm_id(drop=2))
    asked = _read(call, None)
    existing = call.world.store.get(call.arm_id())
    _check(call, machine, asked)
    return _installed(call, machine, existing, asked)


def patch(call: Call) -> Response:
    """Change the settings of an extension that is there; what is not named stays, protected settings do not."""
    machine = call.world.store.require(call.arm_id(drop=2))
    existing = call.world.store.require(call.arm_id())
    return _installed(call, machine, existing, _read(call, existing))


def delete(call: Call) -> Response:
    """Remove an extension; 204 when there is none."""
    extension = call.world.store.get(call.arm_id())
    if extension is None:
        return answer(204)
    require_running(call.world.store.require(call.arm_id(drop=2)))
    kept = call.keep(extension.with_properties(provisioningState="Deleting").with_hidden(state="Deleting"))
    operation = call.world.operations.start(
        "vm.extension-delete",
        kept.id,
        region=kept.location,
        at=call.now,
        took=call.world.profile.duration("vm.extension-delete", kept.id),
        outcome=lambda at: _gone(call, kept.id, at),
    )
    call.effect("vm.extension.delete", id=kept.id, operation=operation.id)
    return accepted_with_both(call, kept, operation)


def nested(extension: Resource) -> JsonObject:
    """Return an extension as its machine's answer holds it under `resources`."""
    body = extension.wire()
    body.pop("tags", None)
    return body


def _read(call: Call, existing: Resource | None) -> _Asked:
    properties = {**(existing.properties if existing else {}), **object_at(call.body, "properties")}
    shown = {name: value for name, value in properties.items() if name not in {*_PROTECTED, "provisioningState"}}
    for name in ("publisher", "type", "typeHandlerVersion"):
        if not text_at(properties, name):
            raise bad_request("InvalidParameter", f"Required parameter '{name}' is missing (null).")
    shown.setdefault("autoUpgradeMinorVersion", False)
    return _Asked(
        publisher=text_at(properties, "publisher"),
        type=text_at(properties, "type"),
        shown=shown,
        protected=object_at(properties, "protectedSettings"),
    )


def _check(call: Call, machine: Resource, asked: _Asked) -> None:
    publishers = {known.split("/")[0] for known in _DURATIONS}
    if asked.handler not in _DURATIONS and asked.publisher.casefold() in publishers:
        raise ArmError(
            404,
            "ArtifactNotFound",
            f"The VM extension with publisher '{asked.publisher}' and type '{asked.type}' could not be found in "
            f"location '{machine.location}'.",
        )
    for other in call.world.store.each(EXTENSION_TYPE, under=machine.id):
        handler = f"{other.properties['publisher']}/{other.properties['type']}".casefold()
        if handler == asked.handler and other.key != fold(call.arm_id()):
            raise bad_request(
                "BadRequest",
                f"Multiple VMExtensions per handler not supported for OS type 'Windows'. VMExtension "
                f"'{call.arm_id().rsplit('/', 1)[-1]}' with handler '{asked.publisher}.{asked.type}' already added or "
                "specified in input.",
            )


def _installed(call: Call, machine: Resource, existing: Resource | None, asked: _Asked) -> Response:
    require_running(machine)
    state = "Updating" if existing else "Creating"
    kept = call.keep(
        Resource(
            id=call.arm_id(),
            type=EXTENSION_TYPE,
            location=machine.location,
            properties={**asked.shown, "provisioningState": state},
            tags=tags_in(call.body),
            hidden={"state": state, "message": "", "asked": asked, "changed_at": instant_text(call.now)},
        )
    )
    operation = _start(call, machine, kept, asked)
    status = 200 if existing else 201
    return accepted(call, operation, status=status, body=_wire(call, kept), monitor=monitor_path(kept, operation))


def _start(call: Call, machine: Resource, extension: Resource, asked: _Asked) -> Operation:
    profile = call.world.profile
    silent = agent_is_silent(call.world, machine, call.now)
    if silent:
        ends = call.now + profile.duration("vm.agent-timeout", machine.id)
    else:
        begins = max(call.now, agent_ready_at(call.world, machine) or call.now)
        ends = begins + profile.duration(_DURATIONS.get(asked.handler, _DEFAULT), extension.id)
    operation = call.world.operations.start(
        "vm.extension",
        extension.id,
        region=extension.location,
        at=call.now,
        took=ends - call.now,
        outcome=lambda at: _end(call, extension.id, at, silent=silent),
    )
    call.effect("vm.extension", id=extension.id, operation=operation.id)
    return operation


def _end(call: Call, extension_id: str, at: datetime, *, silent: bool) -> JsonObject | None:
    extension = call.world.store.get(extension_id)
    if extension is None:
        raise ArmError(
            409, "OperationPreempted", "The operation execution has been preempted by a more recent operation."
        )
    try:
        _install(call, extension, at, silent=silent)
    except ArmError as refusal:
        failed = extension.with_hidden(state="Failed", message=refusal.message, changed_at=instant_text(at))
        suppressed = extension.properties.get("suppressFailures") is True
        state = "Succeeded" if suppressed else "Failed"
        call.keep(failed.with_properties(provisioningState=state), at=at)
        if suppressed:
            return None
        raise
    done = extension.with_properties(provisioningState="Succeeded")
    words = f"{extension.name} has been enabled."
    call.keep(done.with_hidden(state="Succeeded", message=words, changed_at=instant_text(at)), at=at)
    return None


def _install(call: Call, extension: Resource, at: datetime, *, silent: bool) -> None:
    machine_id = extension.id.rsplit("/", 2)[0]
    if silent:
        raise silent_agent(call.world.store.require(machine_id))
    asked: _Asked = extension.hidden["asked"]
    fault = call.world.faults.condition("extension-fails", target=extension.id, region=extension.location, at=at)
    if fault is not None:
        raise _reported(extension, asked, code=fault.code, why=fault.said)
    installed = Installed(
        machine=machine_id,
        name=extension.name,
        publisher=asked.publisher,
        type=asked.type,
        settings=object_at(asked.shown, "settings"),
        protected=asked.protected,
        at=at,
        by=call.identity,
    )
    try:
        call.world.software.announce(installed)
    except ArmError as refusal:
        if refusal.code == _FAILURE:
            raise
        raise _reported(extension, asked, code=_FAILURE, why=refusal.message) from refusal


def _reported(extension: Resource, asked: _Asked, *, code: str, why: str) -> ArmError:
    return ArmError(
        409,
        code,
        f"VM has reported a failure when processing extension '{extension.name}' (publisher '{asked.publisher}' and "
        f"type '{asked.type}'). Error message: '{why}'.",
    )


def _gone(call: Call, extension_id: str, at: datetime) -> JsonObject | None:
    call.remove(extension_id, at=at)
    return None


def _wire(call: Call, extension: Resource) -> JsonObject:
    body = extension.wire()
    if call.query.get("$expand", "").casefold() == "instanceview":
        body["properties"]["instanceView"] = extension_view(extension)
    return body


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_EXTENSIONS, handler=list_machine, operation=_READ),
    Route(method="GET", template=_EXTENSIONS + "/{extension}", handler=get, operation=_READ),
    Route(method="PUT", template=_EXTENSIONS + "/{extension}", handler=put, operation=_WRITE),
    Route(method="PATCH", template=_EXTENSIONS + "/{extension}", handler=patch, operation=_WRITE),
    Route(
        method="DELETE",
        template=_EXTENSIONS + "/{extension}",
        handler=delete,
        operation="Microsoft.Compute/virtualMachines/extensions/delete",
    ),
)
