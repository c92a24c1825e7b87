"""What a token must be before anybody asks whom it is from: pairs one mutation apart, and two oracles."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms, core, pem, tsp
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from license_service.demo.certificates import Identity, Life, Subject, issue, only_for
from license_service.demo.cms import Authority, signed_data, signer_info
from license_service.demo.keys import KeyFamily, generate_key
from license_service.demo.pki import DemoPki
from license_service.verification.crypto.algorithms import SignatureOutcome
from license_service.verification.crypto.timestamps import read_token
from license_service.verification.document import FormatError

_MESSAGE = b"the bytes of a signature"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_DATA = "1.2.840.113549.1.7.1"


@pytest.fixture(params=["tsa", "tsa-sm2"])
def authority(request: pytest.FixtureRequest, pki: DemoPki, now: datetime) -> Authority:
    return Authority(pki[request.param], pki.chain(request.param), now)


@pytest.fixture
def rsa(pki: DemoPki, now: datetime) -> Authority:
    return Authority(pki["tsa"], pki.chain("tsa"), now)


@pytest.fixture
def other(pki: DemoPki, now: datetime) -> Callable[..., Authority]:
    """Return an authority under the RSA root whose certificate has another purpose."""

    def make(purpose: str | None, *, family: KeyFamily = KeyFamily.EC) -> Authority:
        subject = Subject("示例时间戳", "示例")
        changes = only_for(purpose) if purpose else None
        identity = issue(subject, generate_key(family), pki["rsa-root"], Life.around(now), changes=changes)
        return Authority(identity, (identity.certificate,), now)

    return make


def _failures(token: bytes, message: bytes = _MESSAGE) -> tuple[str, ...]:
    return read_token(token, message).failures


def _resigned(authority: Authority, change: Callable[[Any], object]) -> bytes:
    """Change what the authority states, before it signs."""
    info = tsp.TSTInfo.load(_content(authority(_MESSAGE)))
    change(info)
    return _token(info.dump(force=True), authority.identity, authority.chain)


def _token(
    content: bytes, signer: Identity, chain: tuple[bytes, ...], content_type: str = _TST_INFO
) -> bytes:
    info = signer_info(content, signer, None, content_type=content_type)
    return signed_data(content, [info], chain, content_type=content_type)


def _content(token: bytes) -> bytes:
    content = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"]
    return bytes(content)


def test_a_token_says_when_who_and_over_what(authority: Authority) -> None:
    token = read_token(authority(_MESSAGE), _MESSAGE)
    assert (token.failures, token.signature) == ((), SignatureOutcome.VALID)
    assert token.gen_time == authority.at
    assert token.accuracy == timedelta(seconds=1)
    assert token.earliest == authority.at - timedelta(seconds=1)
    assert token.latest == authority.at + timedelta(seconds=1)
    assert token.authority is not None
    assert token.authority.der == authority.identity.certificate
    assert token.imprint.algorithm == ("SM3" if authority.identity.key.family is KeyFamily.SM2 else "SHA256")


def test_the_identifiers_of_gm_t_0010_are_read_too(pki: DemoPki, now: datetime) -> None:
    authority = Authority(pki["tsa-sm2"], pki.chain("tsa-sm2"), now)
    token = authority(_MESSAGE)
    ours, theirs = (
        core.ObjectIdentifier(oid).dump() for oid in ("1.2.840.113549.1.7.2", "1.2.156.10197.6.1.4.2.2")
    )
    inner = token[token.index(ours) + len(ours) :]
    body = theirs + inner
    retagged = b"\x30\x82" + len(body).to_bytes(2) + body
    assert read_token(retagged, _MESSAGE).failures == ()


@pytest.mark.parametrize("name", ["sha384", "sha512", "sha1"])
def test_other_digests_are_compared_under_their_own_name(name: str, rsa: Authority) -> None:
    def change(info: Any) -> None:
        hashed = hashlib.new(name, _MESSAGE).digest()
        info["message_imprint"] = {"hash_algorithm": {"algorithm": name}, "hashed_message": hashed}

    token = read_token(_resigned(rsa, change), _MESSAGE)
    assert token.failures == ()
    assert token.digests == (name.upper(), "SHA256")


def test_a_token_over_other_bytes_is_refused(authority: Authority) -> None:
    token = authority(_MESSAGE)
    assert _failures(token) == ()
    assert _failures(token, _MESSAGE + b"\x00") == ("TIMESTAMP_IMPRINT_MISMATCH",)


def test_a_token_altered_after_signing_is_refused(authority: Authority) -> None:
    token = authority(_MESSAGE)
    content = _content(token)
    altered = token.replace(content, content.replace(b"\x18\x0f20", b"\x18\x0f19", 1))
    assert altered != token
    assert _failures(altered) == ("TIMESTAMP_SIGNATURE_INVALID",)
    assert _failures(token[:-1] + bytes([token[-1] ^ 1])) == ("TIMESTAMP_SIGNATURE_INVALID",)


@pytest.mark.parametrize("purpose", [None, "code_signing"])
def test_a_certificate_for_something_else_does_not_stamp(
    purpose: str | None, other: Callable[..., Authority]
) -> None:
    assert _failures(other("time_stamping")(_MESSAGE)) == ()
    assert _failures(other(purpose)(_MESSAGE)) == ("TIMESTAMP_CERTIFICATE_NOT_TSA",)


def _extended(authority: Authority, purposes: list[str], *, critical: bool) -> Authority:
    """Rewrite the purpose in the certificate; nobody checks its own signature at this step."""
    certificate = authority.identity.asn1
    for extension in certificate["tbs_certificate"]["extensions"]:
        if extension["extn_id"].native == "extended_key_usage":
            extension["extn_value"] = purposes
            extension["critical"] = critical
    der = certificate.dump(force=True)
    return replace(authority, identity=Identity(der, authority.identity.key), chain=(der,))


@pytest.mark.parametrize(
    ("purposes", "critical", "failures"),
    [
        (["time_stamping"], True, ()),
        (["time_stamping"], False, ("TIMESTAMP_CERTIFICATE_NOT_TSA",)),
        (["time_stamping", "code_signing"], True, ("TIMESTAMP_CERTIFICATE_NOT_TSA",)),
    ],
)
def test_the_purpose_is_critical_and_alone(
    purposes: list[str], critical: bool, failures: tuple[str, ...], rsa: Authority
) -> None:
    assert _failures(_extended(rsa, purposes, critical=critical)(_MESSAGE)) == failures


def test_the_leaf_is_the_one_that_signed_and_not_one_that_came_along(
    rsa: Authority, other: Callable[..., Authority]
) -> None:
    forger = other("code_signing")
    content = _content(rsa(_MESSAGE))
    for chain in ((*rsa.chain, *forger.chain), (*forger.chain, *rsa.chain)):
        token = read_token(_token(content, forger.identity, chain), _MESSAGE)
        assert token.authority is not None
        assert token.authority.der == forger.identity.certificate
        assert token.failures == ("TIMESTAMP_CERTIFICATE_NOT_TSA",)


def test_naming_the_authority_without_its_key_does_not_help(
    rsa: Authority, other: Callable[..., Authority]
) -> None:
    posing = Identity(rsa.identity.certificate, other("time_stamping", family=KeyFamily.RSA).identity.key)
    assert _failures(_token(_content(rsa(_MESSAGE)), posing, rsa.chain)) == ("TIMESTAMP_SIGNATURE_INVALID",)


def test_a_certificate_that_is_only_named_by_serial_is_not_bound(rsa: Authority) -> None:
    assert _failures(_with_attribute(rsa, None)) == ("TIMESTAMP_SIGNER_NOT_BOUND",)


def test_a_binding_of_rfc_3161_itself_is_enough(rsa: Authority) -> None:
    certificate = rsa.identity.certificate
    for subject, failures in ((certificate, ()), (certificate + b"x", ("TIMESTAMP_MALFORMED",))):
        hashed = hashlib.sha1(subject, usedforsecurity=False).digest()
        value = tsp.SigningCertificate({"certs": [{"cert_hash": hashed}]})
        attribute = {"type": "signing_certificate", "values": [value]}
        assert _failures(_with_attribute(rsa, attribute)) == failures


def _with_attribute(authority: Authority, attribute: dict[str, Any] | None) -> bytes:
    content, key = _content(authority(_MESSAGE)), authority.identity.key
    info = signer_info(content, authority.identity, None, content_type=_TST_INFO)
    kept = [a for a in info["signed_attrs"] if a["type"].native != "signing_certificate_v2"]
    attributes = cms.CMSAttributes([*kept, *([attribute] if attribute else [])])
    info["signed_attrs"], info["signature"] = attributes, key.sign(attributes.dump())
    return signed_data(content, [info], authority.chain, content_type=_TST_INFO)


@pytest.mark.parametrize(("critical", "failures"), [(False, ()), (True, ("TIMESTAMP_EXTENSION_UNKNOWN",))])
def test_a_critical_extension_nobody_knows_is_refused(
    critical: bool, failures: tuple[str, ...], rsa: Authority
) -> None:
    extension = {"extn_id": "2.999.2", "critical": critical, "extn_value": b"\x05\x00"}

    def change(info: Any) -> None:
        info["extensions"] = [extension]

    assert _failures(_resigned(rsa, change)) == failures


def test_a_token_without_certificates_accuses_nobody(rsa: Authority) -> None:
    token = read_token(_token(_content(rsa(_MESSAGE)), rsa.identity, ()), _MESSAGE)
    assert (token.failures, token.authority, token.signature) == ((), None, None)


def _two_signers(authority: Authority) -> bytes:
    content = _content(authority(_MESSAGE))
    info = signer_info(content, authority.identity, None, content_type=_TST_INFO)
    return signed_data(content, [info, info], authority.chain, content_type=_TST_INFO)


def _plain_content(authority: Authority) -> bytes:
    return _token(_content(authority(_MESSAGE)), authority.identity, authority.chain, _DATA)


def _no_content(authority: Authority) -> bytes:
    content = _content(authority(_MESSAGE))
    info = signer_info(content, authority.identity, None, content_type=_TST_INFO)
    return signed_data(None, [info], authority.chain, content_type=_TST_INFO)


def _no_time_zone(authority: Authority) -> bytes:
    content = _content(authority(_MESSAGE))
    at = content.index(b"\x18\x0f")
    local = content[: at + 1] + b"\x0e" + content[at + 2 : at + 16] + content[at + 17 :]
    shorter = local[:1] + bytes([local[1] - 1]) + local[2:]
    return _token(shorter, authority.identity, authority.chain)


def _negative_accuracy(authority: Authority) -> bytes:
    return _resigned(authority, lambda info: info.__setitem__("accuracy", {"seconds": -1}))


def _endless_accuracy(authority: Authority) -> bytes:
    return _resigned(authority, lambda info: info.__setitem__("accuracy", {"seconds": 10**15}))


@pytest.mark.parametrize(
    "make", [_two_signers, _plain_content, _no_content, _no_time_zone, _negative_accuracy, _endless_accuracy]
)
def test_what_is_no_token_is_malformed(make: Callable[[Authority], bytes], rsa: Authority) -> None:
    with pytest.raises(FormatError) as refused:
        read_token(make(rsa), _MESSAGE)
    assert refused.value.code == "TIMESTAMP_MALFORMED"


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_malformed(data: bytes) -> None:
    with pytest.raises(FormatError) as refused:
        read_token(data, _MESSAGE)
    assert refused.value.code == "TIMESTAMP_MALFORMED"


@pytest.mark.parametrize("name", ["tsa", "tsa-sm2"])
def test_any_flipped_bit_is_noticed(name: str, pki: DemoPki) -> None:
    authority = Authority(pki[name], (pki[name].certificate,), datetime(2026, 3, 10, tzinfo=UTC))
    token, wrong = authority(_MESSAGE), []
    benign = read_token(token, _MESSAGE)
    for at in range(0, len(token), 7):
        try:
            read = read_token(token[:at] + bytes([token[at] ^ 1]) + token[at + 1 :], _MESSAGE)
        except FormatError:
            continue
        # A flip may hide who signed or with what; then the token proves nothing, as one that fails.
        proves = read.signature is SignatureOutcome.VALID and not read.failures
        if proves and read != replace(benign, signer=read.signer):
            wrong.append(at)
    assert wrong == []


def test_openssl_agrees(rsa: Authority, pki: DemoPki, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(pem.armor("CERTIFICATE", pki["rsa-root"].certificate))
    (tmp_path / "token").write_bytes(rsa(_MESSAGE))
    for data, failures in ((_MESSAGE, ()), (_MESSAGE + b"!", ("TIMESTAMP_IMPRINT_MISMATCH",))):
        (tmp_path / "data").write_bytes(data)
        command = ["openssl", "ts", "-verify", "-data", "data", "-in", "token", "-token_in"]
        said = subprocess.run(
            [*command, "-CAfile", "root.pem"], cwd=tmp_path, capture_output=True, check=False
        )
        assert (said.returncode == 0) is (failures == ())
        assert _failures(rsa(_MESSAGE), data) == failures


def test_rfc3161_client_agrees(rsa: Authority, pki: DemoPki) -> None:
    root = x509.load_der_x509_certificate(pki["rsa-root"].certificate)
    verifier = VerifierBuilder().add_root_certificate(root).build()
    token = cms.ContentInfo.load(rsa(_MESSAGE))
    response = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})
    decoded = decode_timestamp_response(response.dump())
    assert verifier.verify_message(decoded, _MESSAGE)
    with pytest.raises(VerificationError):
        verifier.verify_message(decoded, _MESSAGE + b"!")
