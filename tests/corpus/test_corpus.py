"""The published corpus: no attack passes, no benign twin is refused, and no cache changes an answer."""

from __future__ import annotations

import base64
import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from license_service.adapters.trust_files import load_policy
from license_service.clock import parse_instant
from license_service.demo.corpus.generate import generate
from license_service.verification.crypto import libcrypto
from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.document import SignedValue
from license_service.verification.evidence import Evidence
from license_service.verification.presentation import Presentation
from license_service.verification.trust import AnchorPurpose, TrustAnchor, TrustStore
from license_service.verification.verifier import verify

_REPOSITORY = Path(__file__).resolve().parents[2]
_CORPUS = _REPOSITORY / "corpus"
_SMALLEST = {
    # file: how many attacks it must hold at least
    "sm2_verify_test.json": 150,
    "ses_seal_test.json": 60,
    "ofd_attack_test.json": 200,
}
_INDICATIONS = {
    # result: the indications that agree with it; an attack must not pass, whatever else is said of it
    "valid": {"TOTAL_PASSED"},
    "invalid": {"TOTAL_FAILED", "INDETERMINATE"},
    "acceptable": {"INDETERMINATE"},
}
_VALID = {SignatureOutcome.VALID: "TOTAL_PASSED"}
_CLEARED_EVERY = 40
_SEED = 20260310

Group = dict[str, Any]
Test = dict[str, Any]


@dataclass(frozen=True)
class _Answer:
    indication: str
    codes: tuple[str, ...]

    def agrees(self, test: Test) -> bool:
        stated = {test["indication"]} if test["indication"] else _INDICATIONS[test["result"]]
        coded = not test["codes"] or not set(test["codes"]).isdisjoint(self.codes)
        return self.indication in stated and coded


def _suite(file: str) -> dict[str, Any]:
    return dict(json.loads((_CORPUS / file).read_text()))


@cache
def _cases(file: str) -> tuple[tuple[Group, Test], ...]:
    return tuple((group, test) for group in _suite(file)["testGroups"] for test in group["tests"])


def _value(group: Group, test: Test, encoding: str) -> _Answer:
    value = SignedValue(bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]), "SM2-SM3", encoding)
    key = test if "publicKeyDer" in test else group
    outcome = verify_signature(value, bytes.fromhex(key["publicKeyDer"]))
    return _Answer(_VALID.get(outcome, "TOTAL_FAILED"), (outcome.value,))


def _prehashed(group: Group, test: Test) -> _Answer:
    key, e, signature = (bytes.fromhex(text) for text in (group["publicKeyDer"], test["e"], test["sig"]))
    holds = libcrypto.sm2_verify_prehashed(key, e, signature)
    return _Answer("TOTAL_PASSED", ("valid",)) if holds else _Answer("TOTAL_FAILED", ("invalid",))


def _anchor(row: dict[str, Any]) -> TrustAnchor:
    return TrustAnchor(
        name="corpus",
        certificate=base64.b64decode(row["certificate"]),
        purposes=frozenset(map(AnchorPurpose, row["purposes"])),
        license_types=tuple(row["licenseTypes"]),
        issuers=tuple(row["issuers"]),
        regions=("*",),
        valid_from=datetime.min.replace(tzinfo=UTC),
        valid_until=datetime.max.replace(tzinfo=UTC),
        source="corpus",
    )


def _document(group: Group, test: Test) -> _Answer:
    policy = load_policy(_REPOSITORY / "policy" / "verification.toml")
    evidence = Evidence(
        tuple(map(base64.b64decode, group["crls"])), tuple(map(base64.b64decode, group["certificates"]))
    )
    report = verify(
        base64.b64decode(test["document"]),
        policy,
        TrustStore(tuple(map(_anchor, group["anchors"]))),
        evidence,
        parse_instant(group["validationTime"]),
        Presentation(holder=group["holder"]),
    )
    return _Answer(report.indication, report.codes())


_JUDGES: dict[str, Callable[[Group, Test], _Answer]] = {
    "Sm2Verify": lambda group, test: _value(group, test, "der"),
    "Sm2P1363Verify": lambda group, test: _value(group, test, "raw"),
    "Sm2KeyVerify": lambda group, test: _value(group, test, "der"),
    "Sm2PrehashedVerify": _prehashed,
}


def _judge(group: Group, test: Test) -> _Answer:
    return _JUDGES.get(group["type"], _document)(group, test)


def _caches() -> Iterator[Any]:
    for name, module in list(sys.modules.items()):
        if name.startswith("license_service.verification"):
            yield from (value for value in vars(module).values() if hasattr(value, "cache_clear"))


@pytest.mark.parametrize("file", _SMALLEST)
def test_the_shape_holds(file: str) -> None:
    suite, cases = _suite(file), _cases(file)
    assert suite["numberOfTests"] == len(cases)
    assert [test["tcId"] for _, test in cases] == list(range(1, len(cases) + 1))
    assert {flag for _, test in cases for flag in test["flags"]} == set(suite["notes"])
    assert sum(test["result"] != "valid" for _, test in cases) >= _SMALLEST[file]


@pytest.mark.parametrize("file", _SMALLEST)
def test_every_attack_has_a_benign_twin_in_its_group(file: str) -> None:
    for group in _suite(file)["testGroups"]:
        results = {test["tcId"]: test["result"] for test in group["tests"]}
        attacks = [test for test in group["tests"] if test["result"] != "valid"]
        assert {results[test["twin"]] for test in attacks} == {"valid"}
        names = [test["comment"] for test in group["tests"]]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("file", _SMALLEST)
def test_no_verdict_is_wrong_and_no_cache_changes_one(file: str) -> None:
    cases = _cases(file)
    answers = {test["tcId"]: _judge(group, test) for group, test in cases}
    wrong = [
        (test["tcId"], test["comment"], answers[test["tcId"]])
        for _, test in cases
        if not answers[test["tcId"]].agrees(test)
    ]
    assert wrong == []
    shuffled = random.Random(_SEED).sample(cases, len(cases))  # noqa: S311 - an order, not a secret
    warm = {test["tcId"]: _judge(group, test) for group, test in shuffled}
    assert warm == answers
    assert _with_cleared_caches(shuffled[::-1]) == answers


def _with_cleared_caches(cases: list[tuple[Group, Test]]) -> dict[int, _Answer]:
    answers = {}
    for number, (group, test) in enumerate(cases):
        if number % _CLEARED_EVERY == 0:
            caches = list(_caches())
            assert caches
            for cached in caches:
                cached.cache_clear()
        answers[test["tcId"]] = _judge(group, test)
    return answers


def test_no_private_key_is_published() -> None:
    for path in _CORPUS.glob("*.json"):
        assert "PRIVATE" not in path.read_text()


def test_the_generator_still_makes_these_cases(tmp_path: Path) -> None:
    generate(tmp_path, datetime(2026, 3, 10, 17, 30, tzinfo=UTC))
    for file in _SMALLEST:
        made = json.loads((tmp_path / file).read_text())
        assert _named(made) == _named(_suite(file))


def _named(suite: dict[str, Any]) -> list[tuple[str, str, str]]:
    tests = (test for group in suite["testGroups"] for test in group["tests"])
    return [(test["comment"], test["result"], " ".join(test["codes"])) for test in tests]
