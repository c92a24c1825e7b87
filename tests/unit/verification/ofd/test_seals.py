"""Every generation of seal, each genuine one with the twin that differs by one thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from asn1crypto import core

from license_service.demo.cms import Authority
from license_service.demo.issuer import samples
from license_service.demo.ofd import Content, Covering, build_members, sign_members
from license_service.demo.pki import DemoPki
from license_service.demo.seals import Listing, SealExtension, Sealing, SealVersion
from license_service.verification.crypto.ecdsa_encoding import is_strict_der
from license_service.verification.crypto.sm2_digest import sm3_with_z
from license_service.verification.document import FormatError, TimestampSubject
from license_service.verification.formats.ofd.seal import parse_sealed_signature
from license_service.verification.formats.ofd.seal_asn1 import SignatureV4
from license_service.verification.policy import VerificationPolicy
from license_service.verification.report import Check, CheckName, VerificationReport

JudgeMembers = Callable[..., VerificationReport]
Seal = Callable[..., VerificationReport]

_VALUE = "Doc_0/Signs/Sign_0/SignedValue.dat"
_PAGE = "Doc_0/Pages/Page_0/Content.xml"
_UNKNOWN = "1.2.3.4"
_XML = b"<ofd:Signature/>"


@pytest.fixture
def seal(members: dict[str, bytes], sealing: Sealing, at: datetime, judge_members: JudgeMembers) -> Seal:
    """Return one call that seals with changes, changes members after sealing, and judges."""

    def call(changed: dict[str, bytes] | None = None, **changes: Any) -> VerificationReport:
        return judge_members(sign_members(members, replace(sealing, **changes), at) | (changed or {}))

    return call


def _check(report: VerificationReport, name: CheckName) -> Check:
    check = report.signatures[0].check(name)
    assert check is not None
    return check


@pytest.mark.parametrize("version", SealVersion)
def test_each_generation_passes_and_its_altered_twin_fails(version: SealVersion, seal: Seal) -> None:
    genuine = seal(version=version)
    assert (genuine.indication, genuine.codes()) == ("TOTAL_PASSED", ())
    assert genuine.signatures[0].kind == f"ses-v{version}"
    altered = seal({_PAGE: b"<other/>"}, version=version)
    assert (altered.indication, altered.codes()) == ("TOTAL_FAILED", ("REFERENCE_MISMATCH",))


@pytest.mark.parametrize("version", SealVersion)
@pytest.mark.parametrize("raw", [False, True])
def test_the_value_is_read_as_der_or_as_two_numbers(
    version: SealVersion, raw: bool, members: dict[str, bytes], sealing: Sealing, at: datetime,
    judge_members: JudgeMembers,
) -> None:  # fmt: skip
    signed = sign_members(members, replace(sealing, version=version, raw=raw), at)
    assert judge_members(signed).indication == "TOTAL_PASSED"
    value = signed[_VALUE]
    twin = judge_members({**signed, _VALUE: value[:-1] + bytes([value[-1] ^ 1])})
    assert (twin.indication, twin.codes()) == ("TOTAL_FAILED", ("SIGNATURE_INVALID",))


def test_two_numbers_that_begin_like_a_sequence_are_still_two_numbers(sealing: Sealing, at: datetime) -> None:
    # One raw value in 256 begins with the tag of a SEQUENCE.
    signature = SignatureV4.load(sealing.sign(_XML, "p", at))
    signature["signature"] = core.OctetBitString(b"\x30" + bytes(range(1, 64))).cast(core.BitString)
    assert not is_strict_der(b"\x30" + bytes(range(1, 64)))
    assert parse_sealed_signature(signature.dump(force=True)).value.encoding == "raw"


@pytest.mark.parametrize("listing", Listing)
def test_each_way_to_list_the_signer_is_named(listing: Listing, seal: Seal, pki: DemoPki) -> None:
    genuine = seal(listing=listing)
    assert genuine.indication == "TOTAL_PASSED"
    assert _check(genuine, CheckName.SIGNER_IN_SEAL).detail["by"] == listing
    twin = seal(listing=listing, listed=(pki["business-signer-unlisted"].certificate,))
    assert twin.codes() == ("SIGNER_NOT_IN_SEAL",)


@pytest.mark.parametrize("list_type", [0, 3])
def test_a_list_of_unknown_type_is_malformed(list_type: int, sealing: Sealing, at: datetime) -> None:
    signature = SignatureV4.load(sealing.sign(_XML, "p", at))
    signature["tbs"]["seal"]["info"]["property"]["cert_list_type"] = list_type
    with pytest.raises(FormatError, match="SES_MALFORMED"):
        parse_sealed_signature(signature.dump(force=True))


@pytest.mark.parametrize("version", SealVersion)
@pytest.mark.parametrize("tagged", [False, True])
def test_an_unknown_critical_extension_is_for_the_policy_to_bear(
    version: SealVersion, tagged: bool, members: dict[str, bytes], sealing: Sealing, at: datetime,
    judge_members: JudgeMembers, policy: VerificationPolicy,
) -> None:  # fmt: skip
    def signed(*, critical: bool) -> dict[str, bytes]:
        extension = SealExtension(_UNKNOWN, critical)
        return sign_members(
            members, replace(sealing, version=version, extensions=(extension,), tagged=tagged), at
        )

    assert judge_members(signed(critical=False)).indication == "TOTAL_PASSED"
    report = judge_members(signed(critical=True))
    assert (report.indication, report.codes()) == ("INDETERMINATE", ("SEAL_EXTENSION_UNKNOWN",))
    assert _check(report, CheckName.FORMAT).detail["extensions"] == [_UNKNOWN]
    bearing = replace(policy, exempt_critical_extensions=frozenset({_UNKNOWN}))
    assert judge_members(signed(critical=True), rules=bearing).indication == "TOTAL_PASSED"


def test_timestamps_are_over_the_value_of_the_signature_and_of_the_seal(
    sealing: Sealing, at: datetime
) -> None:
    stamped = replace(
        sealing, version=SealVersion.V5, stamp_signature=lambda m: b"S" + m, stamp_seal=lambda m: b"E" + m
    )
    parsed = parse_sealed_signature(stamped.sign(_XML, "p", at))
    over = {stamp.subject: stamp.message for stamp in parsed.timestamps}
    assert over == {
        TimestampSubject.SIGNATURE: parsed.value.signature,
        TimestampSubject.SEAL: parsed.seal.maker_signature.signature,
    }
    assert [stamp.token for stamp in parsed.timestamps] == [
        b"S" + over[TimestampSubject.SIGNATURE],
        b"E" + over[TimestampSubject.SEAL],
    ]
    assert parse_sealed_signature(replace(stamped, stamp_seal=None).sign(_XML, "p", at)).timestamps[1:] == ()


def test_a_stamped_seal_and_signature_pass_and_stamps_over_something_else_do_not(
    seal: Seal, pki: DemoPki, at: datetime
) -> None:
    before, after = (
        Authority(pki["tsa-sm2"], pki.chain("tsa-sm2"), at + timedelta(minutes=minutes))
        for minutes in (-9, 9)
    )
    genuine = seal(version=SealVersion.V5, stamp_seal=before, stamp_signature=after)
    assert (genuine.indication, genuine.codes()) == ("TOTAL_PASSED", ())
    for change in (
        {"stamp_seal": lambda m: before(m + b"!")},
        {"stamp_signature": lambda m: after(m + b"!")},
    ):
        report = seal(version=SealVersion.V5, **change)
        assert (report.indication, report.codes()) == ("TOTAL_FAILED", ("TIMESTAMP_IMPRINT_MISMATCH",))


def test_the_mistyped_algorithm_is_read_and_noted_and_others_are_not(seal: Seal) -> None:
    genuine = seal(algorithm="1.2.156.10197.501")
    assert genuine.indication == "TOTAL_PASSED"
    assert _check(genuine, CheckName.FORMAT).detail["notes"] == ["1.2.156.10197.501 read as SM2 with SM3"]
    twin = seal(algorithm="1.2.156.10197.502")
    assert twin.codes() == ("OFD_SIGNATURE_METHOD_MISMATCH", "ALGORITHM_UNSUPPORTED", "ALGORITHM_REFUSED")


@pytest.mark.parametrize("version", SealVersion)
def test_a_data_hash_with_z_is_accepted_and_noted_for_the_signers_own_key(
    version: SealVersion, seal: Seal, members: dict[str, bytes], sealing: Sealing, at: datetime,
    judge_members: JudgeMembers, pki: DemoPki,
) -> None:  # fmt: skip
    genuine = seal(version=version, hash_with_z=True)
    assert genuine.indication == "TOTAL_PASSED"
    assert _check(genuine, CheckName.DATA_HASH).detail["note"] == "SM3 with Z"
    assert "note" not in _check(seal(version=version), CheckName.DATA_HASH).detail
    signed = sign_members(members, replace(sealing, version=version, hash_with_z=True), at)
    path = "Doc_0/Signs/Sign_0/Signature.xml"
    assert judge_members({**signed, path: signed[path] + b"\n"}).codes() == ("DATA_HASH_MISMATCH",)
    others = sm3_with_z(pki["seal-maker"].key.spki(), signed[path])
    assert others != sm3_with_z(sealing.signer.key.spki(), signed[path])


@pytest.mark.parametrize("version", SealVersion)
def test_a_value_with_unused_bits_is_malformed(version: SealVersion, sealing: Sealing, at: datetime) -> None:
    sealed = replace(sealing, version=version).sign(_XML, "p", at)
    value = parse_sealed_signature(sealed).value.signature
    start = sealed.rindex(b"\x00" + value)
    with pytest.raises(FormatError, match="SES_MALFORMED"):
        parse_sealed_signature(sealed[:start] + b"\x01" + sealed[start + 1 :])


def test_a_seal_may_be_used_with_rsa(
    now: datetime, at: datetime, pki: DemoPki, judge_members: JudgeMembers
) -> None:
    details = next(sample.details for sample in samples(now) if sample.signer == "health-signer")
    signer = pki["health-signer"]
    sealing = Sealing(pki["seal-maker"], signer, (signer.certificate,), "示例电子印章")
    signed = sign_members(build_members([Content(details.fields())]), sealing, at, Covering(digest="SHA256"))
    genuine = judge_members(signed)
    assert (genuine.indication, genuine.signatures[0].algorithm) == ("TOTAL_PASSED", "RSA-SHA256")
    altered = judge_members({**signed, _PAGE: b"<other/>"})
    assert altered.codes() == ("REFERENCE_MISMATCH",)
    value = signed[_VALUE]
    assert judge_members({**signed, _VALUE: value[:-1] + bytes([value[-1] ^ 1])}).codes() == (
        "SIGNATURE_INVALID",
    )


def test_a_seal_may_be_used_with_ecdsa(
    now: datetime, at: datetime, pki: DemoPki, judge_members: JudgeMembers
) -> None:
    details = next(sample.details for sample in samples(now) if sample.signer == "identity-signer")
    signer = pki["identity-signer"]
    sealing = Sealing(pki["seal-maker"], signer, (signer.certificate,), "示例电子印章")
    signed = sign_members(build_members([Content(details.fields())]), sealing, at)
    assert judge_members(signed).indication == "TOTAL_PASSED"
    assert judge_members({**signed, _PAGE: b"<other/>"}).codes() == ("REFERENCE_MISMATCH",)


def test_a_seal_of_another_maker_is_refused(seal: Seal, pki: DemoPki) -> None:
    assert seal(maker=pki["maker-stranger"]).codes() == ("SEAL_MAKER_UNKNOWN",)


@pytest.mark.parametrize("version", SealVersion)
def test_a_changed_seal_is_refused(
    version: SealVersion,
    sealing: Sealing,
    members: dict[str, bytes],
    at: datetime,
    judge_members: JudgeMembers,
) -> None:
    signed = sign_members(members, replace(sealing, version=version), at)
    value = signed[_VALUE]
    twin = judge_members(
        {**signed, _VALUE: value.replace("示例电子印章".encode(), "示例电子公章".encode(), 1)}
    )
    assert set(twin.codes()) == {"SIGNATURE_INVALID", "SEAL_SIGNATURE_INVALID"}


def test_a_seal_file_must_be_the_seal_that_was_signed(
    members: dict[str, bytes], sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    path = "Doc_0/Signs/Sign_0/Signature.xml"
    plain = sign_members(members, sealing, at)
    named = plain[path].replace(
        b"</ofd:SignedInfo>",
        b"<ofd:Seal><ofd:BaseLoc>Seal.esl</ofd:BaseLoc></ofd:Seal></ofd:SignedInfo>",
    )
    signed = {**plain, path: named, _VALUE: sealing.sign(named, path, at)}
    own, other = (SignatureV4.load(value)["tbs"]["seal"].dump() for value in (signed[_VALUE], plain[_VALUE]))
    file = "Doc_0/Signs/Sign_0/Seal.esl"
    assert judge_members({**signed, file: own}).indication == "TOTAL_PASSED"
    for twin in (other, own[:-1], b""):
        assert judge_members({**signed, file: twin}).codes() == ("OFD_SEAL_FILE_MISMATCH",)


@pytest.mark.parametrize("version", SealVersion)
@pytest.mark.parametrize("name", [_VALUE, "Doc_0/Signs/Sign_0/Signature.xml"])
def test_no_byte_of_what_is_signed_can_be_flipped(
    version: SealVersion, name: str, members: dict[str, bytes], sealing: Sealing, at: datetime,
    judge_members: JudgeMembers,
) -> None:  # fmt: skip
    signed = sign_members(members, replace(sealing, version=version), at)
    data = signed[name]
    passed = [
        i
        for i in range(0, len(data), 41)
        if judge_members({**signed, name: data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :]}).indication
        == "TOTAL_PASSED"
    ]
    assert passed == []
