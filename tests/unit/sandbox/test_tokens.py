"""Tokens: their two endpoints, their age, their audience, and how each is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drd.sandbox.errors import ArmError
from drd.sandbox.identities import Identities, Identity
from drd.sandbox.wire import Request, Response

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
AZURE = "https://management.azure.com"
IMDS = "/metadata/identity/oauth2/token"
STANDING = Identity(name="drd-standing", client_id="c-1", object_id="o-1")


class Issuer:
    """Identities under a host clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW
        self.given = 0
        self.identities = Identities(header="secret", new_id=self._new_id, host=lambda: self.now)
        self.identities.register(STANDING)

    def _new_id(self) -> str:
        self.given += 1
        return str(self.given)

    def metadata(self, query: str, **headers: str) -> Response:
        """Ask as a virtual machine does."""
        request = Request(method="GET", url=f"http://169.254.169.254{IMDS}?{query}", headers=headers)
        return self.identities.give(request)[1]

    def show(self, token: str) -> str:
        """Show a token, and return whose it is."""
        return self.identities.whose(
            Request(method="GET", url="http://sandbox/subscriptions", headers={"authorization": f"Bearer {token}"})
        )

    def refusal(self, token: str) -> ArmError:
        """Show a token that is refused."""
        with pytest.raises(ArmError) as refused:
            self.show(token)
        assert refused.value.status == 401
        assert refused.value.headers["www-authenticate"].startswith("Bearer authorization_uri=")
        return refused.value


@pytest.fixture
def issuer() -> Issuer:
    """Nothing given yet."""
    return Issuer()


def test_a_machine_gets_a_token_in_the_form_of_its_metadata_service(issuer: Issuer) -> None:
    """Every figure is a text, as the service writes them."""
    query = f"api-version=2018-02-01&resource={AZURE}/&client_id=c-1"
    body = issuer.metadata(query, metadata="true").json()

    assert issuer.show(body["access_token"]) == "drd-standing"
    assert (body["client_id"], body["resource"], body["token_type"]) == ("c-1", f"{AZURE}/", "Bearer")
    assert body["expires_on"] == str(int((NOW + timedelta(hours=24)).timestamp()))
    assert (body["expires_in"], body["not_before"]) == ("86400", str(int(NOW.timestamp())))


@pytest.mark.parametrize(
    ("query", "headers", "error"),
    [
        (f"api-version=2018-02-01&resource={AZURE}", {}, "bad_request_102"),
        (f"resource={AZURE}", {"metadata": "true"}, "invalid_request"),
        ("api-version=2018-02-01", {"metadata": "true"}, "invalid_request"),
        (f"api-version=2018-02-01&resource={AZURE}&client_id=nobody", {"metadata": "true"}, "invalid_request"),
    ],
)
def test_the_metadata_service_refuses_in_its_own_form(issuer: Issuer, query: str, headers: Any, error: str) -> None:
    """`error` and `error_description`, not Resource Manager's form."""
    answer = issuer.metadata(query, **headers)

    assert (answer.status, answer.json()["error"]) == (400, error)
    assert set(answer.json()) == {"error", "error_description"}


@pytest.mark.parametrize("asked", ["client_id=c-1", "clientid=drd-standing", "object_id=o-1", "principal_id=o-1", ""])
def test_an_identity_is_asked_for_in_each_way_that_clients_know(issuer: Issuer, asked: str) -> None:
    """By client or object id; without either it is the host's own."""
    body = issuer.metadata(f"api-version=2018-02-01&resource={AZURE}&{asked}", metadata="true").json()

    assert issuer.show(body["access_token"]) == "drd-standing"


def test_a_token_expires_by_the_host_s_clock(issuer: Issuer) -> None:
    """After a day it is refused with both instants."""
    token = issuer.identities.token_for("drd-standing")
    issuer.now += timedelta(hours=23, minutes=59)
    assert issuer.show(token) == "drd-standing"

    issuer.now += timedelta(minutes=1)
    refused = issuer.refusal(token)
    assert refused.code == "ExpiredAuthenticationToken"
    assert "expiry UTC time '11/21/2026 09:00:00 AM' is earlier than current UTC time '11/21/2026" in refused.message


def test_tokens_can_be_expired_and_revoked_and_new_ones_are_good(issuer: Issuer) -> None:
    """Of one identity, or of all."""
    old, owner = issuer.identities.token_for("drd-standing"), issuer.identities.token_for("sandbox-owner")
    assert issuer.identities.revoke("drd-standing") == 1
    assert issuer.refusal(old).code == "InvalidAuthenticationToken"
    assert issuer.show(owner) == "sandbox-owner"
    assert issuer.show(issuer.identities.token_for("drd-standing")) == "drd-standing"

    assert issuer.identities.expire() == 3
    assert issuer.refusal(owner).code == "ExpiredAuthenticationToken"


@pytest.mark.parametrize(
    ("audience", "good"),
    [
        (AZURE, True),
        ("https://management.core.windows.net", True),
        ("http://sandbox", True),
        ("https://vault.azure.net", False),
        ("https://graph.microsoft.com", False),
    ],
)
def test_a_token_for_another_service_is_refused(issuer: Issuer, audience: str, *, good: bool) -> None:
    """Resource Manager's two names, and the sandbox's own address."""
    body = issuer.metadata(f"api-version=2018-02-01&resource={audience}/", metadata="true").json()
    if good:
        assert issuer.show(body["access_token"]) == "drd-standing"
    else:
        assert issuer.refusal(body["access_token"]).code == "InvalidAuthenticationTokenAudience"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "AuthenticationFailed"),
        ("Basic x", "AuthenticationFailed"),
        ("Bearer ", "AuthenticationFailed"),
        ("Bearer made-up", "InvalidAuthenticationToken"),
    ],
)
def test_what_is_no_token_is_refused_with_a_challenge(issuer: Issuer, header: str, code: str) -> None:
    """The header that clients read to learn where to sign in."""
    with pytest.raises(ArmError) as refused:
        issuer.identities.whose(Request(method="GET", url="http://sandbox/", headers={"authorization": header}))

    assert (refused.value.status, refused.value.code) == (401, code)
    assert 'error="invalid_token"' in refused.value.headers["www-authenticate"]
