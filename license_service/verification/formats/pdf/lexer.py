"""Find where an object ends before a parser is let loose on it.

pyHanko reads character by character, without a bound, and loops for ever on a comment that the file
ends in. What has been walked here ends, is not too deep, and its length is known.
Clause: ISO 32000-2, 7.2 and 7.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_PDF_DEPTH

_TOKEN = re.compile(
    rb"(?:[\0\t\n\f\r ]++|%[^\r\n]*+[\r\n])*+"
    rb"(?:(?P<open><<|\[)|(?P<close>>>|\])"
    rb"|(?P<hex><[0-9A-Fa-f\0\t\n\f\r ]*+>)"
    # Parentheses in parentheses are legal; more than three levels have not been met.
    rb"|(?P<text>\((?:[^()\\]|\\.|\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*+\))*+\))*+\))"
    rb"|(?P<plain>/?[^\0\t\n\f\r ()<>\[\]{}/%]++|/))",
    re.DOTALL,
)
_NESTING = {"open": 1, "close": -1}
_LONG_HEX = 1024


@dataclass(frozen=True)
class Extent:
    """Say where an object begins and ends; `contents` is the span of a long hex string under /Contents."""

    begin: int
    end: int
    contents: tuple[int, int] | None

    @property
    def work(self) -> int:
        """Return the bytes that have to be read one by one."""
        begin, end = self.contents or (0, 0)
        return self.end - self.begin - (end - begin)


def find_extent(data: bytes, begin: int, budget: int) -> Extent:
    """Walk the object at `begin`.

    Raises:
        FormatError: `PDF_MALFORMED` if it does not end, `PDF_TOO_COMPLEX` if it is too long or too deep.
    """
    depth, position, previous, contents = 0, begin, None, None
    limit = begin + budget
    while position <= limit and (token := _TOKEN.match(data, position)):
        position, kind = token.end(), token.lastgroup or ""
        depth += _NESTING.get(kind, 0)
        if kind == "hex" and depth == 1 and previous == b"/Contents":
            span = token.span("hex")
            if span[1] - span[0] > _LONG_HEX:
                contents, limit = span, limit + span[1] - span[0]
        previous = token["plain"]
        if depth <= 0:
            return Extent(begin, position, contents)
        if depth > MAX_PDF_DEPTH:
            raise FormatError("PDF_TOO_COMPLEX", "nesting")
    raise FormatError("PDF_TOO_COMPLEX" if position > limit else "PDF_MALFORMED", "an object does not end")
