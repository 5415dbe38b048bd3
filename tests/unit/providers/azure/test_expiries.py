"""When a certificate ends by which drd signs in: the one thing about its identity that a person has to renew."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from drd.ports.capabilities import OpeningTerms
from drd.providers.azure.provider import PROVIDER
from tests.fakes.stepping_clock import SteppingClock

pytestmark = pytest.mark.anyio

UNTIL = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def made() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    """Make a key and a certificate that ends at a known instant."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "drd")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.serial_number(1).not_valid_before(UNTIL - timedelta(days=90)).not_valid_after(UNTIL)
    return key, dated.sign(key, hashes.SHA256())


async def _expiries(identity: dict[str, str]) -> dict[str, datetime]:
    provider = await PROVIDER.open(OpeningTerms(settings={"identity": identity}, clock=SteppingClock()))
    try:
        return dict(provider.expiries())
    finally:
        await provider.close()


@pytest.mark.parametrize("form", ["pem", "pfx"])
async def test_the_end_of_a_certificate_is_told(
    form: str, made: tuple[rsa.RSAPrivateKey, x509.Certificate], tmp_path: Path
) -> None:
    """Of both forms that azure-identity reads."""
    key, certificate = made
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    content = {
        "pem": pem + certificate.public_bytes(serialization.Encoding.PEM),
        "pfx": pkcs12.serialize_key_and_certificates(b"drd", key, certificate, None, plain),
    }[form]
    file = tmp_path / f"identity.{form}"
    file.write_bytes(content)
    identity = {"kind": "certificate", "tenant-id": "t", "client-id": "c", "certificate": str(file)}

    assert await _expiries(identity) == {"certificate": UNTIL}


async def test_an_identity_without_a_certificate_tells_nothing() -> None:
    """Its tokens end too, within hours, and renew themselves."""
    assert await _expiries({"kind": "managed-identity"}) == {}
