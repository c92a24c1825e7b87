"""What a demonstration shows: Chinese first, English beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from license_service.domain.messages import message

_TWINS = {
    "genuine": "真本 genuine",
    "altered": "内容被改 altered",
    "wrong-holder": "他人证照 wrong holder",
    "expired": "已过期 expired",
    "revoked": "证书吊销 revoked",
    "self-made-ca": "自建机构 self-made CA",
    "signer-not-in-seal": "签章人不在印章 signer not in seal",
}
_VERDICTS = {
    "TOTAL_PASSED": "[green]通过 passed",
    "TOTAL_FAILED": "[red]不通过 failed",
    "INDETERMINATE": "[yellow]无法判定 indeterminate",
}
_OUTCOMES = {
    "exempt": "[green]免提交 skipped",
    "submitted": "已提交 handed in",
    "committed": "[cyan]告知承诺 promised",
    "deferred": "[yellow]容缺 owed",
    "missing": "[red]缺少 missing",
    "manual_review": "[red]人工核验 manual review",
}

_MATTERS = {
    "accepted": "[green]受理 accepted",
    "accepted_with_obligations": "[green]受理（有承诺或容缺） accepted",
    "waiting_for_result": "[yellow]待前一事项结果 waiting",
    "correction_needed": "[red]需补正 correction",
    "manual_review": "[red]人工核验 manual review",
    "not_eligible": "[red]不符合条件 not eligible",
}


class Screen:
    """Print steps and tables."""

    def __init__(self, console: Console | None = None) -> None:
        # A pipe or a CI log has no width of its own; 80 would cut the codes.
        self._console = console or Console(width=None if sys.stdout.isatty() else 140)

    def step(self, zh: str, en: str) -> None:
        """Announce a step."""
        self._console.print(f"\n[bold]▶ {zh}[/bold]  {en}")

    def say(self, text: str) -> None:
        """Print a line as it is."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def verdicts(self, rows: Iterable[tuple[str, str, str, str | None]]) -> None:
        """Show file, twin, indication and code of each verdict."""
        table = Table("文件 file", "副本 copy", "结论 verdict", "原因 reason")
        for file, twin, indication, code in rows:
            told = message(code) if code else None
            reason = f"{told.zh} {told.en}\n[dim]{code}" if told else ""
            table.add_row(file, _TWINS[twin], _VERDICTS[indication], reason)
        self._console.print(table)

    def materials(self, case: Mapping[str, Any], names: Mapping[str, Mapping[str, str]]) -> None:
        """Show what became of each material."""
        table = Table("材料 material", "结果 outcome", "说明 why")
        for finding in case["materials"]:
            name, told = names[finding["material"]], message(finding["code"])
            table.add_row(f"{name['zh']} {name['en']}", _OUTCOMES[finding["outcome"]], f"{told.zh} {told.en}")
        self._console.print(table)

    def matters(self, answer: Mapping[str, Any]) -> None:
        """Show what became of each matter of a bundle."""
        table = Table("事项 matter", "结果 outcome", "办结期限 decision due", "说明 why")
        for matter in answer["matters"]:
            case, name = matter["case"], matter["name"]
            clock = case["decision"] if case else None
            due = clock["deadlines"][-1]["due_on"] if clock else "-"
            told = [text for obstacle in matter["obstacles"] for text in obstacle["messages"]]
            why = "\n".join(f"{text['zh']} {text['en']}" for text in told)
            table.add_row(f"{name['zh']} {name['en']}", _MATTERS[matter["outcome"]], due, why)
        self._console.print(table)

    def timeline(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Show the events of a case."""
        table = Table("#", "时间 time", "事件 event", "内容 data")
        for event in events:
            data = {k: v for k, v in event["data"].items() if isinstance(v, str) and len(v) < 20}  # noqa: PLR2004 - short ones
            table.add_row(str(event["seq"]), event["time"][:19], event["kind"], str(data) if data else "")
        self._console.print(table)
