"""Why something in the log, or said of it, is not to be believed."""

from __future__ import annotations


class AuditError(Exception):
    """Refuse a proof, note, receipt or export; `code` is stable, `index` the first bad entry if known."""

    def __init__(self, code: str, detail: str = "", index: int | None = None) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.index = index
