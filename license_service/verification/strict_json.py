"""Parse JSON so that no two readers could see different things in it.

Repeated names, NaN, lone surrogates, numbers beyond 2^53 and deep nesting are refused.
Clause: RFC 8259, 4 and 8; RFC 7493 (I-JSON).
"""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import Any, NoReturn

from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_JSON_DEPTH

_LARGEST_EXACT = 2**53
_NO_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[^][{}"]++', re.DOTALL)
"""A whole text, or a run of what is no bracket; possessive, so linear whatever the bytes."""


def parse_json(data: bytes) -> Any:  # noqa: ANN401 - JSON
    """Parse UTF-8 JSON.

    Raises:
        FormatError: `JSON_*` if it is malformed or ambiguous.
    """
    try:
        text = data.decode("utf-8")
        _require_shallow(text)
        value = _DECODER.decode(text)
        if "\\u" in text:  # only an escape can bring in half a pair
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeError as error:
        raise FormatError("JSON_TEXT_MALFORMED") from error
    except (ValueError, RecursionError) as error:
        raise FormatError("JSON_MALFORMED") from error
    return value


def parse_object(data: bytes) -> dict[str, Any]:
    """Parse UTF-8 JSON whose value is an object.

    Raises:
        FormatError: `JSON_*`, or `JSON_NOT_AN_OBJECT`.
    """
    value = parse_json(data)
    if not isinstance(value, dict):
        raise FormatError("JSON_NOT_AN_OBJECT")
    return value


def _require_shallow(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_JSON_DEPTH:
        return
    depth = 0
    for bracket in _NO_BRACKETS.sub("", text):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_JSON_DEPTH:
            raise FormatError("JSON_TOO_DEEP")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FormatError("JSON_NAME_REPEATED")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise FormatError("JSON_NUMBER_REFUSED", name)


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise FormatError("JSON_NUMBER_REFUSED", "beyond a double")
    return value


def _exact_int(text: str) -> int:
    value = int(text)
    if abs(value) > _LARGEST_EXACT:
        raise FormatError("JSON_NUMBER_REFUSED", "beyond 2^53")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_constant=_refuse_constant,
    parse_int=_exact_int,
    parse_float=_finite,
)
"""Made once: making it costs more than decoding a header."""
