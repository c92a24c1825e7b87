"""CMS, one mutation apart: what binds content, attributes, certificate and algorithms to one another."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509

from license_service.demo.certificates import Identity, Life, Subject, issue
from license_service.demo.cms import signed_data, signer_info
from license_service.demo.issuer import LicenseDetails
from license_service.demo.keys import KeyFamily, generate_key
from license_service.demo.pki import DemoPki
from license_service.verification.document import FormatError
from license_service.verification.evidence import Evidence
from license_service.verification.formats.cms import parse_cms
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import Presentation
from license_service.verification.report import CheckName, VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

Judge = Callable[..., VerificationReport]
Change = Callable[[Any], object]

_RSA_PSS = "1.2.840.113549.1.1.10"
_ATTRIBUTES = "CMS_SIGNED_ATTRIBUTES_MISSING"
_CERTIFICATE = "CMS_SIGNING_CERTIFICATE_MISSING"


def _codes(report: VerificationReport) -> tuple[str, ...]:
    assert (report.indication == "TOTAL_PASSED") is (report.codes() == ())
    return report.codes()


def _resign(info: Any, signer: Identity, attributes: list[Any]) -> Any:
    """Sign other attributes."""
    info["signed_attrs"] = cms.CMSAttributes(attributes)
    info["signature"] = signer.key.sign(info["signed_attrs"].untag().dump())
    return info


def _without(info: Any, *names: str) -> list[Any]:
    return [attribute for attribute in info["signed_attrs"] if attribute["type"].native not in names]


# Content.


def test_detached_content_is_what_the_caller_hands_over(
    policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime,
    body: bytes, fire: Identity, chain: tuple[bytes, ...], at: datetime,
) -> None:  # fmt: skip
    detached = signed_data(None, [signer_info(body, fire, at)], chain)

    def present(content: bytes | None) -> VerificationReport:
        return verify(detached, policy, trust, evidence, now, Presentation(content=content))

    assert _codes(present(body)) == ()
    assert _codes(present(body.replace(b"9999", b"8999", 1))) == ("DATA_HASH_MISMATCH",)
    absent = present(None)
    assert (absent.indication, absent.sub_indication) == ("INDETERMINATE", "SIGNED_DATA_NOT_FOUND")
    assert _codes(absent) == ("CONTENT_MISSING", "LICENSE_METADATA_MISSING")


def test_content_that_is_there_twice_must_be_the_same(
    body: bytes, fire: Identity, chain: tuple[bytes, ...], at: datetime
) -> None:
    attached = signed_data(body, [signer_info(body, fire, at)], chain)
    assert parse_cms(attached, body) == parse_cms(attached)
    with pytest.raises(FormatError) as refused:
        parse_cms(attached, body + b" ")
    assert refused.value.code == "CMS_CONTENT_CONTRADICTS"


def test_a_license_in_xml_says_what_one_in_json_says(
    judge: Judge, details: LicenseDetails, fire: Identity, chain: tuple[bytes, ...], at: datetime
) -> None:
    elements = "".join(f"<{name}>{value}</{name}>" for name, value in details.fields().items())

    def report(text: str) -> VerificationReport:
        data = text.encode()
        return judge(signed_data(data, [signer_info(data, fire, at)], chain))

    xml = report(f'<?xml version="1.0" encoding="UTF-8"?>\n<ZZ>{elements}</ZZ>')
    assert _codes(xml) == ()
    assert xml.license == report(json.dumps(details.fields())).license
    two = report(f"<ZZ>{elements}<CZZTDM>999</CZZTDM></ZZ>")
    assert two.license is not None
    assert [holder.id for holder in two.license.holders] == [details.holder.id, "999"]
    entity = report(f'<!DOCTYPE ZZ [<!ENTITY a "b">]><ZZ>{elements}</ZZ>')
    assert _codes(entity) == ("XML_DOCTYPE_REFUSED",)


def test_other_content_is_signed_but_is_no_license(
    judge: Judge, fire: Identity, chain: tuple[bytes, ...], at: datetime
) -> None:
    text = b"This is a sample signed message."
    assert _codes(judge(signed_data(text, [signer_info(text, fire, at)], chain))) == (
        "LICENSE_METADATA_MISSING",
    )


# Signed attributes.


def _plain(body: bytes, signer: Identity, chain: tuple[bytes, ...]) -> bytes:
    """Sign the content itself, without attributes."""
    info = signer_info(body, signer, None)
    del info["signed_attrs"]
    info["signature"] = signer.key.sign(body)
    return signed_data(body, [info], chain)


def test_signed_attributes_are_required_unless_the_policy_says_otherwise(
    judge: Judge, policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime,
    body: bytes, fire: Identity, chain: tuple[bytes, ...],
) -> None:  # fmt: skip
    data = _plain(body, fire, chain)
    assert _failures(judge(data)) == [_ATTRIBUTES, _CERTIFICATE]
    lax = replace(policy, tolerated_format_failures=frozenset({_ATTRIBUTES, _CERTIFICATE}))
    assert _codes(verify(data, lax, trust, evidence, now)) == ()
    half = replace(policy, tolerated_format_failures=frozenset({_ATTRIBUTES}))
    assert _failures(verify(data, half, trust, evidence, now)) == [_CERTIFICATE]


def _failures(report: VerificationReport) -> list[str]:
    check = report.signatures[0].check(CheckName.FORMAT)
    assert check is not None
    return list(check.detail.get("failures", []))


def test_attributes_cannot_be_passed_off_as_content(
    policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime,
    body: bytes, fire: Identity, chain: tuple[bytes, ...], at: datetime,
) -> None:  # fmt: skip
    # The signature of a genuine message, over what were its attributes.
    genuine = signer_info(body, fire, at)
    attributes = genuine["signed_attrs"].untag().dump()
    info = signer_info(body, fire, at)
    del info["signed_attrs"]
    info["signature"] = genuine["signature"]
    swapped = signed_data(attributes, [info], chain)
    lax = replace(policy, tolerated_format_failures=frozenset({_ATTRIBUTES, _CERTIFICATE}))
    report = verify(swapped, lax, trust, evidence, now)
    value = report.signatures[0].check(CheckName.SIGNATURE_VALUE)
    assert value is not None
    assert value.code == "OK"  # that is the danger
    assert _failures(report) == ["CMS_CONTENT_IS_ATTRIBUTES"]


def test_content_of_another_type_needs_attributes(
    policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime,
    body: bytes, fire: Identity, chain: tuple[bytes, ...],
) -> None:  # fmt: skip
    info = signer_info(body, fire, None)
    del info["signed_attrs"]
    info["signature"] = fire.key.sign(body)
    data = signed_data(body, [info], chain, content_type="2.999.1")
    lax = replace(policy, tolerated_format_failures=frozenset({_ATTRIBUTES, _CERTIFICATE}))
    assert _failures(verify(data, lax, trust, evidence, now)) == ["CMS_CONTENT_TYPE_MISMATCH"]


@pytest.mark.parametrize("name", ["content_type", "message_digest", "signing_certificate_v2"])
def test_an_attribute_that_counts_is_there(
    name: str, judge: Judge, body: bytes, fire: Identity, chain: tuple[bytes, ...], at: datetime
) -> None:
    info = signer_info(body, fire, at)
    code = {"signing_certificate_v2": _CERTIFICATE}.get(name, f"CMS_{name.upper()}_MISSING")
    same = signed_data(body, [_resign(info, fire, _without(info))], chain)
    assert _codes(judge(same)) == ()
    less = signed_data(body, [_resign(info, fire, _without(info, name))], chain)
    assert _codes(judge(less)) == (code,)


@pytest.mark.parametrize("name", ["content_type", "message_digest", "signing_time", "signing_certificate_v2"])
def test_an_attribute_that_counts_is_there_once(
    name: str, judge: Judge, body: bytes, fire: Identity, chain: tuple[bytes, ...], at: datetime
) -> None:
    info = signer_info(body, fire, at)
    kept = _without(info)
    again = next(attribute for attribute in kept if attribute["type"].native == name)
    data = signed_data(body, [_resign(info, fire, [*kept, again])], chain)
    code = f"CMS_{name.upper().removesuffix('_V2')}_REPEATED"
    assert _codes(judge(data)) == (code,)


def test_the_content_type_is_the_one_that_was_signed(
    judge: Judge, body: bytes, fire: Identity, chain: tuple[bytes, ...], at: datetime
) -> None:
    info = signer_info(body, fire, at, content_type="2.999.1")
    assert _codes(judge(signed_data(body, [info], chain, content_type="2.999.1"))) == ()
    assert _codes(judge(signed_data(body, [info], chain))) == ("CMS_CONTENT_TYPE_MISMATCH",)


@pytest.mark.parametrize("name", ["content_type", "message_digest", "signing_time"])
def test_what_must_be_signed_does_not_stand_among_the_unsigned(
    name: str, judge: Judge, body: bytes, fire: Identity, chain: tuple[bytes, ...], at: datetime
) -> None:
    info = signer_info(body, fire, at)
    info["unsigned_attrs"] = [a for a in info["signed_attrs"] if a["type"].native == name]
    assert _codes(judge(signed_data(body, [info], chain))) == (f"CMS_{name.upper()}_UNSIGNED",)


def test_unsigned_attributes_nobody_knows_are_passed_over_and_countersignatures_noted(
    judge: Judge, body: bytes, fire: Identity, chain: tuple[bytes, ...], at: datetime
) -> None:
    info = signer_info(body, fire, at)
    counter = signer_info(info["signature"].native, fire, at)
    info["unsigned_attrs"] = [
        {"type": "2.999.1", "values": [cms.CMSVersion("v1")]},
        {"type": "counter_signature", "values": [counter]},
    ]
    report = judge(signed_data(body, [info], chain))
    assert _codes(report) == ()
    check = report.signatures[0].check(CheckName.FORMAT)
    assert check is not None
    assert check.detail["notes"] == ["a countersignature is not judged"]


# The certificate.


def test_a_binding_by_sha1_binds_nothing(
    judge: Judge, body: bytes, fire: Identity, chain: tuple[bytes, ...], at: datetime
) -> None:
    info = signer_info(body, fire, at)
    kept = _without(info, "signing_certificate_v2")
    hashed = hashlib.sha1(fire.certificate, usedforsecurity=False).digest()
    old = {
        "type": "signing_certificate",
        "values": [tsp.SigningCertificate({"certs": [{"cert_hash": hashed}]})],
    }
    disguised = {
        "type": "signing_certificate_v2",
        "values": [
            tsp.SigningCertificateV2(
                {"certs": [{"hash_algorithm": {"algorithm": "sha1"}, "cert_hash": hashed}]}
            )
        ],
    }
    assert _codes(judge(signed_data(body, [_resign(info, fire, [*kept, old])], chain))) == (_CERTIFICATE,)
    data = signed_data(body, [_resign(info, fire, [*kept, disguised])], chain)
    assert _codes(judge(data)) == ("CMS_SIGNING_CERTIFICATE_MISMATCH",)


def test_another_certificate_of_the_same_key_is_refused(
    judge: Judge, pki: DemoPki, body: bytes, fire: Identity, now: datetime, at: datetime
) -> None:
    other = _same_serial(fire, pki, now, fire.key)
    data = signed_data(body, [signer_info(body, fire, at)], (other, pki["ec-intermediate"].certificate))
    assert _failures(judge(data)) == ["CMS_SIGNING_CERTIFICATE_MISMATCH"]


def test_two_certificates_of_one_name_and_serial_are_refused(
    judge: Judge,
    pki: DemoPki,
    body: bytes,
    fire: Identity,
    chain: tuple[bytes, ...],
    now: datetime,
    at: datetime,
) -> None:
    other = _same_serial(fire, pki, now, generate_key(KeyFamily.EC))
    signed = [signer_info(body, fire, at)]
    assert _codes(judge(signed_data(body, signed, (*chain, fire.certificate)))) == ()
    assert "CMS_SIGNER_AMBIGUOUS" in judge(signed_data(body, signed, (*chain, other))).codes()
    swapped = judge(signed_data(body, signed, (other, *chain[1:])))
    assert {"CMS_SIGNING_CERTIFICATE_MISMATCH", "SIGNATURE_INVALID"} <= set(swapped.codes())


def _same_serial(fire: Identity, pki: DemoPki, now: datetime, key: Any) -> bytes:
    """Issue another certificate under the serial number of a genuine one."""
    issuer = pki["ec-intermediate"]
    made = issue(Subject("other", "other"), key, issuer, Life.around(now)).asn1
    made["tbs_certificate"]["serial_number"] = fire.asn1.serial_number
    made["signature_value"] = issuer.key.sign(made["tbs_certificate"].dump())
    der: bytes = made.dump()
    return der


def test_a_signer_may_be_named_by_key_identifier(
    judge: Judge, body: bytes, fire: Identity, chain: tuple[bytes, ...], at: datetime
) -> None:
    info = signer_info(body, fire, at)
    for identifier, codes in (
        (fire.asn1.key_identifier, ()),
        (bytes(20), ("SIGNER_CERTIFICATE_MISSING", "REVOCATION_UNKNOWN", "SIGNER_NOT_BOUND")),
    ):
        info["sid"] = cms.SignerIdentifier({"subject_key_identifier": identifier})
        assert _codes(judge(signed_data(body, [info], chain))) == codes


# Several signers.


def test_a_document_is_as_good_as_its_worst_signer(
    judge: Judge, pki: DemoPki, body: bytes, fire: Identity, chain: tuple[bytes, ...], at: datetime
) -> None:
    good = signer_info(body, fire, at)
    second = issue(
        Subject("fire-safety", fire.asn1.subject.native["organization_name"]),
        generate_key(KeyFamily.EC),
        pki["ec-intermediate"],
        Life.around(at),
    )
    also_good, bad = signer_info(body, second, at), signer_info(body + b"!", second, at)
    certificates = (*chain, second.certificate)
    both = judge(signed_data(body, [good, also_good], certificates))
    assert _codes(both) == ()
    assert len(both.signatures) == 2
    one = judge(signed_data(body, [good, bad], certificates))
    assert sorted(item.indication for item in one.signatures) == ["TOTAL_FAILED", "TOTAL_PASSED"]
    assert one.indication == "TOTAL_FAILED"


def test_a_signer_met_twice_is_reported(
    judge: Judge, body: bytes, fire: Identity, chain: tuple[bytes, ...], at: datetime
) -> None:
    twice = [signer_info(body, fire, at), signer_info(body, fire, at - timedelta(hours=1))]
    report = judge(signed_data(body, twice, chain))
    assert report.indication == "TOTAL_PASSED"
    assert report.findings == ("CMS_SIGNER_REPEATED",)


def test_any_armor_says_the_same(
    judge: Judge, body: bytes, fire: Identity, chain: tuple[bytes, ...], at: datetime
) -> None:
    data = signed_data(body, [signer_info(body, fire, at)], chain)
    text = base64.encodebytes(data).decode()
    for label in ("CMS", "PKCS7"):
        armored = f"-----BEGIN {label}-----\n{text}-----END {label}-----\n".encode()
        assert judge(armored).signatures == judge(data).signatures


def test_a_certificate_that_cannot_be_read_is_a_verdict(
    judge: Judge, body: bytes, fire: Identity, chain: tuple[bytes, ...], at: datetime
) -> None:
    data = signed_data(body, [signer_info(body, fire, at)], chain)
    spki = asn1_x509.Certificate.load(fire.certificate).public_key.dump()
    broken = data.replace(spki, spki[:2] + bytes(len(spki) - 2))
    assert broken != data
    assert judge(broken).indication == "TOTAL_FAILED"
