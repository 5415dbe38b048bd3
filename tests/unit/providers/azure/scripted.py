"""A scripted Azure: answers by method and path what a test wants, and remembers what was asked."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

ENDPOINT = "http://127.0.0.1:1"
SUB = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUB}/resourceGroups/rg-1"
MACHINE = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm-1"
VAULT = f"{GROUP}/providers/Microsoft.RecoveryServices/vaults/rsv-1"
STATUS = f"{ENDPOINT}/subscriptions/{SUB}/providers/Microsoft.Compute/locations/weu/operations/op-1?api-version=1"
LOCATION = f"{ENDPOINT}/subscriptions/{SUB}/results/op-1?api-version=1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it was on the wire."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """Give the path as sent."""
        return urlsplit(self.url).path


@dataclass(frozen=True, slots=True)
class Says:
    """One answer; an error is raised instead, as a lost connection would."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    error: Exception | None = None


Script = list[Says] | Callable[[Asked], Says]


@dataclass(slots=True)
class ScriptedAzure:
    """Answers a path's script in order; its last answer is repeated."""

    scripts: dict[tuple[str, str], Script] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    tokens: int = 0
    token: Says | None = None

    def on(self, method: str, fragment: str, *says: Says) -> None:
        """Answer requests whose URL holds the fragment."""
        self.scripts[method, fragment] = list(says)

    async def __call__(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Answer one request."""
        if "/msi/token" in url:
            self.tokens += 1
            return self._wire(self.token or Says(body=TOKEN))
        asked = Asked(
            method=method, url=url, headers={name.lower(): value for name, value in headers.items()}, body=body
        )
        self.asked.append(asked)
        for (wanted, fragment), script in self.scripts.items():
            if wanted == method and fragment in url:
                says = script(asked) if callable(script) else (script.pop(0) if len(script) > 1 else script[0])
                return self._wire(says)
        return self._wire(refusal(404, "ResourceNotFound"))

    def _wire(self, says: Says) -> tuple[int, Mapping[str, str], bytes]:
        if says.error is not None:
            raise says.error
        body = (
            says.body if isinstance(says.body, bytes) else b"" if says.body is None else json.dumps(says.body).encode()
        )
        return says.status, {"content-type": "application/json", **says.headers}, body

    def sent(self, method: str) -> list[Asked]:
        """Give the requests of one method."""
        return [asked for asked in self.asked if asked.method == method]


TOKEN = {
    "access_token": "canary-token",
    "expires_on": "4102444800",
    "resource": "https://management.azure.com",
    "token_type": "Bearer",
}


def refusal(status: int, code: str, message: str = "", **headers: str) -> Says:
    """Give a refusal in Azure's form."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Says(status, {"error": {"code": code, "message": message or code}}, named)


def accepted(*, status: str = STATUS, location: str = "", **headers: str) -> Says:
    """Give a 202 with the addresses of a long-running operation."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if status:
        named["azure-asyncoperation"] = status
    if location:
        named["location"] = location
    return Says(202, None, named)


def machine(power: str, state: str = "Succeeded") -> Says:
    """Give a machine with its power."""
    view = {"statuses": [{"code": f"PowerState/{power}"}]}
    return Says(
        200, {"id": MACHINE, "location": "weu", "properties": {"provisioningState": state, "instanceView": view}}
    )


Wire = Callable[[str, str, Mapping[str, str], bytes], Awaitable[tuple[int, Mapping[str, str], bytes]]]
