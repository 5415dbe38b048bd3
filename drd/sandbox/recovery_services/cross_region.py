"""Cross-region restore: the paired region answers for the vault, also when the vault's own region is lost.

The same paths as in the vault's region, under the one old api-version, show the copies that the paired region holds.
"""

import hashlib

from drd.sandbox.arm import fold
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.longrunning import accepted
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses, chance
from drd.sandbox.recovery_services.backup_items import (
    any_item_in_path,
    bodies,
    is_machine,
    item_body,
    item_in_path,
    points_of,
)
from drd.sandbox.recovery_services.backup_jobs import filtered, find_job, job_body, jobs_of
from drd.sandbox.recovery_services.backup_points import find_point, point_bodies, point_body
from drd.sandbox.recovery_services.regions_needed import paired_region, region_in_path, vault_in_path
from drd.sandbox.recovery_services.restore_order import read_order
from drd.sandbox.recovery_services.restore_work import journaled, place_order
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

VERSION = ("2021-11-15",)
_RETRY_AFTER = 60
_AAD_TYPE = "Microsoft.RecoveryServices/locations/backupAadProperties"
_AUDIENCE = "https://RecoveryServices/IaasCoord/aadmgmt/"


def list_items(call: Call) -> Response:
    """List the protected items of which the paired region holds copies."""
    _check_enabled(vault_in_path(call))
    return page(call, bodies(call, secondary=True))


def get_item(call: Call) -> Response:
    """Answer one protected item with the newest copy that the paired region holds."""
    _check_enabled(vault_in_path(call))
    return answer(200, item_body(call, any_item_in_path(call), secondary=True))


def list_points(call: Call) -> Response:
    """List the copies of an item that the paired region holds; they lag those of the vault's own region."""
    _check_enabled(vault_in_path(call))
    item = any_item_in_path(call)
    # Only machines are copied here: of a database or a share the paired region shows no point.
    points = points_of(call, item, secondary=True) if is_machine(item) else ()
    return page(call, point_bodies(call, item, points))


def get_point(call: Call) -> Response:
    """Answer one copy that the paired region holds."""
    _check_enabled(vault_in_path(call))
    item = item_in_path(call)
    return answer(200, point_body(call, item, find_point(call, points_of(call, item, secondary=True))))


def aad_properties(call: Call) -> Response:
    """Answer for which audience the paired region wants a token."""
    region = call.params["location"].lower()
    name = hashlib.sha256(f"{call.world.seed}|{region}".encode()).hexdigest()[:32]
    properties = {
        "servicePrincipalClientId": name,
        "tenantId": "00000000-0000-0000-0000-00000000ad01",
        "authority": "https://login.microsoftonline.com",
        "audience": f"{_AUDIENCE}{region}",
        "servicePrincipalObjectId": name[::-1],
    }
    path = f"{addresses.LOCATION.format(**call.params)}/backupAadProperties"
    return answer(200, {"id": path, "name": region, "type": _AAD_TYPE, "properties": properties})


def access_token(call: Call) -> Response:
    """Give the details with which the paired region lets a restore of one copy in.

    Raises:
        ArmError: 400, the body is not what `backupAadProperties` answered.
    """
    vault, item = vault_in_path(call), item_in_path(call)
    _check_enabled(vault)
    point = find_point(call, points_of(call, item, secondary=True))
    if not str(call.body.get("properties", {}).get("audience", "")).startswith(_AUDIENCE):
        message = "The body has to be the answer of backupAadProperties of the paired region."
        raise bad_request("BMSUserErrorInvalidInput", message)
    stamp = chance.name(str(call.world.seed), "stamp", vault.location)
    properties = {
        "objectType": "CrrAccessToken",
        "accessTokenString": _seal(call, item, point.name),
        "subscriptionId": call.subscription,
        "resourceGroupName": vault.group,
        "resourceName": vault.name,
        "resourceId": vault.id,
        "protectionContainerId": 0,
        "recoveryPointId": point.name,
        "recoveryPointTime": point_body(call, item, point)["properties"]["recoveryPointTime"],
        "containerName": call.params["container"],
        "containerType": "IaasVMContainer",
        "backupManagementType": "AzureIaasVM",
        "datasourceType": "VM",
        "datasourceName": call.params["item"],
        "datasourceId": item.id,
        "datasourceContainerName": call.params["container"],
        "protectableObjectContainerHostOsName": "",
        "protectableObjectFriendlyName": item.name.rsplit(";", 1)[-1],
        "rpIsManagedVirtualMachine": True,
        "rpOriginalSAOption": False,
        "coordinatorServiceStampId": stamp,
        "coordinatorServiceStampUri": f"https://coordinator-{stamp[:8]}.example",
        "protectionServiceStampId": stamp,
        "protectionServiceStampUri": f"https://protection-{stamp[:8]}.example",
        "tokenExtendedInformation": "",
    }
    told = point_body(call, item, point)
    return answer(200, {**{name: told[name] for name in ("id", "name", "type")}, "properties": properties})


