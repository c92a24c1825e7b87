"""An annotated copy: a copy of a license made for one purpose, for a time.

Clause: GB/T 36903-2018 (JZJZZSJ, JZJZZZ, JZJZZSY, JZJYXQJZSJ); GB/T 36906-2018 (a download with a purpose).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from license_service.clock import SHANGHAI
from license_service.verification.report import LicenseMetadata

_MADE_AT, _MAKER, _PURPOSE, _UNTIL = "JZJZZSJ", "JZJZZZ", "JZJZZSY", "JZJYXQJZSJ"
_COMPACT_TIME = "%Y%m%d%H%M%S"


@dataclass(frozen=True)
class AnnotatedCopy:
    """Hold what the copy says of itself, as written; empty where it is silent."""

    made_at: str
    maker: str
    purpose: str
    valid_until: str

    def is_for(self, purpose: str) -> bool:
        """Tell whether the copy was made for `purpose`; spaces and Unicode normal forms do not count."""
        return _plain(self.purpose) == _plain(purpose)

    def end(self) -> datetime | None:
        """Return the instant from which the copy is no longer valid, None where it names none.

        A date is its last valid day, and a time without an offset is Chinese time.

        Raises:
            ValueError: if it is neither date nor time.
        """
        if not self.valid_until:
            return None
        text = self.valid_until.replace("年", "-").replace("月", "-").replace("日", "").strip()
        day = _day(text)
        if day is not None:
            return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
        compact = len(text) == len("20260101000000") and text.isdigit()
        moment = datetime.strptime(text, _COMPACT_TIME) if compact else datetime.fromisoformat(text)  # noqa: DTZ007 - the offset follows
        return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def annotated_copy(license_: LicenseMetadata) -> AnnotatedCopy | None:
    """Return what a license says of itself as a copy, None for an original."""
    made_at, maker, purpose, until = (
        license_.fields.get(name, "") for name in (_MADE_AT, _MAKER, _PURPOSE, _UNTIL)
    )
    copy = AnnotatedCopy(made_at, maker, purpose, until)
    return copy if any((made_at, maker, purpose, until)) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())
