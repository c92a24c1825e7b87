"""CRLs in pairs: one that answers, and its twin that must not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from asn1crypto import core, crl, parser, x509

from license_service.demo.certificates import (
    Extension,
    Identity,
    Life,
    Subject,
    issue,
    revoked_entry,
    sign_crl,
)
from license_service.demo.keys import KeyFamily, generate_key
from license_service.verification.crypto.crl_lists import read_crl
from license_service.verification.crypto.revocation import (
    RevocationStatus,
)
from tests.work import calls_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LIFE = Life.around(NOW)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FRESH, STALE = Life(NOW - HOUR, NOW + DAY), Life(NOW - 2 * DAY, NOW - HOUR)
GOOD, UNKNOWN = "OK", "REVOCATION_UNKNOWN"
REVOKED, ON_HOLD = "CERTIFICATE_REVOKED", "CERTIFICATE_ON_HOLD"
POINT = "http://crl.invalid/one.crl"
_FEW_CALLS = 10_000
"""For lists of a hundred thousand entries."""


def _full_name(*urls: str) -> x509.DistributionPointName:
    names = [x509.GeneralName("uniform_resource_identifier", url) for url in urls]
    return x509.DistributionPointName("full_name", names)


def test_what_is_not_listed_is_good(world: Any) -> None:
    result = world.ask([sign_crl(world.root, FRESH)])
    assert result.code == GOOD
    source = result.sources[0]
    assert (source.kind, source.this_update, source.next_update) == ("crl", FRESH.start, FRESH.end)


def test_what_is_listed_is_revoked(world: Any) -> None:
    result = world.ask([sign_crl(world.root, FRESH, [world.listing("key_compromise")])])
    assert (result.code, result.detail) == (REVOKED, "key_compromise")
    assert result.revoked_at == NOW - 10 * DAY
    assert len(result.sources) == 1


def test_no_crl_is_unknown(world: Any) -> None:
    assert world.ask().code == UNKNOWN


@pytest.mark.parametrize(
    ("life", "code"),
    [
        (Life(NOW, NOW), GOOD),
        (Life(NOW - DAY, NOW - timedelta(seconds=1)), UNKNOWN),
        (Life(NOW + timedelta(seconds=1), NOW + DAY), UNKNOWN),
        (STALE, UNKNOWN),
    ],
    ids=["now", "just-over", "not-yet", "stale"],
)
def test_a_crl_counts_from_its_date_to_its_next(life: Life, code: str, world: Any) -> None:
    assert world.ask([sign_crl(world.root, life)]).code == code


def test_a_crl_without_a_next_date_is_unknown(world: Any) -> None:
    assert world.ask([sign_crl(world.root, FRESH, next_update=None)]).code == UNKNOWN


def test_a_newer_list_replaces_an_older_one(world: Any) -> None:
    older = sign_crl(world.root, Life(NOW - DAY, NOW + DAY), [world.listing("certificate_hold")])
    assert world.ask([older]).code == ON_HOLD
    assert world.ask([older, sign_crl(world.root, FRESH)]).code == GOOD


def test_a_list_out_of_force_does_not_stand_in_for_a_newer_one(world: Any) -> None:
    good_then, revoked_now = sign_crl(world.root, STALE), sign_crl(world.root, FRESH, [world.listing()])
    assert world.ask([good_then, revoked_now]).code == REVOKED
    assert world.ask([good_then]).code == UNKNOWN


def test_a_hold_is_neither_good_nor_revoked(world: Any) -> None:
    result = world.ask([sign_crl(world.root, FRESH, [world.listing("certificate_hold")])])
    assert (result.status, result.code) == (RevocationStatus.UNKNOWN, ON_HOLD)


def test_revocation_counts_from_its_time(world: Any) -> None:
    later = sign_crl(world.root, FRESH, [world.listing(when=NOW + HOUR)])
    now = sign_crl(world.root, FRESH, [world.listing(when=NOW)])
    assert (world.ask([later]).code, world.ask([now]).code) == (GOOD, REVOKED)


def test_revocation_counts_from_when_the_key_was_lost(world: Any) -> None:
    lost = {"extn_id": "invalidity_date", "critical": False, "extn_value": NOW - 20 * DAY}
    entry = revoked_entry(world.signer.certificate, NOW - DAY, lost)
    proven: dict[str, Any] = {"moment": NOW - 10 * DAY, "asked_at": NOW}
    assert world.ask([sign_crl(world.root, FRESH, [entry])], **proven).code == REVOKED
    without = sign_crl(world.root, FRESH, [world.listing(when=NOW - DAY)])
    assert world.ask([without], **proven).code == GOOD


def test_what_was_said_later_answers_for_a_proven_earlier_moment(world: Any) -> None:
    earlier = NOW - 30 * DAY
    revoked_since = sign_crl(world.root, FRESH, [world.listing(when=NOW - DAY)])
    assert world.ask([revoked_since], moment=earlier, asked_at=NOW).code == GOOD
    assert world.ask([revoked_since]).code == REVOKED
    assert world.ask([revoked_since], moment=earlier).code == UNKNOWN  # it was not there yet


def test_what_was_said_after_the_end_of_a_life_answers_nothing(world: Any) -> None:
    short = issue(Subject("short", "示例机构"), world.signer.key, world.root, Life(LIFE.start, NOW - DAY))
    when: dict[str, Any] = {"moment": NOW - 2 * DAY, "asked_at": NOW}
    assert world.ask([sign_crl(world.root, FRESH)], leaf=short, **when).code == UNKNOWN
    in_time = sign_crl(world.root, Life(NOW - DAY - HOUR, NOW))
    assert world.ask([in_time], leaf=short, **when).code == GOOD


@pytest.mark.parametrize("by", ["stranger", "signer"])
def test_a_crl_by_another_is_unknown(by: str, world: Any) -> None:
    forged = sign_crl(getattr(world, by), FRESH, issuer=world.root.asn1.subject)
    assert world.ask([forged], certificates=[getattr(world, by).certificate]).code == UNKNOWN
    assert world.ask([forged, sign_crl(world.root, FRESH)]).code == GOOD


def test_every_bit_of_a_crl_counts(world: Any) -> None:
    listed = sign_crl(world.root, FRESH)
    for position in range(len(listed)):
        flipped = bytearray(listed)
        flipped[position] ^= 0x01
        assert world.ask([bytes(flipped)]).code != GOOD, position


def test_a_critical_extension_nobody_knows(world: Any) -> None:
    odd = core.OctetString(b"?").dump()
    critical, plain = Extension(odd, critical=True), Extension(odd)
    assert world.ask([sign_crl(world.root, FRESH, changes={"1.2.3.4.5": critical})]).code == UNKNOWN
    assert world.ask([sign_crl(world.root, FRESH, changes={"1.2.3.4.5": plain})]).code == GOOD


@pytest.mark.parametrize(("critical", "code"), [(True, UNKNOWN), (False, REVOKED)])
def test_a_critical_extension_of_an_entry(critical: bool, code: str, world: Any) -> None:
    extension = {"extn_id": "1.2.3.4.5", "critical": critical, "extn_value": core.OctetString(b"?").dump()}
    entry = revoked_entry(world.signer.certificate, NOW - DAY, extension)
    assert world.ask([sign_crl(world.root, FRESH, [entry])]).code == code


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ({"only_contains_user_certs": True}, GOOD),
        ({"only_contains_ca_certs": True}, UNKNOWN),
        ({"only_contains_attribute_certs": True}, UNKNOWN),
        ({"only_some_reasons": {"key_compromise", "ca_compromise"}}, UNKNOWN),
        ({"distribution_point": _full_name(POINT)}, UNKNOWN),
    ],
    ids=["users", "authorities", "attributes", "some-reasons", "another-point"],
)  # fmt: skip
def test_a_list_has_a_scope(scope: Mapping[str, object], code: str, world: Any) -> None:
    changes = {"issuing_distribution_point": Extension(crl.IssuingDistributionPoint(scope), critical=True)}
    assert world.ask([sign_crl(world.root, FRESH, changes=changes)]).code == code


def test_two_lists_may_cover_all_reasons_together(world: Any) -> None:
    def part(*reasons: str) -> bytes:
        scope = crl.IssuingDistributionPoint({"only_some_reasons": set(reasons)})
        changes = {"issuing_distribution_point": Extension(scope, critical=True)}
        return sign_crl(world.root, FRESH, changes=changes)

    keys = part("key_compromise", "ca_compromise", "aa_compromise")
    rest = part(
        "affiliation_changed",
        "superseded",
        "cessation_of_operation",
        "certificate_hold",
        "privilege_withdrawn",
    )
    assert world.ask([keys, rest]).code == GOOD
    assert world.ask([keys]).code == world.ask([rest]).code == UNKNOWN


def _points(*urls: str, issuer: x509.Name | None = None) -> dict[str, Extension | None]:
    point: dict[str, Any] = {"distribution_point": _full_name(*urls)}
    if issuer is not None:
        point["crl_issuer"] = [x509.GeneralName("directory_name", issuer)]
    return {"crl_distribution_points": Extension([point])}


def _scope(url: str, *, indirect: bool = False) -> dict[str, Extension | None]:
    members = {"distribution_point": _full_name(url), "indirect_crl": indirect}
    return {"issuing_distribution_point": Extension(crl.IssuingDistributionPoint(members), critical=True)}


def test_a_list_for_a_point_answers_for_certificates_with_that_point(world: Any) -> None:
    leaf = world.issue("pointed", _points("ldap://ca.invalid/x", POINT))
    assert world.ask([sign_crl(world.root, FRESH, changes=_scope(POINT))], leaf=leaf).code == GOOD
    other = sign_crl(world.root, FRESH, changes=_scope("http://crl.invalid/two.crl"))
    assert world.ask([other], leaf=leaf).code == UNKNOWN
    assert world.ask([sign_crl(world.root, FRESH)], leaf=leaf).code == GOOD


def test_an_indirect_list_answers_where_the_certificate_names_its_issuer(world: Any) -> None:
    leaf = world.issue("indirect", _points(POINT, issuer=world.lister.asn1.subject))
    issuer = x509.GeneralNames([x509.GeneralName("directory_name", world.root.asn1.subject)])
    names_issuer = {"extn_id": "certificate_issuer", "critical": True, "extn_value": issuer}
    listed = revoked_entry(leaf.certificate, NOW - DAY, names_issuer)
    unnamed = revoked_entry(leaf.certificate, NOW - DAY)

    def ask(*entries: dict[str, Any], lister_known: bool = True, indirect: bool = True) -> str:
        crls = [sign_crl(world.lister, FRESH, entries, _scope(POINT, indirect=indirect))]
        crls += [sign_crl(world.root, FRESH)] if lister_known else []
        result = world.ask(crls, leaf=leaf, certificates=[world.lister.certificate])
        return str(result.code)

    assert ask(listed) == REVOKED
    assert ask(unnamed) == GOOD  # the same serial number of the lister's own is another certificate
    assert ask(listed, lister_known=False) == UNKNOWN  # the lister's own certificate needs an answer too
    assert ask(listed, indirect=False) == GOOD  # only the root's own list counts then


def test_a_separate_crl_key_of_the_issuer_must_be_let_and_not_revoked(world: Any) -> None:
    usage = {"key_usage": Extension({"crl_sign"}, critical=True)}
    key = issue(Subject("root", "示例机构"), generate_key(KeyFamily.EC), world.root, LIFE, changes=usage)
    may_not = issue(Subject("root", "示例机构"), generate_key(KeyFamily.EC), world.root, LIFE)
    own = sign_crl(world.root, FRESH, [revoked_entry(key.certificate, NOW - DAY)], _scope(POINT))
    pointed = issue(
        Subject("root", "示例机构"),
        generate_key(KeyFamily.EC),
        world.root,
        LIFE,
        changes={**usage, **_points(POINT)},
    )

    def ask(signer: Identity, *more: bytes) -> str:
        listing = sign_crl(signer, FRESH, [world.listing()])
        return str(world.ask([listing, *more], certificates=[signer.certificate]).code)

    assert ask(pointed, sign_crl(world.root, FRESH, changes=_scope(POINT))) == REVOKED
    assert ask(may_not, sign_crl(world.root, FRESH, changes=_scope(POINT))) == UNKNOWN
    assert ask(pointed) == UNKNOWN
    assert ask(key, own) == UNKNOWN


def _delta(world: Any, base: int, number: int, *entries: dict[str, Any], life: Life = FRESH) -> bytes:
    changes = {
        "delta_crl_indicator": Extension(base, critical=True),
        "crl_number": Extension(number),
    }
    return sign_crl(world.root, life, entries, changes)


def test_a_delta_adds_and_removes(world: Any) -> None:
    complete = sign_crl(world.root, Life(NOW - DAY, NOW + DAY))
    held = sign_crl(world.root, Life(NOW - DAY, NOW + DAY), [world.listing("certificate_hold")])
    assert world.ask([complete, _delta(world, 1, 2, world.listing())]).code == REVOKED
    assert world.ask([held, _delta(world, 1, 2, world.listing("remove_from_crl"))]).code == GOOD
    assert world.ask([held, _delta(world, 1, 2)]).code == ON_HOLD


def test_a_delta_alone_is_unknown(world: Any) -> None:
    assert world.ask([_delta(world, 1, 2)]).code == UNKNOWN


@pytest.mark.parametrize(("base", "number"), [(2, 3), (1, 1), (0, 0)])
def test_a_delta_for_another_list_is_passed_over(base: int, number: int, world: Any) -> None:
    complete = sign_crl(world.root, FRESH)
    assert world.ask([complete, _delta(world, base, number, world.listing())]).code == GOOD


def test_a_delta_in_force_keeps_its_base_in_force(world: Any) -> None:
    base = sign_crl(world.root, STALE)
    assert world.ask([base]).code == UNKNOWN
    assert world.ask([base, _delta(world, 1, 2)]).code == GOOD
    assert world.ask([base, _delta(world, 1, 2, life=STALE)]).code == UNKNOWN


def test_signers_that_did_not_sign_are_tried_only_so_often(world: Any) -> None:
    usage = {"key_usage": Extension({"crl_sign"}, critical=True), "key_identifier": None}
    key = generate_key(KeyFamily.EC)
    crowd = [
        issue(Subject("root", "示例机构"), key, world.stranger, LIFE, changes=usage).certificate
        for _ in range(40)
    ]
    forger = Identity(crowd[0], key)
    forged = [sign_crl(forger, FRESH, changes={"crl_number": Extension(n)}) for n in range(40)]

    def work(size: int) -> int:
        return calls_of(lambda: codes.append(world.ask(forged[:size], certificates=crowd[:size]).code))

    codes: list[str] = []
    few, many = work(20), work(40)
    assert many <= 3 * few  # twice as many lists, and as many signers for each: four times the pairs
    assert set(codes) == {UNKNOWN}
    assert world.ask([*forged, sign_crl(world.root, FRESH)], certificates=crowd).code == GOOD


def _ask(world: Any, data: bytes, codes: list[str]) -> None:
    codes.append(world.ask([data]).code)


def _grown(small: bytes, times: int, signer: Identity) -> bytes:
    """Return a list with its entries repeated, signed anew; asn1crypto needs seconds to make a large one."""
    asn1 = crl.CertificateList.load(small)
    tbs, entries = asn1["tbs_cert_list"], read_crl(small).entries
    before, after = tbs.contents.split(parser.emit(0, 1, 16, entries))
    grown = parser.emit(0, 1, 16, before + parser.emit(0, 1, 16, entries * times) + after)
    value = parser.emit(0, 0, 3, b"\x00" + signer.key.sign(grown))
    der: bytes = parser.emit(0, 1, 16, grown + asn1["signature_algorithm"].dump() + value)
    return der


def test_a_list_is_searched_without_a_call_for_each_entry(world: Any) -> None:
    crowd = [revoked_entry(b"", NOW - DAY, serial=n << 40) for n in range(1, 101)]
    large = _grown(sign_crl(world.root, FRESH, crowd), 1_000, world.root)
    listed = _grown(sign_crl(world.root, FRESH, [*crowd, world.listing()]), 1_000, world.root)
    for data, code in ((large, GOOD), (listed, REVOKED)):
        codes: list[str] = []
        assert calls_of(partial(_ask, world, data, codes)) <= _FEW_CALLS
        assert codes == [code]
