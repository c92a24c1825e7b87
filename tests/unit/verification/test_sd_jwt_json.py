"""SD-JWT in JSON: what passes in compact form passes flattened and general; a twin with one change fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.demo import people
from license_service.demo.credentials import bind_key, issue_credential, to_json_form
from license_service.demo.issuer import samples
from license_service.demo.jose import chain_header, sign_compact
from license_service.demo.keys import KeyFamily, generate_key
from license_service.demo.pki import DemoPki
from license_service.verification.crypto.jose import decode_base64url
from license_service.verification.document import FormatError, ParsedDocument
from license_service.verification.evidence import Evidence
from license_service.verification.formats.sd_jwt import parse_sd_jwt
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import Presentation
from license_service.verification.report import VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_SIGNER, _VCT = "identity-signer", "urn:example:legal-person-id"
_HIDDEN = ("CZZT", "CZZTDM", "ZZYXQJZRQ")
_ASKED = Presentation(holder=people.LEGAL_PERSON.id, audience="urn:example:hall", nonce="n-1")

Judge = Callable[[bytes], VerificationReport]
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def presented(pki: DemoPki, now: datetime) -> bytes:
    """Return a presentation in compact form, with all that is hidden shown and the holder's proof."""
    details = next(sample.details for sample in samples(now) if sample.signer == _SIGNER)
    made = int(now.timestamp())
    claims = {**details.fields(), "vct": _VCT, "iat": made - 60, "exp": made + 3600}
    holder = generate_key(KeyFamily.EC)
    credential = issue_credential(claims, _HIDDEN, pki[_SIGNER], pki.chain(_SIGNER), holder=holder)
    return bind_key(credential.present(), holder, "urn:example:hall", "n-1", now)


@pytest.fixture
def judge_json(policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime) -> Judge:
    types = {_VCT: people.LEGAL_PERSON_ID}
    rules = replace(policy, credentials=replace(policy.credentials, types=types))
    return lambda data: verify(data, rules, trust, evidence, now, _ASKED)


@pytest.mark.parametrize("general", [False, True])
def test_both_forms_say_what_the_compact_one_says(general: bool, presented: bytes, judge_json: Judge) -> None:
    report = judge_json(to_json_form(presented, general=general))
    assert (report.indication, report.format.value, report.codes()) == ("TOTAL_PASSED", "sd-jwt", ())
    compact = judge_json(presented)
    assert report.license == compact.license
    assert [s.to_json() for s in report.signatures] == [s.to_json() for s in compact.signatures]


_CHANGES: dict[str, tuple[Change, str]] = {
    "disclosure left out": (lambda e: e["header"]["disclosures"].pop(), "KEY_BINDING_HASH_MISMATCH"),
    "disclosures in another order": (
        lambda e: e["header"]["disclosures"].reverse(),
        "KEY_BINDING_HASH_MISMATCH",
    ),
    "disclosure twice": (
        lambda e: e["header"]["disclosures"].append(e["header"]["disclosures"][0]),
        "SD_JWT_DISCLOSURE_REPEATED",
    ),
    "disclosure nobody signed": (
        lambda e: e["header"]["disclosures"].append("WyJhIiwgIkNaWlQiLCAiYiJd"),
        "SD_JWT_DISCLOSURE_UNREFERENCED",
    ),
    "two disclosures in one text": (
        lambda e: e["header"].update(disclosures=["~".join(e["header"]["disclosures"])]),
        "BASE64URL_MALFORMED",
    ),
    "no proof": (lambda e: e["header"].pop("kb_jwt"), "KEY_BINDING_MISSING"),
    "empty proof": (lambda e: e["header"].update(kb_jwt=""), "KEY_BINDING_MISSING"),
    "proof that is none": (lambda e: e["header"].update(kb_jwt="a.b"), "JWS_MALFORMED"),
    "proof that is no text": (lambda e: e["header"].update(kb_jwt=1), "SD_JWT_HEADER_MALFORMED"),
    "disclosures that are no list": (
        lambda e: e["header"].update(disclosures="a"),
        "SD_JWT_HEADER_MALFORMED",
    ),
    "disclosure that is no text": (
        lambda e: e["header"]["disclosures"].append(1),
        "SD_JWT_HEADER_MALFORMED",
    ),
    "disclosure beyond ASCII": (
        lambda e: e["header"]["disclosures"].append("é"),
        "SD_JWT_HEADER_MALFORMED",
    ),
    "critical": (lambda e: e["header"].update(crit=["x"]), "JWS_CRITICAL_UNKNOWN"),
    "type once more": (lambda e: e["header"].update(typ="dc+sd-jwt"), "JWS_HEADER_REPEATED"),
    "signature altered": (
        lambda e: e.update(signature=("B" if e["signature"][0] == "A" else "A") + e["signature"][1:]),
        "SIGNATURE_INVALID",
    ),
}


