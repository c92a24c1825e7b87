"""Timestamps on checkpoints: what a pinned authority signed over this text, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms, pem, tsp

from license_service.audit.der import OID, SEQUENCE, encode_oid, read_item
from license_service.audit.errors import AuditError
from license_service.audit.stamps import StampAuthority, open_stamp
from license_service.cli.building import sm2_check
from license_service.cli.offline import read_authorities
from license_service.demo.certificates import Extension, Identity, Life, Subject, issue, only_for
from license_service.demo.cms import Authority, signed_data, signer_info
from license_service.demo.keys import KeyFamily, generate_key
from license_service.demo.pki import DemoPki

_TEXT = "log.example/test\n7\nAAAA\n"
_AT = datetime(2026, 3, 10, 8, 30, tzinfo=UTC)
_NAMES = ("tsa", "tsa-ec", "tsa-sm2")


@pytest.fixture(scope="module")
def identities(pki: DemoPki) -> dict[str, Identity]:
    life = Life(_AT - timedelta(days=1), _AT + timedelta(days=1))
    key = generate_key(KeyFamily.EC)
    made = issue(Subject("tsa", "tsa"), key, pki["ec-root"], life, changes=only_for("time_stamping"))
    return {"tsa": pki["tsa"], "tsa-sm2": pki["tsa-sm2"], "tsa-ec": made}


@pytest.fixture(scope="module")
def stamp(identities: dict[str, Identity]) -> Callable[..., bytes]:
    def call(name: str, text: str = _TEXT, at: datetime = _AT, chain: tuple[bytes, ...] = ()) -> bytes:
        return Authority(identities[name], chain, at)(text.encode())

    return call


@pytest.fixture(scope="module")
def pinned(identities: dict[str, Identity]) -> dict[str, StampAuthority]:
    return {name: StampAuthority.parse(one.certificate, sm2_check()) for name, one in identities.items()}


def _code(token: bytes, authorities: list[StampAuthority], text: str = _TEXT) -> str:
    with pytest.raises(AuditError) as caught:
        open_stamp(token, text, authorities)
    return caught.value.code


@pytest.mark.parametrize("name", _NAMES)
def test_a_stamp_says_when_and_only_over_its_text(
    name: str, stamp: Callable[..., bytes], pinned: dict[str, StampAuthority]
) -> None:
    everybody = list(pinned.values())
    assert open_stamp(stamp(name), _TEXT, everybody) == _AT
    assert _code(stamp(name), everybody, _TEXT + "x\n") == "STAMP_IMPRINT_MISMATCH"


def test_a_token_may_call_itself_as_gm_t_0010_does(
    stamp: Callable[..., bytes], pinned: dict[str, StampAuthority]
) -> None:
    _, content = read_item(stamp("tsa-sm2")).items(SEQUENCE)
    for name, code in (("1.2.156.10197.6.1.4.2.2", ""), ("1.2.156.10197.6.1.4.2.3", "STAMP_MALFORMED")):
        oid = encode_oid(name)
        body = bytes([OID, len(oid)]) + oid + content.whole
        token = b"\x30\x82" + len(body).to_bytes(2) + body
        if code:
            assert _code(token, [pinned["tsa-sm2"]]) == code
        else:
            assert open_stamp(token, _TEXT, [pinned["tsa-sm2"]]) == _AT


def test_certificates_that_come_along_change_nothing(
    stamp: Callable[..., bytes], pinned: dict[str, StampAuthority], pki: DemoPki
) -> None:
    for chain in ((pki["tsa"].certificate,), (pki["health-signer"].certificate,)):
        assert open_stamp(stamp("tsa", chain=chain), _TEXT, [pinned["tsa"]]) == _AT


def test_nobody_but_a_pinned_authority_counts(
    stamp: Callable[..., bytes], pinned: dict[str, StampAuthority]
) -> None:
    assert _code(stamp("tsa"), [pinned["tsa-ec"]]) == "STAMP_AUTHORITY_UNKNOWN"
    assert _code(stamp("tsa"), []) == "STAMP_AUTHORITY_UNKNOWN"


def test_sm2_is_undecided_where_nobody_can_verify_it(
    stamp: Callable[..., bytes], pinned: dict[str, StampAuthority]
) -> None:
    without = replace(pinned["tsa-sm2"], sm2=None)
    assert _code(stamp("tsa-sm2"), [without]) == "STAMP_ALGORITHM_UNSUPPORTED"
    assert open_stamp(stamp("tsa"), _TEXT, [without, pinned["tsa"]]) == _AT


def test_a_stamp_lies_within_the_life_of_its_certificate(
    stamp: Callable[..., bytes], pinned: dict[str, StampAuthority]
) -> None:
    day = timedelta(days=1)
    for at in (_AT - day, _AT + day):
        assert open_stamp(stamp("tsa-ec", at=at), _TEXT, [pinned["tsa-ec"]]) == at
    for at in (_AT - day - timedelta(seconds=1), _AT + day + timedelta(seconds=1)):
        assert _code(stamp("tsa-ec", at=at), [pinned["tsa-ec"]]) == "STAMP_OUT_OF_VALIDITY"


@pytest.mark.parametrize("name", _NAMES)
def test_every_flipped_bit_of_a_stamp_is_found(
    name: str, stamp: Callable[..., bytes], pinned: dict[str, StampAuthority]
) -> None:
    token, passed = stamp(name), []
    bits = range(8) if name == "tsa-ec" else range(1)  # SM2 takes a millisecond each, and RSA is as ECDSA
    for place in range(len(token)):
        for bit in bits:
            spoilt = token[:place] + bytes([token[place] ^ 1 << bit]) + token[place + 1 :]
            try:
                open_stamp(spoilt, _TEXT, [pinned[name]])
            except AuditError:
                continue
            passed.append((place, bit))
    assert passed == []


def test_what_is_no_token_is_malformed(
    stamp: Callable[..., bytes], pinned: dict[str, StampAuthority], pki: DemoPki
) -> None:
    good = stamp("tsa")
    two = cms.ContentInfo.load(good)
    (signer,) = two["content"]["signer_infos"]
    two["content"]["signer_infos"] = [signer, signer]
    for bad in (
        b"",
        good[:-1],
        good + b"\x00",
        b"\x30\x80\x00\x00",
        pki["tsa"].certificate,
        two.dump(force=True),
    ):
        assert _code(bad, [pinned["tsa"]]) == "STAMP_MALFORMED"


@pytest.mark.parametrize("critical", [True, False])
def test_a_critical_extension_that_nobody_knows_is_refused(
    pki: DemoPki, pinned: dict[str, StampAuthority], critical: bool
) -> None:
    info = tsp.TSTInfo.load(
        cms.ContentInfo.load(pki.authority("tsa", _AT)(_TEXT.encode()))["content"]["encap_content_info"][
            "content"
        ].contents
    )
    extension = {"extn_id": "2.999.2", "critical": critical, "extn_value": b"\x05\x00"}
    info["extensions"] = [extension]
    content = info.dump(force=True)
    kind = "1.2.840.113549.1.9.16.1.4"
    token = signed_data(
        content, [signer_info(content, pki["tsa"], None, content_type=kind)], (), content_type=kind
    )
    if critical:
        assert _code(token, [pinned["tsa"]]) == "STAMP_MALFORMED"
    else:
        assert open_stamp(token, _TEXT, [pinned["tsa"]]) == _AT


def test_an_authority_stamps_and_does_nothing_else(pki: DemoPki, identities: dict[str, Identity]) -> None:
    life, key = Life.around(_AT), identities["tsa-ec"].key
    usages = Extension(["time_stamping", "code_signing"], critical=True)
    loose = Extension(["time_stamping"], critical=False)
    for extension in (usages, loose, None):
        changes = {"extended_key_usage": extension}
        made = issue(Subject("tsa", "tsa"), key, pki["ec-root"], life, changes=changes)
        with pytest.raises(AuditError, match="AUTHORITY_MALFORMED"):
            StampAuthority.parse(made.certificate)
    with pytest.raises(AuditError, match="AUTHORITY_MALFORMED"):
        StampAuthority.parse(b"no certificate")


def test_authorities_are_read_from_pem_or_der(pki: DemoPki, tmp_path: Path) -> None:
    der, text, bad = tmp_path / "der", tmp_path / "pem", tmp_path / "bad"
    der.write_bytes(pki["tsa"].certificate)
    text.write_bytes(pem.armor("CERTIFICATE", pki["tsa"].certificate))
    bad.write_bytes(b"-----BEGIN CERTIFICATE-----\n!\n")
    one, other = read_authorities([der, text])
    assert one == other
    with pytest.raises(AuditError, match="AUTHORITY_MALFORMED"):
        read_authorities([bad])


@pytest.mark.parametrize(
    ("data", "sound"),
    [
        (b"\x04\x00", True),
        (b"\x04\x81\x80" + bytes(128), True),
        (b"\x04\x81\x7f" + bytes(127), False),  # longer than needed
        (b"\x04\x82\x00\x80" + bytes(128), False),
        (b"\x04\x80\x00\x00", False),  # indefinite
        (b"\x04\x84\x01\x00\x00\x00", False),
        (b"\x1f\x81\x00\x00", False),  # a tag of several bytes
        (b"\x04\x01", False),
        (b"\x04", False),
        (b"\x04\x00\x04\x00", False),
    ],
)
def test_der_has_one_spelling(data: bytes, sound: bool) -> None:
    if sound:
        assert read_item(data).whole == data
        return
    with pytest.raises(ValueError, match="DER"):
        read_item(data)


def test_object_identifiers_are_as_the_standard_spells_them() -> None:
    assert encode_oid("1.2.840.113549.1.7.2") == bytes.fromhex("2a864886f70d010702")
