"""What an extension of a machine is, and how its condition shows."""

from collections.abc import Mapping
from types import MappingProxyType

from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject

EXTENSION_TYPE = "Microsoft.Compute/virtualMachines/extensions"

STATES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "Creating": ("ProvisioningState/transitioning", "Info", "Transitioning"),
        "Updating": ("ProvisioningState/transitioning", "Info", "Transitioning"),
        "Deleting": ("ProvisioningState/transitioning", "Info", "Transitioning"),
        "Succeeded": ("ProvisioningState/succeeded", "Info", "Provisioning succeeded"),
        "Failed": ("ProvisioningState/failed/1", "Error", "Provisioning failed"),
    }
)
"""The states of an extension, each with the code, level and words of its status in an instance view."""


def extension_view(extension: Resource) -> JsonObject:
    """Return the extension's condition, as `instanceView` tells it."""
    properties = extension.properties
    code, level, words = STATES[str(extension.hidden["state"])]
    status = {"code": code, "level": level, "displayStatus": words, "message": str(extension.hidden["message"])}
    status["time"] = str(extension.hidden["changed_at"])
    return {
        "name": extension.name,
        "type": f"{properties['publisher']}.{properties['type']}",
        "typeHandlerVersion": properties.get("typeHandlerVersion", ""),
        "statuses": [status],
    }