def trigger(call: Call) -> Response:
    """Restore the disks of a copy in the paired region.

    Raises:
        ArmError: 400, the body is nested in `properties`, its access details are not ours, or the order cannot be had.
    """
    details, request = call.body.get("crossRegionRestoreAccessDetails"), call.body.get("restoreRequest")
    if not isinstance(details, dict) or not isinstance(request, dict):
        message = "The body has to have crossRegionRestoreAccessDetails and restoreRequest at its top."
        raise bad_request("BMSUserErrorInvalidInput", message)
    item = _item_of(call, details)
    copies = points_of(call, item, secondary=True)
    point = next((one for one in copies if one.name == details.get("recoveryPointId")), None)
    if point is None or details.get("accessTokenString") != _seal(call, item, point.name):
        message = "The access details are not what accessToken of this recovery point answered."
        raise bad_request("BMSUserErrorInvalidAccessToken", message)
    order = read_order(call, item, point, request, secondary=True)
    if order.region.lower() != call.params["location"].lower():
        message = f"Copies of this vault are restored in '{order.region}', not in '{call.params['location']}'."
        raise bad_request("UserErrorRestoreRegionMismatch", message)
    operation, job = place_order(call, order)
    call.effect("backup.cross-region-restore", **journaled(order, operation, job))
    path = addresses.LOCATION.format(**call.params)
    return accepted(
        call,
        operation,
        monitor=f"{path}/backupCrrOperationsStatus/{operation.id}",
        location=f"{path}/backupCrrOperationResults/{operation.id}",
        retry_after=_RETRY_AFTER,
    )


def list_jobs(call: Call) -> Response:
    """List the jobs that the paired region runs for the vault in the body: a POST that changes nothing."""
    vault = _vault_of_body(call)
    jobs = filtered(call, jobs_of(call, vault, secondary=True))
    return page(call, [job_body(vault.id, job, call.now, detailed=False) for job in jobs])


def get_job(call: Call) -> Response:
    """Answer one job of the vault in the body: a POST that changes nothing."""
    vault = _vault_of_body(call)
    job = find_job(jobs_of(call, vault, secondary=True), str(call.body.get("jobName", "")))
    return answer(200, job_body(vault.id, job, call.now, detailed=True))


def _vault_of_body(call: Call) -> Resource:
    vault_id = str(call.body.get("resourceId", ""))
    vault = call.world.store.get(vault_id) if vault_id.startswith("/subscriptions/") else None
    if vault is None or fold(vault.type) != fold(addresses.VAULT_TYPE):
        raise bad_request("BMSUserErrorInvalidInput", f"The resourceId '{vault_id}' is not a vault.")
    return vault


def _item_of(call: Call, details: JsonObject) -> Resource:
    item = call.world.store.get(str(details.get("datasourceId", "")))
    if item is None or fold(item.type) != fold(addresses.BACKUP_ITEM_TYPE):
        raise bad_request("BMSUserErrorInvalidAccessToken", "The access details name no protected item.")
    return item


def _seal(call: Call, item: Resource, point: str) -> str:
    return hashlib.sha256(f"{call.world.seed}|{item.key}|{point}".encode()).hexdigest()


def _check_enabled(vault: Resource) -> None:
    if vault.properties.get("redundancySettings", {}).get("crossRegionRestore") != "Enabled":
        message = f"Cross-region restore is not enabled for vault '{vault.name}'."
        raise ArmError(400, "BMSUserErrorCrossRegionRestoreNotEnabled", message)


_OF_ITEM = (
    ("GET", "", get_item, "read"),
    ("GET", "/recoveryPoints", list_points, "recoveryPoints/read"),
    ("GET", "/recoveryPoints/{point}", get_point, "recoveryPoints/read"),
    ("POST", "/recoveryPoints/{point}/accessToken", access_token, "recoveryPoints/accessToken/action"),
)
_IN_REGION = (
    ("GET", "/backupAadProperties", aad_properties, "backupAadProperties/read"),
    ("POST", "/backupCrossRegionRestore", trigger, "backupCrossRegionRestore/action"),
    ("POST", "/backupCrrJobs", list_jobs, "backupCrrJobs/action"),
    ("POST", "/backupCrrJob", get_job, "backupCrrJob/action"),
)

ROUTES = (
    Route(
        method="GET",
        template=addresses.VAULT + "/backupProtectedItems",
        handler=list_items,
        operation="Microsoft.RecoveryServices/vaults/backupProtectedItems/read",
        versions=VERSION,
        regions=paired_region,
    ),
    *(
        Route(
            method=method,
            template=addresses.BACKUP_ITEM + path,
            handler=handler,
            operation=f"{addresses.BACKUP_ITEM_TYPE}/{action}",
            versions=VERSION,
            regions=paired_region,
        )
        for method, path, handler, action in _OF_ITEM
    ),
    *(
        Route(
            method=method,
            template=addresses.LOCATION + path,
            handler=handler,
            operation=f"Microsoft.RecoveryServices/locations/{action}",
            versions=VERSION,
            regions=region_in_path,
        )
        for method, path, handler, action in _IN_REGION
    ),
)
"""What the paired region answers."""
