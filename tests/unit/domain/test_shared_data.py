"""What sources are asked about: what is open, by what the rule names, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from license_service.adapters.catalogue_files import load_catalogue
from license_service.domain.application import (
    Application,
    CommitmentOffer,
    Person,
    SharedData,
    SubmittedDocument,
)
from license_service.domain.assessment import assess
from license_service.domain.matter import Matter
from license_service.domain.shared_data import DataQuestion, questions_about
from license_service.domain.standing import Standing

_ON = date(2026, 3, 10)
_STANDING = Standing(may_commit=True, may_defer=True)
_PARENT, _CHILD = Person("示例甲", "99990019900307002X"), Person("示例子", "999900202603010018")


def _asked(matter: Matter, application: Application) -> list[DataQuestion]:
    return list(questions_about(matter, application, assess(matter, application, _STANDING, _ON)))


@pytest.fixture(scope="module")
def matters() -> dict[str, Matter]:
    return {matter.code: matter for matter in load_catalogue(Path("catalogue")).matters}


def _application(matter: Matter) -> Application:
    return Application(matter.code, _PARENT, None, (), (), (), ())


def test_what_is_missing_is_asked_about_by_what_the_rule_names(matters: dict[str, Matter]) -> None:
    birth = matters["birth-registration"]
    asked = _asked(birth, replace(_application(birth), fields={"born_in_marriage": True}))
    assert [(q.material, q.source) for q in asked] == [
        ("birth-certificate", "birth-register"),
        ("household-register", "household-register"),
        ("marriage-certificate", "marriage-register"),
    ]
    assert asked[0].values == {
        "applicant.id": _PARENT.id,
        "matter.code": "birth-registration",
        "material": "birth-certificate",
    }


def test_what_is_settled_or_not_needed_is_not_asked_about(matters: dict[str, Matter]) -> None:
    birth = matters["birth-registration"]
    paper = SubmittedDocument("household-register", "0" * 64, "hukou.pdf")
    data = SharedData("d1", "birth-certificate", "birth-register", "confirmed")
    settled = replace(
        _application(birth), fields={"born_in_marriage": False}, submitted=(paper,), data=(data,)
    )
    assert _asked(birth, settled) == []


def test_what_is_promised_is_asked_about_since_an_answer_spares_the_promise(
    matters: dict[str, Matter],
) -> None:
    birth = matters["birth-registration"]
    route = next(m.by_commitment for m in birth.materials if m.code == "marriage-certificate")
    assert route is not None
    offer = CommitmentOffer("marriage-certificate", route.notice.digest, "示例甲")
    asked = _asked(
        birth, replace(_application(birth), fields={"born_in_marriage": True}, commitments=(offer,))
    )
    assert "marriage-certificate" in [q.material for q in asked]


def test_one_who_may_not_apply_is_not_looked_up(matters: dict[str, Matter]) -> None:
    allowance = matters["elderly-allowance"]
    of_age = replace(_application(allowance), fields={"age": 80, "locally_registered": True})
    too_young = replace(of_age, fields={"age": 79, "locally_registered": True})
    assert {q.source for q in _asked(allowance, of_age)} == {"household-register", "population-register"}
    assert _asked(allowance, too_young) == []


def test_a_value_that_was_not_given_makes_a_question_nobody_can_ask(matters: dict[str, Matter]) -> None:
    sale = matters["real-estate-transfer"]
    without = {q.source: q.values for q in _asked(sale, _application(sale))}
    joined = {q.source: q.values for q in _asked(sale, replace(_application(sale), other_party=_CHILD))}
    assert without["real-estate-register"] is None
    assert joined["real-estate-register"] is not None
    assert joined["real-estate-register"]["other_party.id"] == _CHILD.id


def test_fields_are_asked_by_as_texts(matters: dict[str, Matter]) -> None:
    vehicle = matters["vehicle-registration"]
    given = replace(_application(vehicle), fields={"vehicle_number": "LSV1", "imported": True})
    sources = {q.source: q.values for q in _asked(vehicle, given)}
    values = sources["customs-register"]
    assert values is not None
    assert values["field.vehicle_number"] == "LSV1"
