"""What callers are told of each matter of a bundle: its outcome, why, and what would change that."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from license_service.domain.bundle_decision import MemberDecision, Obstacle
from license_service.domain.matter import Matter
from license_service.domain.messages import message


def member_answer(decision: MemberDecision, matter: Matter, case: dict[str, Any] | None) -> dict[str, Any]:
    """Return what became of one matter; `case` is None while it waits.

    What was presented for other matters of the bundle is no document this case did not need.
    """
    if case is not None:
        case = {name: value for name, value in case.items() if name != "unused_documents"}
    return {
        "matter": decision.matter,
        "name": {"zh": matter.name_zh, "en": matter.name_en},
        "accepted": decision.is_accepted,
        "outcome": decision.outcome,
        "waits_for": [vars(need) for need in decision.waits_for],
        "obstacles": [_obstacle(item) for item in decision.obstacles],
        "case": case,
    }


def unused(decisions: Sequence[MemberDecision], presented: Collection[str]) -> list[str]:
    """Return which of the documents presented no matter needed."""
    left = [decision.assessment.unused for decision in decisions]
    return sorted(document for document in presented if all(document in unneeded for unneeded in left))


def _obstacle(item: Obstacle) -> dict[str, Any]:
    texts = [{"code": code, "zh": message(code).zh, "en": message(code).en} for code in item.codes]
    return {
        "kind": item.kind,
        "subject": item.subject,
        "result_of": item.result_of or None,
        "messages": texts,
        "ways": list(item.ways),
    }
