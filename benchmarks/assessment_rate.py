"""Assessments a second on one core: a matter of 20 materials, 20 verified licenses, every rule in use.

Pure: no file, no database, no clock. `all exempt` finds a license for each material; in `all told` each is
another holder's, so that every reason and every way still open is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from license_service.domain.application import Application, Person, PresentedLicense
from license_service.domain.assessment import OverallOutcome, assess
from license_service.domain.conditions import FieldTest, Operator
from license_service.domain.deadlines import Period, Unit
from license_service.domain.matter import (
    AtExpiry,
    CheckMethod,
    CheckPlan,
    CommitmentRoute,
    DataRoute,
    DeferralRoute,
    HolderRole,
    LicenseRoute,
    Material,
    Matter,
    Notice,
    RequiredField,
)
from license_service.domain.standing import Standing

_SECONDS = 3.0
_MATERIALS = 20
_TODAY = date(2026, 6, 1)
_APPLICANT = Person("示例食品有限公司", "91350100M000100Y43")
_STANDING = Standing(may_commit=True, may_defer=True)


def _material(number: int) -> Material:
    notice = Notice(f"notice-{number}", "1", "告知", "Notice", "b")
    route = LicenseRoute(
        (f"TYPE-{number}",), HolderRole.APPLICANT, "b", ("1199*",), ("9999",), 30,
        (RequiredField("KZ_ZT", ("有效",)),),
    )  # fmt: skip
    return Material(
        code=f"m{number}",
        name_zh="材料",
        name_en="Material",
        primary=False,
        basis="b",
        by_license=route,
        by_commitment=CommitmentRoute(notice, CheckPlan(CheckMethod.ON_SITE, Period(2, Unit.MONTHS)), "b"),
        by_deferral=DeferralRoute(Period(10, Unit.WORKING_DAYS), (3, 1), AtExpiry.REFUSED, "b"),
        by_submission=True,
        by_data=DataRoute("register", ("applicant.id",), "b"),
        needed_when=FieldTest("area", Operator.AT_LEAST, (50,)),
    )


def _license(number: int) -> PresentedLicense:
    return PresentedLicense(
        f"report-{number}", "TOTAL_PASSED", (), f"TYPE-{number}", (_APPLICANT.id,), "11999900DEM000001X",
        date(2025, 1, 1), date(2027, 1, 1), {"KZ_ZT": "有效"},
    )  # fmt: skip


def rate(action: Callable[[], None]) -> float:
    """Return how often `action` runs in a second of this core's time."""
    action()
    count, began = 0, time.process_time()
    while (spent := time.process_time() - began) < _SECONDS:
        action()
        count += 1
    return count / spent


def main() -> None:
    """Print one line for each kind of application."""
    materials = tuple(_material(number) for number in range(_MATERIALS))
    matter = Matter("bench", "1", "事项", "Matter", _TODAY, None, "b", materials)
    licenses = tuple(_license(number) for number in range(_MATERIALS))
    exempt = Application("bench", _APPLICANT, None, licenses, (), (), (), fields={"area": 60})
    told = replace(exempt, applicant=Person("示例甲", "11010519491231002X"))
    print(f"{'application':16}{'assessments/s':>16}")
    for name, application, outcome in (
        ("all exempt", exempt, OverallOutcome.ACCEPTED),
        ("all told", told, OverallOutcome.CORRECTION_NEEDED),
    ):

        def action(application: Application = application, outcome: OverallOutcome = outcome) -> None:
            if assess(matter, application, _STANDING, _TODAY).outcome is not outcome:
                raise RuntimeError("another outcome")

        print(f"{name:16}{rate(action):16.0f}")


if __name__ == "__main__":
    main()
