"""The contract of the store, on each engine: uses of licenses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from license_service.adapters.sql.store import SqlStore
from license_service.services.accepting.license_use_ports import LicenseUse


@pytest.fixture
def use(moment: datetime) -> LicenseUse:
    return LicenseUse(
        id="u1",
        tenant="county",
        case_id="c1",
        matter_code="matter",
        verification_id="v1",
        license_identifier="1.2.156.3005.2.示例",
        type_code="T",
        issuer_code="I1",
        holders=("h1", "h2"),
        materials=("m1", "m2"),
        purpose="事由",
        operator="k1",
        officer="",
        mode="holder",
        used_at=moment,
    )


def test_a_use_comes_back_as_it_was_by_each_holder_and_by_issuer(store: SqlStore, use: LicenseUse) -> None:
    nobodys = replace(use, id="u2", holders=(), materials=(), issuer_code="I2")
    with store.begin() as tx:
        tx.add_license_uses(use)
        tx.add_license_uses(nobodys)
    with store.begin() as tx:
        for found in (
            tx.uses_of_holder("county", "h1", None, 9),
            tx.uses_of_holder("county", "h2", None, 9),
            tx.uses_of_issuer("county", "I1", None, 9),
        ):
            assert [item for _, item in found] == [use]
        assert [item for _, item in tx.uses_of_issuer("county", "I2", None, 9)] == [nobodys]
        assert tx.uses_of_holder("elsewhere", "h1", None, 9) == []
        assert tx.uses_of_issuer("elsewhere", "I1", None, 9) == []


def test_uses_come_newest_first_and_go_on_below_a_position(store: SqlStore, use: LicenseUse) -> None:
    with store.begin() as tx:
        for number in range(5):
            tx.add_license_uses(replace(use, id=f"n{number}"))
        first = tx.uses_of_issuer("county", "I1", None, 2)
        rest = tx.uses_of_issuer("county", "I1", first[-1][0], 9)
    assert [item.id for _, item in (*first, *rest)] == ["n4", "n3", "n2", "n1", "n0"]
