"""The job's certificate authority: a function of the secret; TLS takes its leaves."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from xlearning.am.certificates import CertificateAuthority, Leaf
from xlearning.job.environment import SERVER_NAME

if TYPE_CHECKING:
    from pathlib import Path

SECRET = bytes(range(32))
CONTAINER = "container_e17_1700000000000_0001_01_000002"


def public_key(pem: bytes) -> bytes:
    """Return the public key of a certificate."""
    key = x509.load_pem_x509_certificate(pem).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_what_tasks_share_is_neither_the_secret_nor_another_job_s() -> None:
    shared = CertificateAuthority(SECRET).tasks_secret
    assert shared == CertificateAuthority(SECRET).tasks_secret
    assert shared != CertificateAuthority(SECRET[::-1]).tasks_secret
    assert len(shared) == 64
    assert SECRET.hex().encode() != shared


def test_the_same_secret_gives_the_same_authority() -> None:
    first, again = CertificateAuthority(SECRET), CertificateAuthority(SECRET)
    other = CertificateAuthority(SECRET[::-1])
    assert public_key(first.certificate) == public_key(again.certificate)
    assert public_key(first.certificate) != public_key(other.certificate)
    subjects = {
        x509.load_pem_x509_certificate(each.certificate).subject
        for each in (first, again, other)
    }
    assert len(subjects) == 1


def test_a_leaf_is_signed_by_every_life_of_its_authority_and_by_no_other() -> None:
    leaf = x509.load_pem_x509_certificate(
        CertificateAuthority(SECRET).leaf(CONTAINER).certificate
    )
    later = CertificateAuthority(SECRET).certificate
    leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(later))
    foreign = CertificateAuthority(SECRET[::-1]).certificate
    with pytest.raises(InvalidSignature):
        leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(foreign))


def test_a_leaf_has_its_own_key_and_cannot_sign() -> None:
    authority = CertificateAuthority(SECRET)
    first, second = authority.leaf(CONTAINER), authority.leaf(CONTAINER)
    assert first.key != second.key
    certificate = x509.load_pem_x509_certificate(first.certificate)
    key = load_pem_private_key(first.key, None).public_key()
    assert public_key(first.certificate) == key.public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert not constraints.value.ca
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert [name.value for name in names] == [CONTAINER]


def test_a_long_name_is_whole_in_the_alternative_name() -> None:
    name = "n" * 70
    pem = CertificateAuthority(SECRET).leaf(name).certificate
    certificate = x509.load_pem_x509_certificate(pem)
    alternative = certificate.extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert alternative.value.get_values_for_type(x509.DNSName) == [name]


# ---- a real TLS handshake


def context(
    purpose: ssl.Purpose, trusted: CertificateAuthority, leaf: Leaf, folder: Path
) -> ssl.SSLContext:
    """Return the settings of one side, which wants a certificate of the other."""
    made = ssl.create_default_context(
        purpose, cadata=trusted.certificate.decode("ascii")
    )
    made.verify_mode = ssl.CERT_REQUIRED
    file = folder / f"{purpose.shortname}.pem"
    file.write_bytes(leaf.certificate + leaf.key)
    made.load_cert_chain(file)
    return made


def has_finished(party: ssl.SSLObject) -> bool:
    """Go on with a handshake; say whether it is done."""
    try:
        party.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def shake_hands(
    server_side: ssl.SSLContext, client_side: ssl.SSLContext, name: str
) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Let two parties greet each other through memory."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_side.wrap_bio(up, down, server_side=True)
    client = client_side.wrap_bio(down, up, server_hostname=name)
    unfinished = [server, client]
    for _ in range(10):
        unfinished = [party for party in unfinished if not has_finished(party)]
    assert not unfinished
    return server, client


def test_both_sides_prove_who_they_are(tmp_path: Path) -> None:
    attempt1, attempt2 = CertificateAuthority(SECRET), CertificateAuthority(SECRET)
    client_leaf, server_leaf = attempt1.leaf(CONTAINER), attempt2.leaf(SERVER_NAME)
    server, client = shake_hands(
        context(ssl.Purpose.CLIENT_AUTH, attempt2, server_leaf, tmp_path),
        context(ssl.Purpose.SERVER_AUTH, attempt1, client_leaf, tmp_path),
        SERVER_NAME,
    )
    client.write(b"hello")
    assert server.read() == b"hello"
    assert (server.getpeercert() or {})["subject"] == ((("commonName", CONTAINER),),)


def test_a_server_of_another_job_is_not_believed(tmp_path: Path) -> None:
    ours, theirs = CertificateAuthority(SECRET), CertificateAuthority(SECRET[::-1])
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(
            context(ssl.Purpose.CLIENT_AUTH, ours, theirs.leaf(SERVER_NAME), tmp_path),
            context(ssl.Purpose.SERVER_AUTH, ours, ours.leaf(CONTAINER), tmp_path),
            SERVER_NAME,
        )


def test_a_container_is_no_server(tmp_path: Path) -> None:
    ours = CertificateAuthority(SECRET)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(
            context(ssl.Purpose.CLIENT_AUTH, ours, ours.leaf(CONTAINER), tmp_path),
            context(ssl.Purpose.SERVER_AUTH, ours, ours.leaf(CONTAINER), tmp_path),
            SERVER_NAME,
        )
