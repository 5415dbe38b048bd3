"""The sandbox's own certificate authority, for the guests that speak TLS. It is made anew with each world."""

import ipaddress
import ssl
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_LIFE = timedelta(days=30)
_BACK = timedelta(days=1)


class Authority:
    """Issues a certificate for any host name; keys are made on first use and never leave the host's temporary files."""

    def __init__(self, host: Callable[[], datetime]) -> None:
        """Take host time: certificates are checked by clients of this host, whatever the world's time."""
        self._host = host
        self._key: ec.EllipticCurvePrivateKey | None = None
        self._certificate: x509.Certificate | None = None
        self._contexts: dict[str, ssl.SSLContext] = {}

    def pem(self) -> bytes:
        """Return the authority's certificate, for clients to trust."""
        return self._own()[1].public_bytes(serialization.Encoding.PEM)

    def context(self, name: str) -> ssl.SSLContext:
        """Return the server side of TLS for a host name."""
        found = self._contexts.get(name)
        if found is None:
            found = self._contexts[name] = self._issue(name)
        return found

    def context_by_name(self, default: str) -> ssl.SSLContext:
        """Return the server side of TLS that shows the certificate of whatever name the client asks for."""

        def choose(connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _old: ssl.SSLContext) -> None:
            if name:
                connection.context = self.context(name)

        chosen = self._issue(default)
        chosen.sni_callback = choose
        return chosen

    def _own(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        if self._key is None or self._certificate is None:
            self._key = ec.generate_private_key(ec.SECP256R1())
            name = _name("Sandbox authority")
            usage = _key_usage(is_authority=True)
            self._certificate = (
                self._builder(name, name, self._key.public_key())
                .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                .add_extension(usage, critical=True)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
                .sign(self._key, hashes.SHA256())
            )
        return self._key, self._certificate

    def _issue(self, name: str) -> ssl.SSLContext:
        authority_key, authority = self._own()
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            self._builder(_name(name[:64]), authority.subject, key.public_key())
            .add_extension(x509.SubjectAlternativeName([_general_name(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(is_authority=False), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
            .sign(authority_key, hashes.SHA256())
        )
        return _context(certificate, key)

    def _builder(
        self, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        now = self._host()
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _BACK)
            .not_valid_after(now + _LIFE)
        )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _context(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # The ssl module reads keys from files only; this one lives as long as the reading takes.
    with tempfile.TemporaryDirectory(prefix="drd-sandbox-") as folder:
        file = Path(folder, "chain.pem")
        file.touch(mode=0o600)
        file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(file)
    return context
