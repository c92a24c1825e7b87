"""The JWS and JWK suites of Wycheproof: nothing invalid is accepted; each valid refusal has a reason."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.crypto.jwk import parse_public_jwk
from license_service.verification.crypto.jws import parse_jws_signatures
from license_service.verification.document import FormatError

_VECTORS = Path(os.environ.get("VECTORS_DIR", "vectors-not-set")) / "wycheproof"
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi"})
_JWS, _JWK = "json_web_signature_test.json", "json_web_key_test.json"
_SIZES = {_JWS: (401, 30), _JWK: (26, 1)}
"""How many cases a suite has, and how many of them are accepted."""

_SHARED_KEY = "HS*: whoever can check a MAC can make one, so it proves nothing to a third party"
_DEVIATIONS: tuple[tuple[str, str, tuple[int, ...], str], ...] = (
    # suite, code of the refusal, cases, why a valid message is refused; also in docs/divergences.md
    (_JWS, "JWS_ALGORITHM_REFUSED", (1, 348, 352, 357, 358, 359, 373, 376, 377), _SHARED_KEY),
    (_JWS, "JWS_KEY_ID_REFUSED", (345, 346, 347, 349, 350, 351), "kid beyond [A-Za-z0-9._-]{1,64}: an `@`"),
    (_JWS, "BASE64URL_MALFORMED", (372,), "a `?` within base64url, which a lenient reader would skip"),
    (_JWK, "JWS_ALGORITHM_REFUSED", (2, 13, 14, 15), _SHARED_KEY),
)

pytestmark = pytest.mark.skipif(not _VECTORS.is_dir(), reason="VECTORS_DIR has no wycheproof folder")


def _cases(name: str) -> Iterator[tuple[int, Mapping[str, Any], bytes, bool]]:
    for group in json.loads((_VECTORS / name).read_text())["testGroups"]:
        for case in group["tests"]:
            jws = case["jws"] if isinstance(case["jws"], str) else json.dumps(case["jws"])
            yield case["tcId"], group, jws.encode(), case["result"] == "valid"


def _public(group: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the keys of a group; where only the private half is published, without its private members."""
    published = group.get("public") or group["private"]
    keys = published.get("keys", [published])
    return [{name: value for name, value in key.items() if name not in _PRIVATE} for key in keys]


def _refusal(jws: bytes, group: Mapping[str, Any]) -> str | None:
    """Return why a message is refused under the key of its group, or None where it is accepted."""
    try:
        signatures = parse_jws_signatures(jws)
        keys = [parse_public_jwk(key) for key in _public(group)]
    except FormatError as error:
        return error.code
    for signature in signatures:
        fitting = [key for key in keys if signature.value.algorithm in key.algorithms]
        if not fitting:
            return "ALGORITHM_NOT_THE_KEYS"
        if verify_signature(signature.value, fitting[0].spki) is not SignatureOutcome.VALID:
            return "SIGNATURE_INVALID"
    return None


def _verdicts(name: str) -> dict[int, tuple[bool, str | None]]:
    return {number: (valid, _refusal(jws, group)) for number, group, jws, valid in _cases(name)}


@pytest.mark.parametrize("name", _SIZES)
def test_nothing_invalid_is_accepted(name: str) -> None:
    verdicts = _verdicts(name)
    count, accepted = _SIZES[name]
    assert len(verdicts) == count
    assert [number for number, (valid, refusal) in verdicts.items() if refusal is None and not valid] == []
    assert sum(refusal is None for _, refusal in verdicts.values()) == accepted


@pytest.mark.parametrize("name", _SIZES)
def test_what_is_valid_and_refused_is_in_the_table(name: str) -> None:
    refused = {(number, code) for number, (valid, code) in _verdicts(name).items() if valid and code}
    listed = {(n, code) for suite, code, numbers, _reason in _DEVIATIONS if suite == name for n in numbers}
    assert refused == listed
