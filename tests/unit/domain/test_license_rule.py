"""A presented license against every condition of a rule, one mutation at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from license_service.domain.application import Person, PresentedLicense
from license_service.domain.license_rule import view
from license_service.domain.matter import HolderRole, LicenseRoute, RequiredField

TODAY = date(2025, 6, 2)
HOLDER = Person("示例食品有限公司", "91350100M000100Y43")
ROUTE = LicenseRoute(
    ("TYPE",),
    HolderRole.APPLICANT,
    "b",
    ("1199*",),
    ("9999",),
    30,
    (RequiredField("KZ_ZYLB", ("临床", "中医")),),
)
LICENSE = PresentedLicense(
    "r1", "TOTAL_PASSED", (), "TYPE", (HOLDER.id,), "11999900DEM000001X",
    date(2025, 1, 1), date(2025, 7, 2), {"KZ_ZYLB": "临床"},
)  # fmt: skip


def _codes(**mutation: Any) -> tuple[bool | None, list[str]]:
    found = view(replace(LICENSE, **mutation), ROUTE, HOLDER, TODAY)
    return found.serves, list(found.codes())


def test_a_license_that_meets_every_condition_serves() -> None:
    assert _codes() == (True, [])


@pytest.mark.parametrize(
    ("mutation", "serves", "code"),
    [
        ({"holder_ids": ("91350100M000100Y51",)}, False, "HOLDER_MISMATCH"),
        ({"indication": "TOTAL_FAILED", "codes": ("SIGNATURE_INVALID",)}, False, "SIGNATURE_INVALID"),
        ({"indication": "INDETERMINATE", "codes": ("REVOCATION_UNKNOWN",)}, None, "REVOCATION_UNKNOWN"),
        ({"valid_from": date(2025, 6, 3)}, False, "LICENSE_NOT_YET_VALID"),
        ({"valid_until": date(2025, 7, 1)}, False, "VALIDITY_TOO_SHORT"),
        ({"issuer_code": "12999900DEM000001X"}, False, "ISSUER_NOT_ACCEPTED"),
        ({"issuer_code": "11430000DEM000001X"}, False, "ISSUER_NOT_ACCEPTED"),
        ({"fields": {"KZ_ZYLB": "口腔"}}, False, "LICENSE_FIELD_NOT_ACCEPTED"),
        ({"fields": {}}, None, "LICENSE_FIELD_UNKNOWN"),
    ],
)
def test_one_mutation_is_told_with_its_code(mutation: dict[str, Any], serves: bool | None, code: str) -> None:
    found_serves, codes = _codes(**mutation)
    assert (found_serves, set(codes)) == (serves, {code})


def test_an_expired_license_is_expired_whenever_its_report_was_made() -> None:
    assert _codes(valid_until=date(2025, 6, 1)) == (False, ["LICENSE_EXPIRED", "VALIDITY_TOO_SHORT"])
    last_day = replace(ROUTE, min_remaining_days=0)
    assert view(replace(LICENSE, valid_until=TODAY), last_day, HOLDER, TODAY).serves


def test_a_license_without_an_end_is_valid_long_enough() -> None:
    assert _codes(valid_until=None, valid_from=None) == (True, [])


def test_an_unknown_issuer_goes_to_a_person_and_an_area_code_of_six_digits_is_one() -> None:
    serves, codes = _codes(issuer_code="")
    assert (serves, set(codes)) == (None, {"ISSUER_UNKNOWN"})
    assert view(replace(LICENSE, issuer_code="999900"), replace(ROUTE, issuers=()), HOLDER, TODAY).serves


def test_of_a_license_that_nobody_read_the_holder_is_unknown() -> None:
    unread: dict[str, Any] = {
        "unread": True,
        "indication": "INDETERMINATE",
        "codes": ("REGISTER_UNAVAILABLE",),
    }
    found = view(replace(LICENSE, holder_ids=(), **unread), ROUTE, HOLDER, TODAY)
    assert (found.serves, list(found.codes()), found.is_holders) == (None, ["REGISTER_UNAVAILABLE"], True)
    assert _codes(unread=True)[0] is None
    assert _codes(**unread, holder_ids=(), issuer_code="x")[0] is False


def test_what_is_wrong_is_told_together() -> None:
    serves, codes = _codes(
        holder_ids=(), issuer_code="x", indication="TOTAL_FAILED", codes=("SIGNATURE_INVALID",), fields={}
    )
    assert serves is False
    assert set(codes) == {
        "HOLDER_MISMATCH", "SIGNATURE_INVALID", "ISSUER_NOT_ACCEPTED", "LICENSE_FIELD_UNKNOWN",
    }  # fmt: skip


def test_every_condition_is_listed_whatever_it_says() -> None:
    good, bad = view(LICENSE, ROUTE, HOLDER, TODAY), view(LICENSE, ROUTE, None, date(2030, 1, 1))
    assert [item.rule for item in good.looked()] == [item.rule for item in bad.looked()]
    assert [item.rule for item in good.looked()] == [
        "holder", "genuine", "begun", "not_expired", "valid_for_days 30", "issuer", "region", "field KZ_ZYLB",
    ]  # fmt: skip
    assert {item.subject for item in good.looked()} == {"r1"}
