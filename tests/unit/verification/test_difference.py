"""What changed between two reports: nothing for equal ones, the verdict first for others."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from license_service.verification.difference import differences
from license_service.verification.report import VerificationReport

_OFD = "business-license.ofd"
_HOLDER = "91999900MADEM0AX2A"

Judge = Callable[..., VerificationReport]


def _report(judge: Judge, samples_dir: Path, twin: str, holder: str | None = None) -> dict[str, Any]:
    return judge((samples_dir / twin / _OFD).read_bytes(), holder).to_json()


def test_equal_reports_do_not_differ(judge: Judge, samples_dir: Path) -> None:
    report = _report(judge, samples_dir, "genuine")
    assert differences(report, copy.deepcopy(report)) == ()


def test_the_verdict_comes_first_and_then_the_check_that_decided(judge: Judge, samples_dir: Path) -> None:
    before = _report(judge, samples_dir, "genuine")
    changes = differences(before, _report(judge, samples_dir, "altered"))
    assert [(c.path, c.before, c.after) for c in changes[:2]] == [
        ("indication", "TOTAL_PASSED", "TOTAL_FAILED"),
        ("sub_indication", None, "HASH_FAILURE"),
    ]
    paths = [change.path for change in changes]
    code = paths.index("signatures/0/checks/references/code")
    assert (changes[code].before, changes[code].after) == ("OK", "REFERENCE_MISMATCH")
    assert code < paths.index("sha256")


def test_checks_are_matched_by_name_and_not_by_place(judge: Judge, samples_dir: Path) -> None:
    before = _report(judge, samples_dir, "genuine")
    after = copy.deepcopy(before)
    after["signatures"][0]["checks"].reverse()
    assert differences(before, after) == ()
    gone = after["signatures"][0]["checks"].pop()
    (change,) = differences(before, after)
    assert (change.path, change.after) == (f"signatures/0/checks/{gone['name']}", None)


def test_a_signature_more_is_one_change(judge: Judge, samples_dir: Path) -> None:
    after = _report(judge, samples_dir, "genuine")
    before = {**after, "signatures": []}
    (change,) = differences(before, after)
    assert (change.path, change.before) == ("signatures/0", None)


def test_only_what_was_asked_differs_for_another_holder(judge: Judge, samples_dir: Path) -> None:
    before = _report(judge, samples_dir, "genuine", _HOLDER)
    after = _report(judge, samples_dir, "genuine")
    assert {change.path for change in differences(before, after)} == {
        "presentation/holder",
        "signatures/0/checks/license_binding/detail/holder_checked",
    }
