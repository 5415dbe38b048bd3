"""How the provider opens: its settings, its credentials, and what it loads."""

import subprocess
import sys
from typing import Any

import pytest
from azure.identity.aio import (
    CertificateCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from drd.domain.errors import InvalidError
from drd.ports.capabilities import OpeningTerms
from drd.providers.azure.credentials import make_credential
from drd.providers.azure.provider import PROVIDER
from drd.providers.azure.terms import PUBLIC_CLOUD, parse_terms
from drd.providers.azure.transport import Guard, Lines, Transport
from tests.fakes.stepping_clock import SteppingClock
from tests.unit.providers.azure.scripted import ScriptedAzure

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"endpoint": "http://management.azure.com"}, "azure.endpoint: plain HTTP is for loopback only"),
        ({"endpoint": "http://10.0.0.1:8080"}, "azure.endpoint: plain HTTP is for loopback only"),
        ({"token-endpoint": "http://169.254.169.254/x"}, "azure.token-endpoint: plain HTTP is for loopback only"),
        ({"endpoint": "ftp://127.0.0.1"}, "azure.endpoint: write https://HOST"),
        ({"endpoint": "https://user@management.azure.com"}, "azure.endpoint: write https://HOST"),
        ({"endpoint": "https://127.0.0.1:port"}, "azure.endpoint: not a URL"),
        ({"endpiont": "https://management.azure.com"}, "azure.endpiont: unknown"),
        ({"identity": {"kind": "password"}}, "azure.identity.kind: one of"),
        ({"identity": {"kind": "certificate", "client-id": "x"}}, "azure.identity.certificate: needed"),
        ({"identity": {"secret": "x"}}, "azure.identity.secret: unknown"),
    ],
)
async def test_settings_that_cannot_be_used_are_refused_with_their_place(settings: dict[str, Any], fault: str) -> None:
    """Before anything is opened, all at once."""
    with pytest.raises(InvalidError) as invalid:
        await PROVIDER.open(OpeningTerms(settings=settings, clock=SteppingClock()))

    assert any(line.startswith(fault) for line in invalid.value.faults)


def test_nothing_in_the_settings_means_the_public_cloud() -> None:
    """And a managed identity of the host."""
    terms = parse_terms({"token_endpoint": None})

    assert (terms.endpoint, terms.scope, terms.plain) == (PUBLIC_CLOUD, f"{PUBLIC_CLOUD}/.default", False)
    assert terms.identity.kind == "managed-identity"


def test_a_loopback_stand_in_gets_tokens_for_the_public_cloud() -> None:
    """As a managed identity would fetch them there; another cloud gets its own."""
    assert parse_terms({"endpoint": "http://localhost:8080/"}).scope == f"{PUBLIC_CLOUD}/.default"
    assert parse_terms({"endpoint": "https://management.example"}).scope == "https://management.example/.default"


def _transport() -> Transport:
    clock = SteppingClock()
    terms = OpeningTerms(settings={}, clock=clock)
    return Transport(lines=Lines.in_process(ScriptedAzure()), guard=Guard(origins=None), clock=clock, terms=terms)


@pytest.mark.parametrize(
    ("identity", "kind"),
    [
        ({}, ManagedIdentityCredential),
        ({"kind": "default"}, DefaultAzureCredential),
        (
            {"kind": "workload-identity", "client-id": "c", "tenant-id": "t", "token-file": "/run/token"},
            WorkloadIdentityCredential,
        ),
    ],
)
async def test_the_settings_choose_one_of_the_official_credentials(identity: dict[str, str], kind: type) -> None:
    """Each over our own transport."""
    credential = make_credential(parse_terms({"identity": identity}), _transport())

    assert type(credential._inner) is kind
    await credential.close()


async def test_a_certificate_that_cannot_be_read_is_told_at_opening() -> None:
    """Not at the first failover."""
    identity = {"kind": "certificate", "client-id": "c", "tenant-id": "t", "certificate": "/nowhere.pem"}

    with pytest.raises(InvalidError):
        make_credential(parse_terms({"identity": identity}), _transport())
    assert CertificateCredential is not None


async def test_a_token_endpoint_in_the_settings_replaces_the_environment() -> None:
    """azure-identity's own client asks it, with the header, and keeps the token as long as it lives."""
    azure = ScriptedAzure()
    clock = SteppingClock()
    transport = Transport(
        lines=Lines.in_process(azure),
        guard=Guard(origins=None),
        clock=clock,
        terms=OpeningTerms(settings={}, clock=clock),
    )
    terms = parse_terms({"token-endpoint": "http://127.0.0.1:1/msi/token", "identity-header": "h"})
    credential = make_credential(terms, transport)

    tokens = [(await credential.get_token_info(terms.scope)).token for _ in range(3)]
    older = await credential.get_token(terms.scope)

    assert {*tokens, older.token} == {"canary-token"}
    assert azure.tokens == 1
    assert "canary" not in repr(terms)


async def test_the_sdk_waits_in_world_time() -> None:
    """Whatever it waits for goes through the clock."""
    clock = SteppingClock()
    transport = Transport(
        lines=Lines.in_process(ScriptedAzure()),
        guard=Guard(origins=None),
        clock=clock,
        terms=OpeningTerms(settings={}, clock=clock),
    )

    await transport.sleep(3600)

    assert [wait.total_seconds() for wait in clock.sleeps] == [3600]


@pytest.mark.timeout(20)
def test_networks_are_loaded_on_first_use() -> None:
    """That one package takes half of the memory of all."""
    program = "import sys, drd.providers.azure.provider; print('azure.mgmt.network' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=20)

    assert done.stdout.strip() == "False"
