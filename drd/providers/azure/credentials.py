"""Tokens: which of azure-identity's credentials speaks for drd, and to whom a token may be shown."""

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy
from azure.core.rest import HttpRequest
from azure.identity.aio import (
    CertificateCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from azure.identity.aio._credentials.app_service import AppServiceCredential
from azure.identity.aio._internal.managed_identity_client import AsyncManagedIdentityClient
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from drd.domain.errors import DrdError, InvalidError, TransientError
from drd.providers.azure.terms import AzureTerms
from drd.providers.azure.transport import Guard, Transport

_TOKEN_VERSION = "2019-08-01"  # noqa: S105 - the api-version of App Service's token endpoint
_HINT = {
    "managed-identity": "is the identity assigned to this host, and does its token endpoint answer?",
    "default": "does the environment offer an identity that azure-identity knows?",
    "workload-identity": "is the federated token mounted, and is the subject trusted?",
    "certificate": "is the certificate readable, current and registered?",
}


class Credential:
    """One of azure-identity's credentials, whose failures say what a person can do.

    A token that cannot be had is transient: nothing was asked of Azure, and the same call may succeed later.
    """

    def __init__(self, make: Callable[[], Any], terms: AzureTerms) -> None:
        """Take what makes the credential that asks."""
        self._make = make
        self._inner = make()
        self._terms = terms
        self._expiries = _expiries(terms)

    @property
    def expiries(self) -> Mapping[str, datetime]:
        """Give when a certificate ends that drd signs in with, by kind. Tokens end too, and renew themselves."""
        return self._expiries

    def forget(self) -> None:
        """Drop every token: Azure refused one that was kept. The next request fetches a new one.

        The one dropped holds nothing open: its requests go through the transport.
        """
        self._inner = self._make()
        self._expiries = _expiries(self._terms)

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """Get a token.

        Raises:
            TransientError: if it cannot be had now.
        """
        try:
            token: AccessTokenInfo = await self._inner.get_token_info(*scopes, options=options)
        except DrdError:
            raise
        except (AzureError, OSError, ValueError) as error:
            raise self._failure(error) from error
        return token

    async def get_token(self, *scopes: str, **_options: object) -> AccessToken:
        """Get a token in the older form."""
        token = await self.get_token_info(*scopes)
        return AccessToken(token.token, token.expires_on)

    async def close(self) -> None:
        """End it."""
        await self._inner.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    def _failure(self, error: Exception) -> TransientError:
        identity = self._terms.identity
        return TransientError(
            f"no token for Azure: {_first_line(error)}",
            target=identity.client_id or identity.kind,
            hint=_HINT[identity.kind],
            code="token-unavailable",
        )


class _SettledAppService(AppServiceCredential):
    """App Service's managed identity at an address that the settings name instead of the process's environment.

    azure-identity reads IDENTITY_ENDPOINT by itself and offers no parameter for it; this overrides the one method in
    which it does. A test holds the shape of these inner classes.
    """

    def get_client(self, **options: Any) -> AsyncManagedIdentityClient:  # noqa: ANN401 - handed through
        endpoint, header = options.pop("endpoint"), options.pop("identity_header")
        return AsyncManagedIdentityClient(
            request_factory=_token_request(endpoint), base_headers={"X-IDENTITY-HEADER": header}, **options
        )


def _token_request(endpoint: str) -> Callable[[str, dict[str, str]], HttpRequest]:
    def request(resource: str, identity: dict[str, str]) -> HttpRequest:
        return HttpRequest("GET", endpoint, params={"api-version": _TOKEN_VERSION, "resource": resource, **identity})

    return request


def make_credential(terms: AzureTerms, transport: Transport) -> Credential:
    """Choose the credential that the settings name. Its requests go through the transport and are not repeated.

    Raises:
        InvalidError: if what it is made of cannot be read, such as its certificate.
    """
    try:
        return Credential(lambda: _chosen(terms, {"transport": transport, "retry_total": 0}), terms)
    except (OSError, ValueError) as error:
        raise InvalidError(
            "the identity cannot be used",
            faults=(f"azure.identity: {_first_line(error)}",),
            target=terms.identity.kind,
            hint=_HINT[terms.identity.kind],
        ) from error


def _chosen(terms: AzureTerms, options: dict[str, Any]) -> Any:  # noqa: ANN401 - they share no type
    identity = terms.identity
    client = identity.client_id or None
    if identity.kind == "managed-identity" and terms.token_endpoint:
        return _SettledAppService(
            endpoint=terms.token_endpoint, identity_header=terms.identity_header, client_id=client, **options
        )
    if identity.kind == "managed-identity":
        return ManagedIdentityCredential(client_id=client, **options)
    if terms.authority:
        options = {**options, "authority": terms.authority}
    if identity.kind == "certificate":
        return CertificateCredential(
            identity.tenant_id, identity.client_id, certificate_path=identity.certificate, **options
        )
    if identity.kind == "workload-identity":
        return WorkloadIdentityCredential(
            tenant_id=identity.tenant_id, client_id=identity.client_id, token_file_path=identity.token_file, **options
        )
    return DefaultAzureCredential(managed_identity_client_id=client, **options)


def _expiries(terms: AzureTerms) -> Mapping[str, datetime]:
    """Read when the certificate ends; of one that is not understood here nothing is told."""
    if terms.identity.kind != "certificate":
        return {}
    content = Path(terms.identity.certificate).read_bytes()
    try:
        leaf = (
            x509.load_pem_x509_certificates(content)[0]
            if b"-----BEGIN" in content
            else pkcs12.load_pkcs12(content, None).cert
        )
    except (ValueError, IndexError):
        return {}
    if isinstance(leaf, pkcs12.PKCS12Certificate):
        leaf = leaf.certificate
    return {"certificate": leaf.not_valid_after_utc} if leaf else {}


class BearerPolicy(AsyncBearerTokenCredentialPolicy[Any, Any]):
    """Shows the token to the endpoint and to nobody else; over plain HTTP only where that endpoint is on loopback."""

    def __init__(self, credential: Credential, terms: AzureTerms) -> None:
        """Take the credential and the one origin that may see its tokens."""
        super().__init__(credential, terms.scope)
        self._keeper = credential
        self._guard = Guard(origins=frozenset({terms.origin}))
        self._plain = terms.plain

    async def on_request(self, request: PipelineRequest[Any]) -> None:
        """Add the token.

        Raises:
            RefusedError: before a token is fetched or shown, if the request goes elsewhere.
        """
        self._guard.check(request.http_request.url)
        if self._plain:
            request.context.options["enforce_https"] = False
        await super().on_request(request)

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send with the token; one that Azure refuses is not kept, so that a retry by hand can help."""
        response = await super().send(request)
        if response.http_response.status_code == HTTPStatus.UNAUTHORIZED:
            self._keeper.forget()
        return response


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
