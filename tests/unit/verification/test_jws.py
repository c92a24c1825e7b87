"""JWS: what a header may not say is refused, and a key that comes with the message proves nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from license_service.demo.certificates import Identity
from license_service.demo.issuer import Twin
from license_service.demo.pki import DemoPki
from license_service.verification.crypto.jose import ALGORITHMS, decode_base64url
from license_service.verification.crypto.jws import parse_jws_signatures
from license_service.verification.document import FormatError
from license_service.verification.formats.jws import parse_jws
from license_service.verification.limits import MAX_CERTIFICATES, MAX_JOSE_HEADER_BYTES, MAX_SIGNATURES
from license_service.verification.report import Indication, VerificationReport

Judge = Callable[..., VerificationReport]
_FILE = "legal-person-id.jws"


def _encode(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _raw(identity: Identity, data: bytes) -> bytes:
    r, s = decode_dss_signature(identity.key.sign(data))
    return r.to_bytes(32) + s.to_bytes(32)


@dataclass(frozen=True)
class _Signer:
    """Sign a genuine payload again, under whatever header."""

    identity: Identity
    chain: list[str]
    payload: bytes

    def header(self, **changes: object) -> dict[str, Any]:
        return {"alg": "ES256", "x5c": self.chain, **changes}

    def compact(self, header: Mapping[str, Any] | bytes, payload: bytes | None = None) -> bytes:
        head = header if isinstance(header, bytes) else _json(header)
        signed = _encode(head) + b"." + _encode(self.payload if payload is None else payload)
        return signed + b"." + _encode(_raw(self.identity, signed))

    def flattened(self, protected_header: Mapping[str, Any], **members: object) -> dict[str, Any]:
        protected, payload, signature = self.compact(protected_header).decode().split(".")
        return {"protected": protected, "payload": payload, "signature": signature, **members}


@pytest.fixture
def signer(pki: DemoPki, samples_dir: Path) -> _Signer:
    genuine = (samples_dir / Twin.GENUINE / _FILE).read_bytes()
    chain = [base64.b64encode(der).decode() for der in pki.chain("identity-signer")]
    return _Signer(pki["identity-signer"], chain, decode_base64url(genuine.split(b".")[1]))


def _code(data: bytes) -> str:
    with pytest.raises(FormatError) as refused:
        parse_jws(data)
    return refused.value.code


def test_benign_compact(signer: _Signer, judge: Judge) -> None:
    assert judge(signer.compact(signer.header())).indication is Indication.TOTAL_PASSED


def test_benign_with_a_line_end(signer: _Signer, judge: Judge) -> None:
    assert judge(signer.compact(signer.header()) + b"\r\n").indication is Indication.TOTAL_PASSED


def test_benign_flattened(signer: _Signer, judge: Judge) -> None:
    body = signer.flattened(signer.header(), header={"note": "unprotected"})
    assert judge(_json(body)).indication is Indication.TOTAL_PASSED


def test_benign_general(signer: _Signer, judge: Judge) -> None:
    flat = signer.flattened(signer.header())
    entry = {"protected": flat["protected"], "signature": flat["signature"]}
    body = {"payload": flat["payload"], "signatures": [entry, entry]}
    report = judge(_json(body))
    assert report.indication is Indication.TOTAL_PASSED
    assert [signature.index for signature in report.signatures] == [0, 1]


def test_a_general_jws_is_as_good_as_its_worst_signature(signer: _Signer, judge: Judge) -> None:
    flat, other = signer.flattened(signer.header()), signer.flattened(signer.header(note="other"))
    good = {"protected": flat["protected"], "signature": flat["signature"]}
    bad = {"protected": flat["protected"], "signature": other["signature"]}
    for entries in ([good, bad], [bad, good]):
        report = judge(_json({"payload": flat["payload"], "signatures": entries}))
        assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "SIG_CRYPTO_FAILURE")


_HEADERS: dict[str, tuple[dict[str, Any], str]] = {
    "alg-none": ({"alg": "none"}, "JWS_ALGORITHM_REFUSED"),
    "alg-None": ({"alg": "None"}, "JWS_ALGORITHM_REFUSED"),
    "alg-nOnE": ({"alg": "nOnE"}, "JWS_ALGORITHM_REFUSED"),
    "alg-empty": ({"alg": ""}, "JWS_ALGORITHM_REFUSED"),
    "alg-null": ({"alg": None}, "JWS_ALGORITHM_REFUSED"),
    "alg-number": ({"alg": 256}, "JWS_ALGORITHM_REFUSED"),
    "alg-list": ({"alg": ["ES256"]}, "JWS_ALGORITHM_REFUSED"),
    "alg-lower-case": ({"alg": "es256"}, "JWS_ALGORITHM_REFUSED"),
    "alg-space": ({"alg": "ES256 "}, "JWS_ALGORITHM_REFUSED"),
    "alg-HS256": ({"alg": "HS256"}, "JWS_ALGORITHM_REFUSED"),
    "alg-HS512": ({"alg": "HS512"}, "JWS_ALGORITHM_REFUSED"),
    "alg-RS1": ({"alg": "RS1"}, "JWS_ALGORITHM_REFUSED"),
    "alg-ES256K": ({"alg": "ES256K"}, "JWS_ALGORITHM_REFUSED"),
    "crit": ({"crit": ["exp"], "exp": 1}, "JWS_CRITICAL_UNKNOWN"),
    "crit-empty": ({"crit": []}, "JWS_CRITICAL_UNKNOWN"),
    "crit-null": ({"crit": None}, "JWS_CRITICAL_UNKNOWN"),
    "crit-b64": ({"crit": ["b64"], "b64": False}, "JWS_CRITICAL_UNKNOWN"),
    "b64-false": ({"b64": False}, "JWS_UNENCODED_REFUSED"),
    "b64-zero": ({"b64": 0}, "JWS_UNENCODED_REFUSED"),
    "kid-empty": ({"kid": ""}, "JWS_KEY_ID_REFUSED"),
    "kid-null": ({"kid": None}, "JWS_KEY_ID_REFUSED"),
    "kid-path": ({"kid": "../../../etc/passwd"}, "JWS_KEY_ID_REFUSED"),
    "kid-query": ({"kid": "a' OR '1'='1"}, "JWS_KEY_ID_REFUSED"),
    "kid-line-end": ({"kid": "a\n"}, "JWS_KEY_ID_REFUSED"),
    "kid-too-long": ({"kid": "a" * 65}, "JWS_KEY_ID_REFUSED"),
    "typ-sd-jwt": ({"typ": "dc+sd-jwt"}, "JWS_TYPE_REFUSED"),
    "typ-key-binding": ({"typ": "kb+jwt"}, "JWS_TYPE_REFUSED"),
    "typ-status-list": ({"typ": "application/statuslist+jwt"}, "JWS_TYPE_REFUSED"),
    "typ-unknown": ({"typ": "other"}, "JWS_TYPE_REFUSED"),
    "typ-number": ({"typ": 1}, "JWS_TYPE_REFUSED"),
    "typ-null": ({"typ": None}, "JWS_TYPE_REFUSED"),
    "typ-empty": ({"typ": ""}, "JWS_TYPE_REFUSED"),
    "cty-null": ({"cty": None}, "JWS_TYPE_REFUSED"),
    "cty-nested": ({"cty": "JWT"}, "JWS_TYPE_REFUSED"),
    "x5t-other": ({"x5t#S256": "A" * 43}, "JWS_THUMBPRINT_MISMATCH"),
    "x5t-null": ({"x5t#S256": None}, "JWS_THUMBPRINT_MISMATCH"),
    "x5t-without-chain": ({"x5c": [], "x5t#S256": None}, "JWS_THUMBPRINT_MISMATCH"),
    "alg-ES384": ({"alg": "ES384"}, "JWS_SIGNATURE_MALFORMED"),
    "alg-ES512": ({"alg": "ES512"}, "JWS_SIGNATURE_MALFORMED"),
    "x5c-text": ({"x5c": "MII"}, "JWS_CHAIN_MALFORMED"),
    "x5c-object": ({"x5c": {}}, "JWS_CHAIN_MALFORMED"),
    "x5c-null": ({"x5c": None}, "JWS_CHAIN_MALFORMED"),
    "x5c-number": ({"x5c": [1]}, "JWS_CHAIN_MALFORMED"),
    "x5c-no-base64": ({"x5c": ["*"]}, "JWS_CHAIN_MALFORMED"),
    "x5c-base64url": ({"x5c": ["-_-_"]}, "JWS_CHAIN_MALFORMED"),
    "x5c-padding": ({"x5c": ["QQ"]}, "JWS_CHAIN_MALFORMED"),
    "x5c-not-ascii": ({"x5c": ["证"]}, "JWS_CHAIN_MALFORMED"),
    "x5c-too-long": ({"x5c": ["QQ=="] * (MAX_CERTIFICATES + 1)}, "JWS_CHAIN_MALFORMED"),
}


@pytest.mark.parametrize(("changes", "code"), _HEADERS.values(), ids=_HEADERS.keys())
def test_a_header_is_refused(changes: dict[str, Any], code: str, signer: _Signer, judge: Judge) -> None:
    data = signer.compact(signer.header(**changes))
    assert _code(data) == code
    report = judge(data)
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "FORMAT_FAILURE")
    assert report.findings == (code,)


def test_a_header_beyond_the_bound_is_refused(signer: _Signer) -> None:
    data = _json(signer.flattened(signer.header(note="a" * MAX_JOSE_HEADER_BYTES)))
    assert _code(data) == "JWS_HEADER_TOO_LARGE"


def test_a_header_without_alg_is_refused(signer: _Signer) -> None:
    assert _code(signer.compact({"x5c": signer.chain})) == "JWS_ALGORITHM_REFUSED"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (b'{"alg":"none","alg":"ES256"}', "JSON_NAME_REPEATED"),
        (b'{"alg":"ES256","alg":"ES256"}', "JSON_NAME_REPEATED"),
        (b'{"alg":"ES256","a":NaN}', "JSON_NUMBER_REFUSED"),
        (b'["ES256"]', "JSON_NOT_AN_OBJECT"),
        (b'{"alg":"ES256"', "JSON_MALFORMED"),
        (b"", "JSON_MALFORMED"),
        (b'{"alg":"ES256","a":"\xff"}', "JSON_TEXT_MALFORMED"),
    ],
)
def test_a_header_that_reads_two_ways_is_refused(header: bytes, code: str, signer: _Signer) -> None:
    assert _code(signer.compact(header)) == code


def test_an_unsigned_message_is_refused(signer: _Signer) -> None:
    head = _encode(_json({"alg": "none"}))
    assert _code(head + b"." + _encode(signer.payload) + b".") == "JWS_ALGORITHM_REFUSED"


def test_a_mac_under_the_public_key_is_refused(signer: _Signer, pki: DemoPki) -> None:
    signed = _encode(_json(signer.header(alg="HS256"))) + b"." + _encode(signer.payload)
    mac = hmac.HMAC(pki["identity-signer"].key.spki(), hashes.SHA256())
    mac.update(signed)
    assert _code(signed + b"." + _encode(mac.finalize())) == "JWS_ALGORITHM_REFUSED"


_SAME_LENGTH = sorted(n for n, known in ALGORITHMS.items() if known.signature_bytes in (None, 64))


@pytest.mark.parametrize("name", sorted(set(_SAME_LENGTH) - {"ES256"}))
def test_another_algorithm_than_the_keys_is_refused(name: str, signer: _Signer, judge: Judge) -> None:
    report = judge(signer.compact(signer.header(alg=name)))
    assert report.indication is Indication.TOTAL_FAILED
    assert "SIGNATURE_INVALID" in report.codes()


@pytest.mark.parametrize(
    "changes",
    [
        {"jwk": {"kty": "EC", "crv": "P-256"}},
        {"jku": "https://example.invalid/keys"},
        {"x5u": "https://example.invalid/chain"},
    ],
    ids=["jwk", "jku", "x5u"],
)
def test_a_key_that_comes_with_the_message_proves_nothing(
    changes: dict[str, Any], signer: _Signer, judge: Judge
) -> None:
    report = judge(signer.compact({"alg": "ES256", **changes}))
    assert report.indication is Indication.INDETERMINATE
    assert {"SIGNER_CERTIFICATE_MISSING"} <= set(report.codes())
    assert report.sub_indication == "NO_SIGNING_CERTIFICATE_FOUND"
    # Beside a chain that leads to an anchor they change nothing.
    assert judge(signer.compact(signer.header(**changes))).indication is Indication.TOTAL_PASSED


def test_a_chain_of_a_stranger_is_not_passed(signer: _Signer, pki: DemoPki, judge: Judge) -> None:
    stranger = pki["identity-stranger"]
    chain = [base64.b64encode(stranger.certificate).decode()]
    data = _Signer(stranger, chain, signer.payload).compact({"alg": "ES256", "x5c": chain})
    report = judge(data)
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
    # Somebody else's certificates behind it do not make it theirs, and in front they do not fit its key.
    behind = judge(
        _Signer(stranger, [], signer.payload).compact({"alg": "ES256", "x5c": chain + signer.chain})
    )
    assert behind.indication is Indication.INDETERMINATE
    before = judge(
        _Signer(stranger, [], signer.payload).compact({"alg": "ES256", "x5c": signer.chain + chain})
    )
    assert (before.indication, before.sub_indication) == ("TOTAL_FAILED", "SIG_CRYPTO_FAILURE")


def test_an_empty_chain_is_indeterminate(signer: _Signer, judge: Judge) -> None:
    assert judge(signer.compact(signer.header(x5c=[]))).indication is Indication.INDETERMINATE


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("change", [b"=", b"==", b"+", b"/", b" ", b"\n", b"*", b"\xff"])
def test_base64url_has_one_text(part: int, change: bytes, signer: _Signer) -> None:
    parts = signer.compact(signer.header()).split(b".")
    parts[part] += change
    if (part, change) == (2, b"\n"):
        parts[part] += parts[part][:1]  # a last line end is the file's; one inside is not
    assert _code(b".".join(parts)) == "BASE64URL_MALFORMED"


@pytest.mark.parametrize("text", [b"QQ==", b"QQ=", b"QR", b"Q", b"QUI=", b"QUJD=", b"Q Q", b"QUJ", b"-_+/"])
def test_base64url_is_strict(text: bytes) -> None:
    with pytest.raises(FormatError) as refused:
        decode_base64url(text)
    assert refused.value.code == "BASE64URL_MALFORMED"


@given(st.binary(max_size=64))
def test_base64url_round_trips(data: bytes) -> None:
    assert decode_base64url(_encode(data)) == data


@pytest.mark.parametrize("data", [b"ey", b"e30.e30", b"e30.e30.e30.e30", b"e30.e30.e30.e30.e30", b""])
def test_a_compact_form_of_other_than_three_parts_is_refused(data: bytes) -> None:
    assert _code(data) == "JWS_MALFORMED"


def test_json_forms_that_read_two_ways_are_refused(signer: _Signer) -> None:
    flat = signer.flattened(signer.header())
    entry = {"protected": flat["protected"], "signature": flat["signature"]}
    payload = {"payload": flat["payload"]}
    malformed: list[dict[str, Any]] = [
        {},
        payload,
        {**flat, "signatures": [entry]},
        {**payload, "signatures": []},
        {**payload, "signatures": {}},
        {**payload, "signatures": [1]},
        {**payload, "signatures": [entry] * (MAX_SIGNATURES + 1)},
        {"signatures": [entry]},
        {**flat, "payload": 1},
        {**flat, "payload": "证"},
        {**flat, "signature": None},
        {**flat, "protected": None},
        {**flat, "header": []},
    ]
    assert {_code(_json(body)) for body in malformed} == {"JWS_MALFORMED"}


def test_unprotected_members_never_count(signer: _Signer) -> None:
    assert _code(_json(signer.flattened(signer.header(), header={"alg": "ES256"}))) == "JWS_HEADER_REPEATED"
    assert _code(_json(signer.flattened(signer.header(), header={"crit": ["a"]}))) == "JWS_CRITICAL_UNKNOWN"
    bare = signer.flattened({"x5c": signer.chain}, header={"alg": "ES256"})
    assert _code(_json(bare)) == "JWS_ALGORITHM_REFUSED"
    chain = signer.flattened({"alg": "ES256"}, header={"x5c": signer.chain})
    (parsed,) = parse_jws(_json(chain)).signatures
    assert parsed.signer_certificate is None


@pytest.mark.parametrize("payload", [b"", b"text", b"[]", b'{"a":1,"a":1}', b"\xff"])
def test_a_payload_that_is_no_object_is_refused(payload: bytes, signer: _Signer) -> None:
    data = signer.compact(signer.header(), payload)
    assert parse_jws_signatures(data)[0].payload == payload
    assert _code(data).startswith("JSON_")


def test_a_payload_without_a_license_is_indeterminate(signer: _Signer, judge: Judge) -> None:
    report = judge(signer.compact(signer.header(), b"{}"))
    assert report.indication is Indication.INDETERMINATE
    assert report.codes() == ("LICENSE_METADATA_MISSING",)


def test_a_signing_time_to_come_is_refused(signer: _Signer, judge: Judge, now: datetime) -> None:
    fields = json.loads(signer.payload)
    tolerated, beyond = (now + timedelta(seconds=seconds) for seconds in (300, 301))
    for at, expected in ((tolerated, "TOTAL_PASSED"), (beyond, "TOTAL_FAILED")):
        report = judge(signer.compact(signer.header(), _json({**fields, "iat": int(at.timestamp())})))
        assert report.indication == expected


@pytest.mark.parametrize("name", ["iat", "nbf", "exp"])
@pytest.mark.parametrize("value", [None, True, "1", -1, 253_402_300_800, []])
def test_a_time_that_cannot_be_read_is_refused(name: str, value: object, signer: _Signer) -> None:
    payload = _json({**json.loads(signer.payload), name: value})
    assert _code(signer.compact(signer.header(), payload)) == "JWT_TIME_MALFORMED"


def test_a_token_lives_to_the_second_its_end_excluded(signer: _Signer, judge: Judge, now: datetime) -> None:
    fields, moment = json.loads(signer.payload), int(now.timestamp())
    for claims, codes in (
        ({"nbf": moment, "exp": moment + 1}, ()),
        ({"exp": moment}, ("LICENSE_EXPIRED",)),
        ({"nbf": moment + 1}, ("LICENSE_NOT_YET_VALID",)),
    ):
        report = judge(signer.compact(signer.header(), _json({**fields, **claims})))
        assert report.codes() == codes


def test_types_of_a_plain_token_are_accepted(signer: _Signer, judge: Judge) -> None:
    thumbprint = _encode(hashlib.sha256(base64.b64decode(signer.chain[0])).digest()).decode()
    for changes in (
        {"typ": "JWT"},
        {"typ": "JOSE"},
        {"typ": "application/jose+json", "cty": "application/json"},
        {"x5t#S256": thumbprint},
    ):
        assert judge(signer.compact(signer.header(**changes))).indication is Indication.TOTAL_PASSED
