"""Readers and offices that ask for papers at the same time, on each engine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from license_service.demo.people import COMPANY

_ASKERS, _CASES = 6, 3
_APPLICATION = {
    "matter_code": "food-business-license-new",
    "applicant": {"name": COMPANY.name, "id": COMPANY.id},
}


@pytest.fixture
def database_url(any_database_url: str) -> str:
    return any_database_url


def test_each_paper_is_made_once_and_numbers_have_no_gap(
    api: Any, second_api: Any, headers: dict[str, str]
) -> None:
    cases = [api.open_case(_APPLICATION, headers, f"k{number}").json["id"] for number in range(_CASES)]
    together = Barrier(_ASKERS)

    def ask(number: int) -> list[Any]:
        client = (api, second_api)[number % 2].client.application.test_client()
        together.wait()
        return [client.get(f"/v1/cases/{case}/papers", headers=headers).json["papers"] for case in cases]

    with ThreadPoolExecutor(_ASKERS) as readers:
        first, *others = readers.map(ask, range(_ASKERS))
    assert others == [first] * (_ASKERS - 1)
    numbers = sorted(paper["number"].rpartition("〕")[2] for papers in first for paper in papers)
    assert numbers == [f"{number}号" for number in range(1, _CASES + 1)]
