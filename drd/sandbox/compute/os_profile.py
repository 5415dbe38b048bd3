"""The OS profile of a machine made from an image: what must be in it, what Azure fills in, and what it never shows."""

import re

from drd.sandbox.body import object_at, objects_at, text_at
from drd.sandbox.errors import bad_request
from drd.sandbox.wire import JsonObject

_SECRET = ("adminPassword", "customData")
_WINDOWS_NAME_LENGTH = 15
_WINDOWS_NAME = re.compile(r"^(?!\d+$)[^\s~!@#$%^&*()=+_\[\]{}\\|;:.'\",<>/?]+$")
_DISALLOWED_NAMES = frozenset({"admin", "administrator", "root", "guest", "user", "test", "1", "123", "a"})


def os_profile(asked: JsonObject, os_type: str) -> JsonObject:
    """Return the profile as answers show it.

    Raises:
        ArmError: 400, a member is missing or not allowed.
    """
    for name in ("computerName", "adminUsername"):
        if not text_at(asked, name):
            raise bad_request("InvalidParameter", f"Required parameter '{name}' is missing (null).")
    if text_at(asked, "adminUsername").casefold() in _DISALLOWED_NAMES:
        raise bad_request(
            "InvalidParameter",
            "The Admin Username specified is not allowed. For more information about disallowed usernames, see "
            "https://aka.ms/vmosprofile",
        )
    shown = {name: value for name, value in asked.items() if name not in _SECRET}
    shown |= _windows(asked) if os_type == "Windows" else _linux(asked)
    shown.setdefault("secrets", [])
    shown.setdefault("allowExtensionOperations", True)
    shown.setdefault("requireGuestProvisionSignal", True)
    return shown


def _windows(asked: JsonObject) -> JsonObject:
    name = text_at(asked, "computerName")
    if len(name) > _WINDOWS_NAME_LENGTH or not _WINDOWS_NAME.match(name):
        raise bad_request(
            "InvalidParameter",
            "Windows computer name cannot be more than 15 characters long, be entirely numeric, or contain the "
            "following characters: ` ~ ! @ # $ % ^ & * ( ) = + _ [ ] { } \\ | ; : . ' \" , < > / ?.",
        )
    if not text_at(asked, "adminPassword"):
        raise bad_request("InvalidParameter", "Required parameter 'adminPassword' is missing (null).")
    windows: JsonObject = {
        "provisionVMAgent": True,
        "enableAutomaticUpdates": True,
        "patchSettings": {"patchMode": "AutomaticByOS", "assessmentMode": "ImageDefault"},
    }
    return {"windowsConfiguration": {**windows, **object_at(asked, "windowsConfiguration")}}


def _linux(asked: JsonObject) -> JsonObject:
    keys = objects_at(asked, "linuxConfiguration", "ssh", "publicKeys")
    if not keys and not text_at(asked, "adminPassword"):
        raise bad_request(
            "InvalidParameter",
            "Authentication using either SSH or by user name and password must be enabled in Linux profile.",
        )
    linux: JsonObject = {
        "disablePasswordAuthentication": not text_at(asked, "adminPassword"),
        "provisionVMAgent": True,
        "patchSettings": {"patchMode": "ImageDefault", "assessmentMode": "ImageDefault"},
    }
    return {"linuxConfiguration": {**linux, **object_at(asked, "linuxConfiguration")}}
