"""SD-JWT VC: what is shown was signed, and who shows it is who it was issued to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from license_service.clock import SHANGHAI
from license_service.demo import people
from license_service.demo.credentials import (
    Credential,
    bind_key,
    digest_text,
    issue_credential,
    make_disclosure,
)
from license_service.demo.issuer import samples
from license_service.demo.jose import chain_header, public_jwk, sign_compact
from license_service.demo.keys import KeyFamily, PrivateKey, generate_key
from license_service.demo.pki import DemoPki
from license_service.verification.crypto.jose import decode_base64url, encode_base64url
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import Presentation
from license_service.verification.report import CheckName, VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_SIGNER = "identity-signer"
_VCT = "urn:example:legal-person-id"
_AUDIENCE, _NONCE = "urn:example:approval-system", "n-0S6_WzA2Mj"
_HIDDEN = ("CZZT", "CZZTDM", "ZZYXQJZRQ")
_ASKED = Presentation(audience=_AUDIENCE, nonce=_NONCE)

Issue = Callable[..., Credential]
Judge = Callable[..., VerificationReport]
Bind = Callable[..., bytes]


@pytest.fixture(scope="module")
def holder() -> PrivateKey:
    return generate_key(KeyFamily.EC)


@pytest.fixture
def claims(now: datetime) -> dict[str, object]:
    details = next(sample.details for sample in samples(now) if sample.signer == _SIGNER)
    return {
        **details.fields(),
        "vct": _VCT,
        "iss": "https://police.example",
        "iat": int(now.timestamp()) - 60,
        "exp": int(now.timestamp()) + 3600,
    }


@pytest.fixture
def issue(pki: DemoPki, claims: Mapping[str, object], holder: PrivateKey) -> Issue:
    def call(*, bound: bool = True, hidden: tuple[str, ...] = _HIDDEN, **changes: object) -> Credential:
        merged = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        key = holder if bound else None
        return issue_credential(merged, hidden, pki[_SIGNER], pki.chain(_SIGNER), holder=key)

    return call


@pytest.fixture
def bind(holder: PrivateKey, now: datetime) -> Bind:
    def call(
        presented: bytes,
        key: PrivateKey = holder,
        audience: str = _AUDIENCE,
        nonce: str = _NONCE,
        at: datetime = now,
    ) -> bytes:
        return bind_key(presented, key, audience, nonce, at)

    return call


@pytest.fixture
def lax(policy: VerificationPolicy) -> VerificationPolicy:
    """Return a policy that does without key binding."""
    types = {_VCT: people.LEGAL_PERSON_ID}
    return replace(policy, credentials=replace(policy.credentials, types=types, key_binding_required=False))


@pytest.fixture
def strict(lax: VerificationPolicy) -> VerificationPolicy:
    return replace(lax, credentials=replace(lax.credentials, key_binding_required=True))


@pytest.fixture
def judge_vc(strict: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime) -> Judge:
    def call(
        data: bytes, asked: Presentation = _ASKED, rules: VerificationPolicy = strict, at: datetime = now
    ) -> VerificationReport:
        return verify(data, rules, trust, evidence, at, asked)

    return call


def test_a_genuine_presentation(issue: Issue, bind: Bind, judge_vc: Judge, claims: Mapping[str, Any]) -> None:
    asked = replace(_ASKED, holder=people.LEGAL_PERSON.id)
    report = judge_vc(bind(issue().present()), asked)
    assert (report.indication, report.format.value, report.codes()) == ("TOTAL_PASSED", "sd-jwt", ())
    assert report.signatures[0].kind.value == "sd-jwt-vc"
    assert report.license is not None
    assert report.license.holders[0].id == people.LEGAL_PERSON.id
    assert report.license.type_code == people.LEGAL_PERSON_ID
    assert report.license.number == claims["ZZBH"]
    assert set(report.license.fields) == {"iss"}


def test_the_type_before_2024(issue: Issue, bind: Bind, judge_vc: Judge, pki: DemoPki) -> None:
    header, payload, _ = issue(hidden=()).token.split(b".")
    old = {**json.loads(decode_base64url(header)), "typ": "application/vc+sd-jwt"}
    token = sign_compact(old, json.loads(decode_base64url(payload)), pki[_SIGNER].key)
    assert judge_vc(bind(token + b"~")).indication == "TOTAL_PASSED"
    assert judge_vc(token + b"~").codes() == ("KEY_BINDING_MISSING",)


@pytest.mark.parametrize(("name", "make"), [("sha-384", hashlib.sha384), ("sha-512", hashlib.sha512)])
def test_another_digest_serves_both_the_disclosures_and_the_holder(
    name: str, make: Callable[[bytes], Any], judge_vc: Judge, pki: DemoPki, claims: dict[str, object],
    holder: PrivateKey, now: datetime,
) -> None:  # fmt: skip
    def digest(data: bytes) -> str:
        return encode_base64url(make(data).digest()).decode()

    text = make_disclosure("CZZT", claims.pop("CZZT"))
    payload = {**claims, "_sd": [digest(text)], "_sd_alg": name, "cnf": {"jwk": public_jwk(holder)}}
    header = {"typ": "dc+sd-jwt", **chain_header(pki.chain(_SIGNER))}
    presented = sign_compact(header, payload, pki[_SIGNER].key) + b"~" + text + b"~"
    proof = {"aud": _AUDIENCE, "nonce": _NONCE, "iat": int(now.timestamp())}
    for sd_hash, codes in ((digest(presented), ()), (digest_text(presented), ("KEY_BINDING_HASH_MISMATCH",))):
        token = sign_compact({"typ": "kb+jwt"}, {**proof, "sd_hash": sd_hash}, holder)
        assert judge_vc(presented + token).codes() == codes


def test_a_disclosure_may_be_left_out(issue: Issue, bind: Bind, judge_vc: Judge) -> None:
    report = judge_vc(bind(issue().present(shown=("ZZYXQJZRQ",))))
    assert report.indication == "TOTAL_PASSED"
    assert report.license is not None
    assert report.license.holders == ()
    # But then it is nobody's, whoever asks.
    asked = replace(_ASKED, holder=people.LEGAL_PERSON.id)
    assert "HOLDER_MISMATCH" in judge_vc(bind(issue().present(shown=())), asked).codes()


def test_a_holder_cannot_make_a_license_endless(
    issue: Issue, bind: Bind, judge_vc: Judge, now: datetime
) -> None:
    hidden = issue(exp=None).present(shown=("CZZT", "CZZTDM"))
    assert judge_vc(bind(hidden)).codes() == ("LICENSE_DATE_UNREADABLE",)
    # With an end of the token's own, the license's is that day.
    report = judge_vc(bind(issue().present(shown=())))
    assert report.license is not None
    last = (now + timedelta(seconds=3599)).astimezone(SHANGHAI).date()
    assert report.license.valid_until == last
    assert judge_vc(bind(issue(ZZYXQJZRQ="长期", exp=None).present())).indication == "TOTAL_PASSED"


_FORGED: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "altered": (
        lambda texts: [make_disclosure("CZZT", people.OTHER_PERSON.name), *texts[1:]],
        "SD_JWT_DISCLOSURE_UNREFERENCED",
    ),
    "salt-altered": (
        lambda texts: [make_disclosure("CZZT", people.LEGAL_PERSON.name), *texts[1:]],
        "SD_JWT_DISCLOSURE_UNREFERENCED",
    ),
    "added": (lambda texts: [*texts, make_disclosure("note", "x")], "SD_JWT_DISCLOSURE_UNREFERENCED"),
    "repeated": (lambda texts: [*texts, texts[0]], "SD_JWT_DISCLOSURE_REPEATED"),
    "empty": (lambda texts: [*texts, b""], "JSON_MALFORMED"),
    "no-json": (lambda texts: [*texts, b"AAAA"], "JSON_MALFORMED"),
}


@pytest.mark.parametrize(("forge", "code"), _FORGED.values(), ids=_FORGED.keys())
def test_a_forged_disclosure_is_refused(
    forge: Callable[[list[bytes]], list[bytes]], code: str, issue: Issue, bind: Bind, judge_vc: Judge
) -> None:
    credential = issue()
    texts = list(credential.disclosures.values())
    presented = b"~".join((credential.token, *forge(texts), b""))
    report = judge_vc(bind(presented))
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "FORMAT_FAILURE")
    assert report.findings == (code,)
    assert judge_vc(bind(b"~".join((credential.token, *reversed(texts), b"")))).indication == "TOTAL_PASSED"


def test_an_altered_token_is_refused(issue: Issue, bind: Bind, judge_vc: Judge) -> None:
    credential = issue()
    header, payload, value = credential.token.split(b".")
    other = json.loads(decode_base64url(payload)) | {"ZZBH": "8"}
    altered = b".".join((header, encode_base64url(json.dumps(other).encode()), value))
    report = judge_vc(bind(replace(credential, token=altered).present()))
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "SIG_CRYPTO_FAILURE")


_MISBOUND: dict[str, tuple[dict[str, Any], str]] = {
    "other-nonce": ({"nonce": "another"}, "KEY_BINDING_NONCE_MISMATCH"),
    "other-audience": ({"audience": "urn:example:other"}, "KEY_BINDING_AUDIENCE_MISMATCH"),
    "other-key": ({"key": "another"}, "KEY_BINDING_SIGNATURE_INVALID"),
    "other-family": ({"key": "sm2"}, "KEY_BINDING_SIGNATURE_INVALID"),
    "long-ago": ({"seconds": -301}, "KEY_BINDING_STALE"),
    "to-come": ({"seconds": 301}, "KEY_BINDING_STALE"),
}


@pytest.mark.parametrize(("change", "code"), _MISBOUND.values(), ids=_MISBOUND.keys())
def test_a_presentation_by_somebody_else_is_refused(
    change: dict[str, Any], code: str, issue: Issue, bind: Bind, judge_vc: Judge, pki: DemoPki, now: datetime
) -> None:
    keys = {"another": pki["fire-signer"].key, "sm2": pki["business-signer"].key}
    arguments = dict(change)
    if "key" in change:
        arguments["key"] = keys[change["key"]]
    if "seconds" in change:
        arguments = {"at": now + timedelta(seconds=change["seconds"])}
    report = judge_vc(bind(issue().present(), **arguments))
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "SIG_CONSTRAINTS_FAILURE")
    assert report.codes() == (code,)


def test_freshness_is_bounded_on_both_sides(issue: Issue, bind: Bind, judge_vc: Judge, now: datetime) -> None:
    for seconds in (-300, 300):
        at = now + timedelta(seconds=seconds)
        assert judge_vc(bind(issue().present(), at=at)).indication == "TOTAL_PASSED"


def test_the_holder_signs_what_is_shown(issue: Issue, bind: Bind, judge_vc: Judge) -> None:
    credential = issue()
    signed = bind(credential.present(shown=("ZZYXQJZRQ",)))
    token = signed.rpartition(b"~")[2]
    assert judge_vc(credential.present() + token).codes() == ("KEY_BINDING_HASH_MISMATCH",)
    assert judge_vc(issue().present() + bind(credential.present()).rpartition(b"~")[2]).codes() == (
        "KEY_BINDING_HASH_MISMATCH",
    )


def test_without_key_binding(issue: Issue, bind: Bind, judge_vc: Judge, lax: VerificationPolicy) -> None:
    bare = issue().present()
    report = judge_vc(bare)
    assert (report.indication, report.codes()) == ("TOTAL_FAILED", ("KEY_BINDING_MISSING",))
    unasked = Presentation()
    assert judge_vc(bare, unasked, lax).indication == "TOTAL_PASSED"
    # Who asked for a nonce wants it, whatever the policy.
    assert judge_vc(bare, _ASKED, lax).codes() == ("KEY_BINDING_MISSING",)
    # And who gets a token nobody asked for still checks what can be checked.
    assert judge_vc(bind(bare), unasked, lax).indication == "TOTAL_PASSED"
    assert judge_vc(bind(bare)[:-4] + b"AAAA", unasked, lax).codes() == ("KEY_BINDING_SIGNATURE_INVALID",)


@pytest.mark.parametrize(
    "asked", [Presentation(), replace(_ASKED, nonce=None), replace(_ASKED, audience=None)]
)
def test_a_presentation_nobody_asked_for_may_be_a_replay(
    asked: Presentation, issue: Issue, bind: Bind, judge_vc: Judge
) -> None:
    report = judge_vc(bind(issue().present()), asked)
    assert (report.indication, report.codes()) == ("INDETERMINATE", ("KEY_BINDING_NOT_EXPECTED",))


def test_a_credential_that_names_no_key_binds_nobody(issue: Issue, bind: Bind, judge_vc: Judge) -> None:
    assert judge_vc(bind(issue(bound=False).present())).codes() == ("KEY_BINDING_KEY_MISSING",)


def test_a_plain_token_has_no_key_binding_to_judge(
    judge_vc: Judge, pki: DemoPki, claims: Mapping[str, object]
) -> None:
    report = judge_vc(sign_compact(chain_header(pki.chain(_SIGNER)), claims, pki[_SIGNER].key))
    assert report.indication == "TOTAL_PASSED"
    assert report.signatures[0].check(CheckName.KEY_BINDING) is None


_TOKEN_CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "no-type": ({"vct": None}, "SD_JWT_CREDENTIAL_TYPE_MISSING"),
    "type-number": ({"vct": 1}, "SD_JWT_CREDENTIAL_TYPE_MISSING"),
    "digest-sha-1": ({"_sd_alg": "sha-1"}, "SD_JWT_DIGEST_REFUSED"),
    "digest-list": ({"_sd_alg": ["sha-256"]}, "SD_JWT_DIGEST_REFUSED"),
    "key-by-name": ({"cnf": {"kid": "a"}}, "SD_JWT_CONFIRMATION_UNKNOWN"),
    "key-text": ({"cnf": "a"}, "SD_JWT_CONFIRMATION_UNKNOWN"),
    "key-symmetric": ({"cnf": {"jwk": {"kty": "oct", "k": "AA"}}}, "JWK_PRIVATE"),
    "key-empty": ({"cnf": {"jwk": {}}}, "JWK_MALFORMED"),
    "status-of-another-kind": ({"status": {"other": 1}}, "JWT_STATUS_MALFORMED"),
}


@pytest.mark.parametrize(("change", "code"), _TOKEN_CHANGES.values(), ids=_TOKEN_CHANGES.keys())
def test_a_malformed_token_is_refused(
    change: dict[str, Any], code: str, judge_vc: Judge, pki: DemoPki, claims: Mapping[str, object]
) -> None:
    merged = {name: value for name, value in {**claims, **change}.items() if value is not None}
    header = {"typ": "dc+sd-jwt", **chain_header(pki.chain(_SIGNER))}
    report = judge_vc(sign_compact(header, merged, pki[_SIGNER].key) + b"~")
    assert (report.indication, report.findings) == ("TOTAL_FAILED", (code,))


@pytest.mark.parametrize("name", ["iss", "nbf", "exp", "cnf", "vct", "status", "_sd_alg"])
def test_what_a_verdict_rests_on_is_never_disclosed_selectively(
    name: str, judge_vc: Judge, pki: DemoPki, claims: Mapping[str, object]
) -> None:
    text = make_disclosure(name, claims.get(name, 1))
    payload = {**claims, "vct": _VCT, "_sd": [digest_text(text)]}
    if name != "vct":
        payload.pop(name, None)
    header = {"typ": "dc+sd-jwt", **chain_header(pki.chain(_SIGNER))}
    token = sign_compact(header, payload, pki[_SIGNER].key)
    code = "SD_JWT_CLAIM_OVERWRITTEN" if name == "vct" else "SD_JWT_CLAIM_NOT_DISCLOSABLE"
    assert judge_vc(token + b"~" + text + b"~").findings == (code,)


@pytest.mark.parametrize("typ", [None, "JWT", "sd-jwt", "kb+jwt", "dc+sd-jwt2"])
def test_another_type_of_token_is_refused(
    typ: str | None, judge_vc: Judge, pki: DemoPki, claims: Mapping[str, object]
) -> None:
    header = chain_header(pki.chain(_SIGNER)) | ({"typ": typ} if typ else {})
    report = judge_vc(sign_compact(header, claims, pki[_SIGNER].key) + b"~")
    assert report.findings == ("JWS_TYPE_REFUSED",)


@pytest.mark.parametrize(
    ("header", "change", "code"),
    [
        ({"typ": "JWT"}, {}, "JWS_TYPE_REFUSED"),
        ({}, {"aud": [_AUDIENCE]}, "SD_JWT_KEY_BINDING_MALFORMED"),
        ({}, {"nonce": None}, "SD_JWT_KEY_BINDING_MALFORMED"),
        ({}, {"sd_hash": None}, "SD_JWT_KEY_BINDING_MALFORMED"),
        ({}, {"iat": None}, "SD_JWT_KEY_BINDING_MALFORMED"),
        ({}, {"iat": "now"}, "JWT_TIME_MALFORMED"),
        ({}, {"sd_hash": "A="}, "BASE64URL_MALFORMED"),
        ({"alg": "none"}, {}, "JWS_ALGORITHM_REFUSED"),
    ],
)
def test_a_malformed_key_binding_token_is_refused(
    header: dict[str, Any], change: dict[str, Any], code: str, issue: Issue, judge_vc: Judge,
    holder: PrivateKey, now: datetime,
) -> None:  # fmt: skip
    presented = issue().present()
    claims = {
        "aud": _AUDIENCE, "nonce": _NONCE, "iat": int(now.timestamp()), "sd_hash": digest_text(presented),
    }  # fmt: skip
    merged = {name: value for name, value in {**claims, **change}.items() if value is not None}
    token = sign_compact({"typ": "kb+jwt", **header}, merged, holder)
    assert judge_vc(presented + token).findings == (code,)


@pytest.mark.parametrize(
    ("change", "types", "code"),
    [
        ({}, {}, "CREDENTIAL_TYPE_UNKNOWN"),
        ({"vct": "urn:example:other"}, {_VCT: people.LEGAL_PERSON_ID}, "CREDENTIAL_TYPE_UNKNOWN"),
        ({"ZZLXDM": None}, {_VCT: people.LEGAL_PERSON_ID}, "ISSUER_NOT_VOUCHED"),  # for a license of no type
        ({}, {_VCT: people.FIRE_SAFETY}, "CREDENTIAL_TYPE_MISMATCH"),
    ],
)
def test_the_type_of_a_credential_is_one_the_policy_knows(
    change: dict[str, Any], types: dict[str, str], code: str, issue: Issue, bind: Bind, judge_vc: Judge,
    strict: VerificationPolicy,
) -> None:  # fmt: skip
    rules = replace(strict, credentials=replace(strict.credentials, types=types))
    assert judge_vc(bind(issue(**change).present()), _ASKED, rules).codes() == (code,)


def test_a_token_lives_to_the_second(issue: Issue, bind: Bind, judge_vc: Judge, now: datetime) -> None:
    moment = int(now.timestamp())
    for change, codes in (
        ({"nbf": moment, "exp": moment + 1}, ()),
        ({"exp": moment}, ("LICENSE_EXPIRED",)),
        ({"nbf": moment + 1}, ("LICENSE_NOT_YET_VALID",)),
    ):
        assert judge_vc(bind(issue(**change).present())).codes() == codes


def test_a_credential_of_a_stranger_is_not_passed(
    bind: Bind, judge_vc: Judge, pki: DemoPki, claims: Mapping[str, object], holder: PrivateKey
) -> None:
    stranger = pki["identity-stranger"]
    forged = issue_credential(claims, (), stranger, [stranger.certificate], holder=holder)
    report = judge_vc(bind(forged.present()))
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
    # The key beside the claims is the holder's; it does not vouch for the issuer.
    header = {"typ": "dc+sd-jwt", "jwk": public_jwk(holder)}
    self_made = sign_compact(header, {**claims, "cnf": {"jwk": public_jwk(holder)}}, holder) + b"~"
    assert judge_vc(bind(self_made)).sub_indication == "NO_SIGNING_CERTIFICATE_FOUND"
