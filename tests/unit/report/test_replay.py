"""A verdict computed again gives the same bytes; an input that is not the one stated is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from license_service.clock import format_instant
from license_service.services.verifying.replay import ReplayInputs, ReplayOutcome, replay
from license_service.verification.canonical import canonical_json
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy, parse_policy
from license_service.verification.presentation import Presentation
from license_service.verification.report import VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

Judge = Callable[..., VerificationReport]
_OFD = "genuine/business-license.ofd"
_HOLDER = "91999900MADEM0AX2A"


@pytest.fixture
def inputs(
    policy: VerificationPolicy, trust: TrustStore, evidence: Evidence, samples_dir: Path
) -> ReplayInputs:
    return ReplayInputs((samples_dir / _OFD).read_bytes(), policy, trust, evidence)


def _stored(report: VerificationReport) -> dict[str, Any]:
    return dict(json.loads(json.dumps(report.to_json())))


def test_every_sample_and_twin_gives_the_same_bytes(
    judge: Judge, inputs: ReplayInputs, samples_dir: Path
) -> None:
    outcomes = {}
    for path in sorted(samples_dir.glob("*/*")):
        document = path.read_bytes()
        report = _stored(judge(document, _HOLDER))
        outcomes[path] = replay(report, replace(inputs, document=document)).outcome
    assert len(outcomes) == 25
    assert set(outcomes.values()) == {ReplayOutcome.SAME}


def test_the_order_of_anchors_and_evidence_does_not_matter(judge: Judge, inputs: ReplayInputs) -> None:
    report = judge(inputs.document)
    trust = replace(inputs.trust, anchors=inputs.trust.anchors[::-1])
    evidence = Evidence(inputs.evidence.crls[::-1], inputs.evidence.certificates[::-1])
    again = verify(inputs.document, inputs.policy, trust, evidence, report.validation_time)
    assert canonical_json(again.to_json()) == canonical_json(report.to_json())
    assert len(inputs.evidence.crls) > 1
    assert len(inputs.evidence.certificates) > 1


def test_the_time_and_the_holder_are_those_of_the_report(
    judge: Judge, inputs: ReplayInputs, now: datetime
) -> None:
    for holder, at in ((None, now), ("91999900MADEM0AY10", now), (_HOLDER, now - timedelta(days=4000))):
        report = _stored(judge(inputs.document, holder, at))
        assert report["validation_time"] == format_instant(at)
        assert replay(report, inputs).outcome is ReplayOutcome.SAME


@pytest.mark.parametrize("name", ["document", "policy", "trust", "evidence", "content", "password"])
def test_an_input_of_another_digest_is_named(name: str, judge: Judge, inputs: ReplayInputs) -> None:
    other: dict[str, Any] = {
        "document": inputs.document + b" ",
        "policy": parse_policy(inputs.policy.text + "# a comment\n"),
        "trust": TrustStore(inputs.trust.anchors[1:]),
        "evidence": Evidence(inputs.evidence.crls[1:], inputs.evidence.certificates),
        "content": b"content",
        "password": "opens it",
    }
    result = replay(_stored(judge(inputs.document)), replace(inputs, **{name: other[name]}))
    assert (result.outcome, result.inputs) == (ReplayOutcome.INPUTS_DIFFER, (name,))


def test_an_anchor_of_another_name_is_another_trust_store(judge: Judge, inputs: ReplayInputs) -> None:
    # The name is in the report, so the bytes would not be the same.
    renamed = TrustStore(tuple(replace(anchor, name="another") for anchor in inputs.trust.anchors))
    result = replay(_stored(judge(inputs.document)), replace(inputs, trust=renamed))
    assert result.inputs == ("trust",)


def test_content_and_password_are_asked_for_again(inputs: ReplayInputs, now: datetime) -> None:
    shown = Presentation(content=b"content", password="opens it")  # noqa: S106 - invented
    report = _stored(verify(inputs.document, inputs.policy, inputs.trust, inputs.evidence, now, shown))
    assert replay(report, inputs).inputs == ("content", "password")
    whole = replace(inputs, content=b"content", password="opens it")  # noqa: S106 - invented
    assert replay(report, whole).outcome is ReplayOutcome.SAME


def test_a_report_that_was_changed_differs_and_what_differs_is_told(
    judge: Judge, inputs: ReplayInputs
) -> None:
    report = _stored(judge(inputs.document))
    assert replay(report, inputs).outcome is ReplayOutcome.SAME
    report["indication"] = "TOTAL_FAILED"
    result = replay(report, inputs)
    assert result.outcome is ReplayOutcome.DIFFERS
    assert [(c.path, c.before, c.after) for c in result.changes] == [
        ("indication", "TOTAL_FAILED", "TOTAL_PASSED")
    ]


def test_a_report_of_another_version_is_compared_without_its_version(
    judge: Judge, inputs: ReplayInputs
) -> None:
    report = _stored(judge(inputs.document))
    report["software"]["version"] = "0.0.1"
    assert replay(report, inputs).outcome is ReplayOutcome.SAME
    report["findings"] = ["NO_SIGNATURE"]
    assert [change.path for change in replay(report, inputs).changes] == ["findings"]
