"""A report in sentences: what is wrong, in which part of the file, and what to ask the applicant for.

Prose is rendered beside a report and never inside it, so that a better sentence changes no verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from license_service.domain.messages import message
from license_service.verification.report import Outcome

_NO_PARTS = frozenset({"failures", "notes"})
"""Lists in a check's detail that name codes or remarks; every other list names parts of the file."""


@dataclass(frozen=True)
class Explanation:
    """Explain one code; `signature` and `check` are None where it is about the whole document."""

    signature: int | None
    check: str | None
    outcome: str | None
    code: str
    clause: str | None
    parts: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the wire shape."""
        text = message(self.code)
        return {
            **vars(self),
            "parts": list(self.parts),
            "zh": text.zh,
            "en": text.en,
            "ask_zh": text.ask.zh,
            "ask_en": text.ask.en,
        }


def explain(report: Mapping[str, Any]) -> tuple[Explanation, ...]:
    """Explain everything in a report that did not pass, the document first, then each signature."""
    details = report["finding_details"]
    whole = tuple(
        Explanation(None, None, None, code, None, (details[code],) if code in details else ())
        for code in report["findings"]
    )
    checks = (
        explanation
        for signature in report["signatures"]
        for check in signature["checks"]
        for explanation in explain_check(signature["index"], check)
    )
    return (*whole, *checks)


def explain_check(signature: int, check: Mapping[str, Any]) -> Iterator[Explanation]:
    """Explain one check, in one sentence for each rule it broke; nothing where it passed."""
    if check["outcome"] == Outcome.PASSED:
        return
    for code in check["detail"].get("failures") or [check["code"]]:
        yield Explanation(
            signature, check["name"], check["outcome"], code, check["clause"], _parts(check["detail"])
        )


def _parts(detail: Mapping[str, Any]) -> tuple[str, ...]:
    lists = (value for name, value in detail.items() if name not in _NO_PARTS and isinstance(value, list))
    return tuple(str(part) for parts in lists for part in parts)