@pytest.mark.parametrize("general", [False, True])
@pytest.mark.parametrize("name", _CHANGES)
def test_one_change_is_refused(name: str, general: bool, presented: bytes, judge_json: Judge) -> None:
    change, code = _CHANGES[name]
    document = json.loads(to_json_form(presented, general=general))
    change(document["signatures"][0] if general else document)
    report = judge_json(json.dumps(document).encode())
    assert code in report.codes()
    assert report.indication == "TOTAL_FAILED"


def _with_second(presented: bytes, pki: DemoPki, header: dict[str, Any]) -> bytes:
    """Add a second genuine signature over the same payload, with an unprotected header."""
    document = json.loads(to_json_form(presented, general=True))
    payload = json.loads(decode_base64url(document["payload"].encode()))
    protected = {"typ": "dc+sd-jwt", "note": "second", **chain_header(pki.chain(_SIGNER))}
    token = sign_compact(protected, payload, pki[_SIGNER].key).decode().split(".")
    assert token[1] == document["payload"]
    document["signatures"].append({"protected": token[0], "signature": token[2], "header": header})
    return json.dumps(document).encode()


def test_several_signatures_each_have_to_hold(presented: bytes, pki: DemoPki, judge_json: Judge) -> None:
    data = _with_second(presented, pki, {})
    report = judge_json(data)
    assert (report.indication, [s.index for s in report.signatures]) == ("TOTAL_PASSED", [0, 1])
    document = json.loads(data)
    first, second = document["signatures"]
    second["signature"] = first["signature"]
    assert judge_json(json.dumps(document).encode()).codes() == ("SIGNATURE_INVALID",)


@pytest.mark.parametrize("header", [{"disclosures": []}, {"kb_jwt": ""}])
def test_what_is_shown_stands_with_the_first_signature(
    header: dict[str, Any], presented: bytes, pki: DemoPki, judge_json: Judge
) -> None:
    assert judge_json(_with_second(presented, pki, header)).codes() == ("SD_JWT_HEADER_MISPLACED",)


@pytest.mark.parametrize("header", [{"disclosures": []}, {"kb_jwt": ""}])
def test_what_is_shown_is_not_protected(
    header: dict[str, Any], presented: bytes, pki: DemoPki, judge_json: Judge
) -> None:
    document = json.loads(to_json_form(presented))
    payload = json.loads(decode_base64url(document["payload"].encode()))
    protected = {"typ": "dc+sd-jwt", **chain_header(pki.chain(_SIGNER)), **header}
    token = sign_compact(protected, payload, pki[_SIGNER].key).decode().split(".")
    entry = {"payload": token[1], "protected": token[0], "signature": token[2]}
    other: dict[str, object] = {"kb_jwt": "a"} if "disclosures" in header else {"disclosures": []}
    report = judge_json(json.dumps({**entry, "header": other}).encode())
    assert report.codes() == ("SD_JWT_HEADER_MISPLACED",)
    # Protected alone they show nothing, and the type is no plain JWS's.
    assert judge_json(json.dumps(entry).encode()).codes() == ("JWS_TYPE_REFUSED",)


def test_members_of_an_older_draft_show_nothing(presented: bytes, judge_json: Judge) -> None:
    document = json.loads(to_json_form(presented))
    document |= document.pop("header")
    report = judge_json(json.dumps(document).encode())
    assert "KEY_BINDING_MISSING" in report.codes()
    assert report.license is not None
    assert report.license.holders == ()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["disclosures", "kb_jwt", "header", "a"]), inner, max_size=3)
    ),
    max_leaves=6,
)
_MEMBERS = st.sampled_from(["payload", "protected", "signature", "signatures", "header", "disclosures"])


@given(changes=st.dictionaries(_MEMBERS, _JSON, max_size=3), header=_JSON)
def test_any_json_is_a_document_or_a_format_error(changes: dict[str, object], header: object) -> None:
    token = b"eyJhbGciOiJFZERTQSIsInR5cCI6ImRjK3NkLWp3dCJ9.eyJ2Y3QiOiJhIn0." + b"A" * 86
    document = {**json.loads(to_json_form(token + b"~")), "header": header, **changes}
    try:
        parsed = parse_sd_jwt(json.dumps(document).encode())
    except FormatError:
        return
    assert isinstance(parsed, ParsedDocument)
