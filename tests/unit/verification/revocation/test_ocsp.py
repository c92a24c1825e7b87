"""OCSP responses in pairs: one that answers, and its twin that must not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asn1crypto import crl

from license_service.demo import responder
from license_service.demo.certificates import (
    Extension,
    Life,
    Subject,
    issue,
    revoked_entry,
    sign_crl,
)
from license_service.verification.policy import PathRules

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LIFE = Life.around(NOW)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FRESH, STALE = Life(NOW - HOUR, NOW + DAY), Life(NOW - 2 * DAY, NOW - HOUR)
GOOD, UNKNOWN = "OK", "REVOCATION_UNKNOWN"
REVOKED, ON_HOLD = "CERTIFICATE_REVOKED", "CERTIFICATE_ON_HOLD"


@pytest.mark.parametrize("digest", ["SHA1", "SHA256"])
@pytest.mark.parametrize("by", ["root", "ocsp"])
def test_the_issuer_and_its_responder_may_answer(by: str, digest: str, world: Any) -> None:
    response = responder.answer(world.signer, world.root, getattr(world, by), FRESH, digest=digest)
    result = world.ask(responses=[response])
    assert (result.code, result.sources[0].kind) == (GOOD, "ocsp")


@pytest.mark.parametrize("by", ["stranger", "signer", "lister"])
def test_nobody_else_may_answer(by: str, world: Any) -> None:
    response = responder.answer(world.signer, world.root, getattr(world, by), FRESH)
    assert world.ask(responses=[response]).code == UNKNOWN


def test_a_responder_of_another_authority_may_not_answer(world: Any) -> None:
    usage = {"extended_key_usage": Extension(["ocsp_signing"]), "ocsp_no_check": Extension(None)}
    changes = {**usage, "authority_key_identifier": None}
    other = issue(Subject("ocsp", "示例机构"), world.ocsp.key, world.stranger, LIFE, changes=changes)
    assert world.ask(responses=[responder.answer(world.signer, world.root, other, FRESH)]).code == UNKNOWN


def test_a_responder_without_no_check_must_be_unrevoked(world: Any) -> None:
    usage = {"extended_key_usage": Extension(["ocsp_signing"])}
    checked = world.issue("checked", usage)
    response = responder.answer(world.signer, world.root, checked, FRESH)
    scope = crl.IssuingDistributionPoint({"only_some_reasons": {"key_compromise"}})
    partial = {"issuing_distribution_point": Extension(scope, critical=True)}
    entry = [revoked_entry(checked.certificate, NOW - DAY)]
    assert world.ask(responses=[response]).code == UNKNOWN
    assert world.ask([sign_crl(world.root, FRESH)], [response]).sources[0].kind == "ocsp"
    assert world.ask([sign_crl(world.root, FRESH, entry, partial)], [response]).code == UNKNOWN


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (responder.GOOD, GOOD),
        (responder.UNKNOWN, UNKNOWN),
        (responder.revoked(NOW - DAY), REVOKED),
        (responder.revoked(NOW - DAY, "certificate_hold"), ON_HOLD),
        (responder.revoked(NOW + DAY), GOOD),
    ],
    ids=["good", "unknown", "revoked", "hold", "later"],
)
def test_the_three_answers(status: Mapping[str, object], code: str, world: Any) -> None:
    assert (
        world.ask(responses=[responder.answer(world.signer, world.root, world.ocsp, FRESH, status)]).code
        == code
    )


def test_an_old_good_is_not_good(world: Any) -> None:
    def said(life: Life, *, next_update: bool = True, hours: int = 24) -> str:
        response = responder.answer(world.signer, world.root, world.ocsp, life, next_update=next_update)
        return str(world.ask(responses=[response], rules=PathRules(max_ocsp_age=hours * HOUR)).code)

    assert said(Life(NOW - 24 * HOUR, NOW + DAY)) == GOOD
    assert said(Life(NOW - 24 * HOUR - timedelta(seconds=1), NOW + DAY)) == UNKNOWN
    assert said(Life(NOW - 24 * HOUR, NOW + DAY), next_update=False) == GOOD
    assert said(Life(NOW - 25 * HOUR, NOW + DAY), next_update=False) == UNKNOWN
    assert said(STALE, hours=1000) == UNKNOWN
    assert said(Life(NOW + HOUR, NOW + DAY)) == UNKNOWN


def test_an_answer_for_another_certificate_is_none(world: Any) -> None:
    for_another = responder.answer(world.lister, world.root, world.ocsp, FRESH)
    under_another = responder.answer(world.signer, world.stranger, world.ocsp, FRESH)
    assert world.ask(responses=[for_another, under_another]).code == UNKNOWN


def test_every_bit_of_a_response_counts(world: Any) -> None:
    response = responder.answer(world.signer, world.root, world.ocsp, FRESH)
    begin = response.index(world.ocsp.certificate)
    for position in range(begin):
        flipped = bytearray(response)
        flipped[position] ^= 0x01
        assert world.ask(responses=[bytes(flipped)]).code != GOOD, position


def test_revoked_by_either_source_is_revoked(world: Any) -> None:
    good = responder.answer(world.signer, world.root, world.ocsp, FRESH)
    bad = responder.answer(world.signer, world.root, world.ocsp, FRESH, responder.revoked(NOW - DAY))
    listed, clean = sign_crl(world.root, FRESH, [world.listing()]), sign_crl(world.root, FRESH)
    assert world.ask([clean], [bad]).code == world.ask([listed], [good]).code == REVOKED
    assert world.ask([clean], [good]).code == GOOD


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"\x30\x80", b"junk"])
def test_junk_is_unknown(data: bytes, world: Any) -> None:
    serial = data + world.signer.asn1["tbs_certificate"]["serial_number"].dump()
    assert world.ask([data, serial], [data, serial]).code == UNKNOWN
    assert world.ask([data, sign_crl(world.root, FRESH)], [data, serial]).code == GOOD
