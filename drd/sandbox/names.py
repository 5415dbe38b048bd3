"""The rules for names, which each service words in its own way. Only what is created is held to them."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from drd.sandbox.errors import ArmError, bad_request

_NEVER = re.compile(r"[<>%&\\?/*:\x00-\x1f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    pattern: re.Pattern[str]
    refuse: Callable[[str, str], ArmError]


def _network(_kind: str, name: str) -> ArmError:
    return bad_request(
        "InvalidResourceName",
        f"Resource name {name} is invalid. The name can be up to 80 characters long. It must begin with a word "
        "character, and it must end with a word character or with '_'. The name may contain word characters or '.', "
        "'-', '_'.",
    )


def _compute(kind: str, name: str) -> ArmError:
    entity = {"virtualmachines": "vmName", "disks": "diskName", "snapshots": "snapshotName"}.get(
        kind.rpartition("/")[2], "name"
    )
    return ArmError(
        400,
        "InvalidParameter",
        f"The entity name '{entity}' is invalid according to its validation rule: {_COMPUTE_NAME.pattern}.",
        more={"target": entity} if name else None,
    )


def _account(_kind: str, name: str) -> ArmError:
    return bad_request(
        "AccountNameInvalid",
        f"{name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in "
        "length and use numbers and lower-case letters only.",
    )


def _group(_kind: str, name: str) -> ArmError:
    return bad_request(
        "InvalidResourceGroup",
        f"The provided resource group name '{name}' has these invalid characters. The name can only be a letter, "
        "digit, '-', '.', '(', ')' or '_', up to 90 characters, and cannot end with '.'.",
    )


def _any(_kind: str, name: str) -> ArmError:
    return bad_request("InvalidResourceName", f"The provided resource name '{name}' holds characters that are invalid.")


_COMPUTE_NAME = re.compile(r"^[^_\W][\w\-._]{0,79}(?<![-.])$")
_NETWORK_RULE = _Rule(pattern=re.compile(r"\w([\w.\-]{0,78}\w)?"), refuse=_network)
_COMPUTE_RULE = _Rule(pattern=_COMPUTE_NAME, refuse=_compute)
_GROUP_RULE = _Rule(pattern=re.compile(r"[\w\-.()]{0,89}[\w\-()]"), refuse=_group)

_RULES = {
    "microsoft.compute/virtualmachines": _COMPUTE_RULE,
    "microsoft.compute/disks": _COMPUTE_RULE,
    "microsoft.compute/snapshots": _COMPUTE_RULE,
    "microsoft.network/virtualnetworks": _NETWORK_RULE,
    "microsoft.network/virtualnetworks/subnets": _NETWORK_RULE,
    "microsoft.network/networkinterfaces": _NETWORK_RULE,
    "microsoft.network/networksecuritygroups": _NETWORK_RULE,
    "microsoft.network/publicipaddresses": _NETWORK_RULE,
    "microsoft.storage/storageaccounts": _Rule(pattern=re.compile(r"[a-z0-9]{3,24}"), refuse=_account),
}


def check_name(path: str, kind: str) -> None:
    """Hold the name at the end of a path against the rule of its type.

    Raises:
        ArmError: 400, in the words of the type's service.
    """
    parts = path.split("/")
    name = parts[-1]
    is_group = len(parts) > 1 and parts[-2].casefold() == "resourcegroups"
    rule = _GROUP_RULE if is_group else _RULES.get(kind.casefold())
    if rule is not None and not rule.pattern.fullmatch(name):
        raise rule.refuse(kind.casefold(), name)
    if _NEVER.search(name):
        raise _any(kind, name)
