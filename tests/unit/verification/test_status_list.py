"""A status list speaks for the issuer it is signed by, while it lives, of the licenses it holds."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.adapters.trust_files import load_evidence
from license_service.demo.credentials import pack_statuses, sign_status_list
from license_service.demo.issuer import samples
from license_service.demo.jose import chain_header, sign_compact
from license_service.demo.pki import DemoPki
from license_service.verification.checks.status import combine
from license_service.verification.crypto.jose import encode_base64url
from license_service.verification.crypto.jws import JwsSignature
from license_service.verification.crypto.status_list import StatusList, inflate, read_status_list
from license_service.verification.document import FormatError, SignedValue
from license_service.verification.evidence import Evidence
from license_service.verification.limits import MAX_STATUS_LIST_BYTES
from license_service.verification.policy import VerificationPolicy
from license_service.verification.report import Check, CheckName, Outcome, VerificationReport
from license_service.verification.status import LicenseStatus, StatusStatement
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_SIGNER = "identity-signer"
_URI = "https://police.example/status/1"
_MOMENT = datetime(2026, 3, 10, 4, tzinfo=UTC)


def _lst(data: bytes) -> str:
    return encode_base64url(data).decode()


_ZEROS = _lst(zlib.compress(bytes(4)))

Sign = Callable[..., bytes]
Judge = Callable[..., VerificationReport]
State = Callable[..., tuple[str, str]]


@pytest.fixture
def sign_list(pki: DemoPki, now: datetime) -> Sign:
    def call(
        statuses: tuple[int, ...] = (1, 2, 0, 3),
        signer: str = _SIGNER,
        uri: str = _URI,
        at: datetime | None = None,
        **claims: Any,
    ) -> bytes:
        moment = at or now - timedelta(minutes=1)
        return sign_status_list(uri, statuses, pki[signer], pki.chain(signer), moment, **claims)

    return call


@pytest.fixture
def sign_license(pki: DemoPki, now: datetime) -> Sign:
    details = next(sample.details for sample in samples(now) if sample.signer == _SIGNER)

    def call(index: object = 2, uri: object = _URI) -> bytes:
        status = {"status_list": {"uri": uri, "idx": index}}
        payload = {**details.fields(), "status": status}
        return sign_compact(chain_header(pki.chain(_SIGNER)), payload, pki[_SIGNER].key)

    return call


@pytest.fixture
def state(
    policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime, sign_license: Sign
) -> State:
    """Return one call that answers indication and code of the status check."""

    def call(*lists: bytes, index: int = 2) -> tuple[str, str]:
        report = verify(sign_license(index), policy, trust, replace(evidence, status_lists=lists), now)
        check = _check(report)
        assert check is not None
        assert report.codes() == (() if check.outcome is Outcome.PASSED else (check.code,))
        if check.outcome is Outcome.UNDETERMINED:
            assert report.sub_indication == "TRY_LATER"
        return report.indication.value, check.code

    return call


def _check(report: VerificationReport) -> Check | None:
    return report.signatures[0].check(CheckName.LICENSE_STATUS)


_UNKNOWN = ("INDETERMINATE", "STATUS_UNKNOWN")
_VALID = ("TOTAL_PASSED", "OK")


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (0, ("TOTAL_FAILED", "LICENSE_REVOKED")),
        (1, ("TOTAL_FAILED", "LICENSE_SUSPENDED")),
        (2, _VALID),
        (3, _UNKNOWN),
        (4, _UNKNOWN),
        (2**53, _UNKNOWN),
    ],
    ids=["invalid", "suspended", "valid", "application-specific", "beyond", "far-beyond"],
)
def test_what_the_list_says(index: int, expected: tuple[str, str], state: State, sign_list: Sign) -> None:
    assert state(sign_list(), index=index) == expected


def test_a_license_without_a_status_has_none_to_judge(judge: Judge, samples_dir: Path) -> None:
    report = judge((samples_dir / "genuine/legal-person-id.jws").read_bytes())
    assert report.indication == "TOTAL_PASSED"
    assert _check(report) is None


def test_the_list_must_be_there(state: State, sign_list: Sign) -> None:
    assert state() == _UNKNOWN
    assert state(sign_list(uri=_URI + "0")) == _UNKNOWN
    assert state(b"", b"eyJ.e30.AA", sign_list(uri=_URI + "0"), sign_list()) == _VALID


@pytest.mark.parametrize(
    "signer", ["fire-signer", "identity-stranger", "identity-signer-revoked", "business-signer"]
)
def test_the_list_must_be_the_issuers(signer: str, state: State, sign_list: Sign) -> None:
    forged = sign_list(signer=signer)
    assert state(forged) == _UNKNOWN
    assert state(forged, sign_list()) == _VALID


def test_an_altered_list_says_nothing(state: State, sign_list: Sign) -> None:
    token = sign_list()
    assert state(token[:-4] + b"AAAA") == _UNKNOWN
    header, _, signature = token.split(b".")
    assert state(b".".join((header, sign_list((0,) * 4).split(b".")[1], signature))) == _UNKNOWN


def test_a_trusted_list_that_cannot_be_inflated_says_nothing(
    state: State, pki: DemoPki, now: datetime
) -> None:
    for lst, expected in ((_ZEROS, _VALID), (_lst(b"no zlib"), _UNKNOWN)):
        payload = {"sub": _URI, "iat": int(now.timestamp()), "status_list": {"bits": 1, "lst": lst}}
        header = {"typ": "statuslist+jwt", **chain_header(pki.chain(_SIGNER))}
        assert state(sign_compact(header, payload, pki[_SIGNER].key)) == expected


def test_another_token_is_no_list(state: State, sign_license: Sign, pki: DemoPki, now: datetime) -> None:
    payload = {"sub": _URI, "iat": int(now.timestamp()), "status_list": {"bits": 1, "lst": _ZEROS}}
    chain, key = chain_header(pki.chain(_SIGNER)), pki[_SIGNER].key
    assert state(sign_compact({"typ": "statuslist+jwt", **chain}, payload, key)) == _VALID
    assert state(sign_compact({"typ": "JWT", **chain}, payload, key)) == _UNKNOWN
    assert state(sign_compact(chain, payload, key)) == _UNKNOWN
    assert state(sign_license()) == _UNKNOWN


@pytest.mark.parametrize(
    ("age", "claims", "expected"),
    [
        (86_399, {}, _VALID),
        (86_400, {}, _UNKNOWN),
        (0, {}, _VALID),
        (-1, {}, _UNKNOWN),
        (60, {"ttl": 61}, _VALID),
        (60, {"ttl": 60}, _UNKNOWN),
        (200_000, {"exp": 1}, _VALID),
        (60, {"exp": 0}, _UNKNOWN),
        (60, {"exp": 1, "ttl": 60}, _UNKNOWN),
        (60, {"exp": 0, "ttl": 61}, _UNKNOWN),
    ],
)
def test_a_list_speaks_while_it_lives(
    age: int, claims: dict[str, int], expected: tuple[str, str], state: State, sign_list: Sign, now: datetime
) -> None:
    if "exp" in claims:  # seconds from now
        claims = {**claims, "exp": int(now.timestamp()) + claims["exp"]}
    assert state(sign_list(at=now - timedelta(seconds=age), **claims)) == expected


def test_the_newest_list_speaks(state: State, sign_list: Sign, now: datetime) -> None:
    older = sign_list((0, 0, 1, 0), at=now - timedelta(hours=1))
    assert state(older, sign_list()) == state(sign_list(), older) == _VALID
    assert state(older) == ("TOTAL_FAILED", "LICENSE_REVOKED")


@pytest.mark.parametrize(
    "status",
    [
        None,
        {},
        "valid",
        {"status_list": {"uri": _URI}},
        {"status_list": {"uri": _URI, "idx": -1}},
        {"status_list": {"uri": _URI, "idx": True}},
        {"status_list": {"uri": _URI, "idx": "0"}},
        {"status_list": {"uri": 1, "idx": 0}},
        {"identifier_list": {"uri": _URI, "id": "0"}},
    ],
)
def test_a_status_nobody_can_look_up_is_refused(status: object, pki: DemoPki, judge: Judge) -> None:
    data = sign_compact(chain_header(pki.chain(_SIGNER)), {"status": status}, pki[_SIGNER].key)
    assert judge(data).findings == ("JWT_STATUS_MALFORMED",)


def _token(**changes: Any) -> bytes:
    """Return a token whose signature nobody made, which reading it does not ask."""
    payload = {"sub": _URI, "iat": 1, "status_list": {"bits": 1, "lst": _ZEROS}, **changes}
    plain = {name: value for name, value in payload.items() if value is not None}
    parts = (json.dumps({"alg": "EdDSA", "typ": "statuslist+jwt"}), json.dumps(plain))
    return b".".join(encode_base64url(part) for part in (*(text.encode() for text in parts), bytes(64)))


def _list(lst: str, bits: object = 1) -> dict[str, object]:
    return {"status_list": {"bits": bits, "lst": lst}}


_MALFORMED: dict[str, tuple[Mapping[str, Any], str]] = {
    "no-name": ({"sub": None}, "STATUS_LIST_MALFORMED"),
    "no-time": ({"iat": None}, "STATUS_LIST_MALFORMED"),
    "no-list": ({"status_list": None}, "STATUS_LIST_MALFORMED"),
    "list-text": ({"status_list": "x"}, "STATUS_LIST_MALFORMED"),
    "bits-3": (_list(_ZEROS, 3), "STATUS_LIST_MALFORMED"),
    "bits-16": (_list(_ZEROS, 16), "STATUS_LIST_MALFORMED"),
    "bits-true": (_list(_ZEROS, bits=True), "STATUS_LIST_MALFORMED"),
    "ttl-zero": ({"ttl": 0}, "STATUS_LIST_MALFORMED"),
    "ttl-text": ({"ttl": "60"}, "STATUS_LIST_MALFORMED"),
    "ttl-for-ever": ({"ttl": 2**52}, "STATUS_LIST_MALFORMED"),
    "exp-text": ({"exp": "60"}, "JWT_TIME_MALFORMED"),
    "no-zlib": (_list(_lst(b"no zlib")), "STATUS_LIST_MALFORMED"),
    "cut": (_list(_lst(zlib.compress(bytes(64))[:-1])), "STATUS_LIST_MALFORMED"),
    "trailing": (_list(_lst(zlib.compress(bytes(64)) + b"\x00")), "STATUS_LIST_MALFORMED"),
    "too-large": (_list(_lst(zlib.compress(bytes(MAX_STATUS_LIST_BYTES + 1)))), "STATUS_LIST_TOO_LARGE"),
    "padding": (_list(_ZEROS + "="), "BASE64URL_MALFORMED"),
}


@pytest.mark.parametrize(("changes", "code"), _MALFORMED.values(), ids=_MALFORMED.keys())
def test_a_malformed_list_is_refused(changes: Mapping[str, Any], code: str) -> None:
    assert read_status_list(_token()).value(0) == 0
    with pytest.raises(FormatError) as refused:
        read_status_list(_token(**changes)).value(0)
    assert refused.value.code == code


def test_inflating_stops_at_the_budget() -> None:
    assert len(inflate(zlib.compress(bytes(MAX_STATUS_LIST_BYTES)))) == MAX_STATUS_LIST_BYTES
    bomb = zlib.compress(bytes(8 * MAX_STATUS_LIST_BYTES))
    with pytest.raises(FormatError) as refused:
        inflate(bomb)
    assert refused.value.code == "STATUS_LIST_TOO_LARGE"


def _holding(bits: int, data: bytes) -> StatusList:
    signature = JwsSignature({}, b"", SignedValue(b"", b"", "ED25519"), (), None)
    return StatusList(signature, _URI, _MOMENT, None, None, bits, zlib.compress(data))


def test_the_examples_of_the_draft() -> None:
    # draft-ietf-oauth-status-list-17, 4.1: one bit, then two bits, lowest first.
    one = _holding(1, bytes([0xB9, 0xA3]))
    assert [one.value(i) for i in range(17)] == [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1, None]
    two = _holding(2, bytes([0xC9, 0x44, 0xF9]))
    assert [two.value(i) for i in range(13)] == [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3, None]


@given(bits=st.sampled_from([1, 2, 4, 8]), data=st.data())
def test_packed_statuses_round_trip(bits: int, data: st.DataObject) -> None:
    statuses = data.draw(st.lists(st.integers(0, 2**bits - 1), max_size=40))
    packed = pack_statuses(statuses, bits)
    found = _holding(bits, packed)
    assert [found.value(index) for index in range(len(statuses))] == statuses
    assert found.value(len(packed) * 8 // bits) is None


@given(st.binary(max_size=60))
def test_any_bytes_are_a_list_or_a_format_error(data: bytes) -> None:
    for token in (data, _token(status_list={"bits": 1, "lst": _lst(data)})):
        try:
            value = read_status_list(token).value(0)
        except FormatError:
            continue
        assert value in (0, 1, None)


@pytest.mark.parametrize("status", LicenseStatus)
def test_the_worst_statement_decides(status: LicenseStatus) -> None:
    good, unknown = (StatusStatement("a", each) for each in (LicenseStatus.VALID, LicenseStatus.UNKNOWN))
    other = StatusStatement("b", status)
    outcomes = {LicenseStatus.VALID: Outcome.PASSED, LicenseStatus.UNKNOWN: Outcome.UNDETERMINED}
    for statements in ([good, other], [other, good]):
        check = combine(statements)
        assert check is not None
        assert check.outcome is outcomes.get(status, Outcome.FAILED)
    for statements in ([unknown, other], [other, unknown]):
        check = combine(statements)
        assert check is not None
        assert check.outcome is (Outcome.UNDETERMINED if status in outcomes else Outcome.FAILED)


def test_every_state_has_a_code_of_its_own() -> None:
    checks = [combine([StatusStatement("a", status)]) for status in LicenseStatus]
    assert len({check.code for check in checks if check}) == len(LicenseStatus)
    assert combine([]) is None


def test_lists_are_evidence(sign_list: Sign, tmp_path: Path, evidence: Evidence) -> None:
    token = sign_list()
    (tmp_path / "police.statuslist").write_bytes(token)
    assert load_evidence(tmp_path) == Evidence(status_lists=(token,))
    assert replace(evidence, status_lists=(token,)).digest != evidence.digest
    assert Evidence(status_lists=(token,)).digest != Evidence(crls=(token,)).digest
