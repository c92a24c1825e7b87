"""Whatever the bytes behind an SD-JWT's start, it is parsed or refused; no genuine one survives a flip."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from license_service.demo import people
from license_service.demo.credentials import bind_key, issue_credential
from license_service.demo.issuer import samples
from license_service.demo.keys import KeyFamily, generate_key
from license_service.demo.pki import DemoPki
from license_service.verification.crypto.jose import encode_base64url
from license_service.verification.document import FormatError, ParsedDocument
from license_service.verification.evidence import Evidence
from license_service.verification.formats.jws import parse_jws
from license_service.verification.formats.sd_jwt import parse_sd_jwt
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import Presentation
from license_service.verification.report import Indication
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_SIGNER, _VCT = "identity-signer", "urn:example:legal-person-id"
_ASKED = Presentation(holder=people.LEGAL_PERSON.id, audience="urn:example:hall", nonce="n-1")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["_sd", "...", "cnf", "jwk", "status", "a"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(
    payload=st.dictionaries(st.sampled_from(["_sd", "_sd_alg", "vct", "cnf", "exp", "status"]), _JSON),
    disclosures=st.lists(
        _JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=20), max_size=3
    ),
    binding=st.binary(max_size=40),
)
def test_any_parts_are_a_document_or_a_format_error(
    payload: dict[str, object], disclosures: list[bytes], binding: bytes
) -> None:
    header = encode_base64url(b'{"alg":"EdDSA","typ":"dc+sd-jwt"}')
    token = b".".join(
        (header, encode_base64url(json.dumps({"vct": "a", **payload}).encode()), encode_base64url(bytes(64)))
    )
    data = b"~".join((token, *map(encode_base64url, disclosures), binding))
    for parse in (parse_sd_jwt, parse_jws):
        for bytes_ in (data, token, token + b"~"):
            try:
                parsed = parse(bytes_)
            except FormatError:
                continue
            assert isinstance(parsed, ParsedDocument)


def test_no_flipped_byte_passes(
    pki: DemoPki, policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime
) -> None:
    details, holder = next(s.details for s in samples(now) if s.signer == _SIGNER), generate_key(KeyFamily.EC)
    claims = {**details.fields(), "vct": _VCT}
    issued = issue_credential(claims, ("CZZT", "CZZTDM"), pki[_SIGNER], pki.chain(_SIGNER), holder=holder)
    genuine = bind_key(issued.present(), holder, str(_ASKED.audience), str(_ASKED.nonce), now)
    rules = replace(policy, credentials=replace(policy.credentials, types={_VCT: people.LEGAL_PERSON_ID}))

    def passes(data: bytes) -> bool:
        return verify(data, rules, trust, evidence, now, _ASKED).indication is Indication.TOTAL_PASSED

    assert passes(genuine)
    flipped = (
        genuine[:at] + bytes([genuine[at] ^ 1 << at % 8]) + genuine[at + 1 :] for at in range(len(genuine))
    )
    assert [at for at, data in enumerate(flipped) if passes(data)] == []
