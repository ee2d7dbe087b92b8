"""The job's own certificate authority, derived from the job secret.

Every attempt of the ApplicationMaster derives the same authority, so certificates
outlive an attempt: the key is a fixed function of the secret (HKDF, RFC 5869, to a
scalar of P-256) and the subject is fixed, which is all that verification looks at. A
container gets its own leaf, named after the container, and never the secret.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID

_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Order of P-256 (FIPS 186-4, D.1.2.3)."""

_SUBJECT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "xlearning job CA")])
_BEGIN = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
_END = datetime.datetime(2099, 12, 31, tzinfo=datetime.UTC)
"""Certificates live as long as their job; a wrong clock on a node must not end it."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One party's certificate and private key, PEM."""

    certificate: bytes
    key: bytes


class CertificateAuthority:
    """Signs certificates for one job.

    Attributes:
        certificate: The authority's own, PEM.
        tasks_secret: What tasks know each other by, hex digits; nothing else can be
            told from it.
    """

    def __init__(self, secret: bytes) -> None:
        """Derive the authority from the job secret (32 random bytes)."""
        info = b"xlearning job certificate authority v1"
        material = HKDF(hashes.SHA256(), 48, salt=None, info=info).derive(secret)
        # 48 bytes for a 32-byte order: the bias of the remainder is negligible.
        scalar = int.from_bytes(material, "big") % (_ORDER - 1) + 1
        self._key = ec.derive_private_key(scalar, _CURVE)
        self.certificate = _pem(self._sign(_SUBJECT, self._key.public_key(), None))
        shared = HKDF(hashes.SHA256(), 32, salt=None, info=b"xlearning job tasks v1")
        self.tasks_secret = shared.derive(secret).hex().encode()

    def leaf(self, name: str) -> Leaf:
        """Return a new certificate for the party called `name`."""
        key = ec.generate_private_key(_CURVE)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
        certificate = self._sign(subject, key.public_key(), name)
        return Leaf(
            _pem(certificate),
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, name: str | None
    ) -> x509.Certificate:
        is_ca = name is None
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_SUBJECT)
            .public_key(key)
            .serial_number(1 if is_ca else x509.random_serial_number())
            .not_valid_before(_BEGIN)
            .not_valid_after(_END)
            .add_extension(x509.BasicConstraints(is_ca, None), critical=True)
        )
        if name is not None:
            alternative = x509.SubjectAlternativeName([x509.DNSName(name)])
            builder = builder.add_extension(alternative, critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
