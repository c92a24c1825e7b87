"""What an entry says was erased: that kind of entry alone, and a text alone."""

from __future__ import annotations

from typing import Any

import pytest

from license_service.audit.erasure import ERASED, erasures
from license_service.domain.case import EventKind


def test_the_kind_is_the_one_the_service_writes() -> None:
    assert EventKind.DATA_ERASED.value == ERASED


def test_an_erasure_names_a_dossier() -> None:
    erased = {"kind": ERASED, "data": {"dossier": "c1"}}
    assert erasures([{"kind": "case.closed"}, erased], 7) == {"c1": 8}


@pytest.mark.parametrize(
    "entry",
    [
        {"kind": "case.closed", "data": {"dossier": "c1"}},
        {"kind": ERASED, "data": {}},
        {"kind": ERASED, "data": {"dossier": 1}},
        {"kind": ERASED, "data": "c1"},
        {"kind": ERASED},
        {},
    ],
)
def test_anything_else_erases_nothing(entry: dict[str, Any]) -> None:
    assert erasures([entry]) == {}
