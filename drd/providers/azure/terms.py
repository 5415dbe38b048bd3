"""The provider's own piece of the settings, parsed once."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from drd.domain.errors import InvalidError

PUBLIC_CLOUD = "https://management.azure.com"
KINDS = ("managed-identity", "default", "workload-identity", "certificate")
_KNOWN = {"endpoint", "token-endpoint", "identity-header", "identity", "authority", "regions"}
_KNOWN_OF_IDENTITY = {"kind", "client-id", "tenant-id", "certificate", "token-file"}
_NEEDED = {
    "managed-identity": (),
    "default": (),
    "workload-identity": ("tenant-id", "client-id", "token-file"),
    "certificate": ("tenant-id", "client-id", "certificate"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityTerms:
    """Who drd is to Azure.

    Attributes:
        kind: `managed-identity` (user-assigned when `client_id` is set), `default` (whatever the environment offers),
            `workload-identity` or `certificate`.
        certificate: path of a PEM or PFX file; token_file: path of the federated token.
    """

    kind: str = "managed-identity"
    client_id: str = ""
    tenant_id: str = ""
    certificate: str = ""
    token_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureTerms:
    """How Azure is reached.

    Attributes:
        endpoint: Azure Resource Manager, without a slash at the end.
        token_endpoint: where a managed identity gets its tokens, in the form of an App Service; empty leaves it to
            azure-identity, which looks at the host's own environment.
        identity_header: the secret that goes with `token_endpoint`.
        authority: host of Microsoft Entra, empty for the public one.
    """

    endpoint: str = PUBLIC_CLOUD
    token_endpoint: str = ""
    identity_header: str = field(default="", repr=False)
    authority: str = ""
    identity: IdentityTerms = field(default_factory=IdentityTerms)

    @property
    def scope(self) -> str:
        """What tokens are asked for: the endpoint itself, or the public cloud when it is a loopback stand-in."""
        audience = PUBLIC_CLOUD if self.plain else self.endpoint
        return f"{audience}/.default"

    @property
    def plain(self) -> bool:
        """Say whether the endpoint speaks HTTP without TLS; only loopback may."""
        return self.endpoint.startswith("http://")

    @property
    def origin(self) -> tuple[str, str, int]:
        """Give scheme, host and port to which tokens may go."""
        return origin_of(self.endpoint)


def origin_of(url: str) -> tuple[str, str, int]:
    """Give scheme, host and port of a URL; the port that the scheme implies when none is written.

    Raises:
        ValueError: if it has no readable port.
    """
    parts = urlsplit(url)
    implied = {"http": 80, "https": 443}.get(parts.scheme, 0)
    return parts.scheme, (parts.hostname or "").casefold(), parts.port or implied


def parse_terms(settings: Mapping[str, Any]) -> AzureTerms:
    """Parse the provider's settings: `endpoint`, `token-endpoint`, `identity-header`, `authority`, `identity`.

    Keys may be written with dashes or underscores, and None means left out.

    Raises:
        InvalidError: with every fault, such as plain HTTP to a host that is not loopback.
    """
    given = _plain(settings)
    identity = _plain(given.pop("identity", None) or {})
    faults = [f"azure.{key}: unknown" for key in given.keys() - _KNOWN]
    faults += [f"azure.identity.{key}: unknown" for key in identity.keys() - _KNOWN_OF_IDENTITY]
    faults += _endpoint_faults(given) + _identity_faults(identity)
    if faults:
        raise InvalidError(
            "the Azure settings cannot be used", faults=tuple(sorted(faults)), hint="mend `azure` in the settings"
        )
    return AzureTerms(
        endpoint=given.get("endpoint", PUBLIC_CLOUD).rstrip("/"),
        token_endpoint=given.get("token-endpoint", ""),
        identity_header=given.get("identity-header", ""),
        authority=given.get("authority", ""),
        identity=IdentityTerms(**{key.replace("-", "_"): value for key, value in identity.items()}),
    )


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key.replace("_", "-"): value for key, value in settings.items() if value is not None}


def _endpoint_faults(given: Mapping[str, Any]) -> list[str]:
    urls = {key: given[key] for key in ("endpoint", "token-endpoint") if key in given}
    return [f"azure.{key}: {fault}" for key, url in urls.items() if (fault := _url_fault(str(url)))]


def _url_fault(url: str) -> str:
    try:
        scheme, host, _ = origin_of(url)
    except ValueError:
        return "not a URL"
    if scheme not in {"http", "https"} or not host or "@" in url or "{" in url:
        return "write https://HOST, without a user or braces"
    if scheme == "http" and not is_loopback(host):
        return "plain HTTP is for loopback only: write https://"
    return ""


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _identity_faults(identity: Mapping[str, Any]) -> list[str]:
    kind = identity.get("kind", "managed-identity")
    if kind not in KINDS:
        return [f"azure.identity.kind: one of {', '.join(KINDS)}"]
    return [f"azure.identity.{key}: needed by {kind}" for key in _NEEDED[kind] if not identity.get(key)]
