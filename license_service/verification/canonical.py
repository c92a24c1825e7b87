"""The one byte string for a JSON value: what a replay compares and what a printed report names by digest.

Clause: RFC 8785, without floats: a report holds none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping


def canonical_json(value: Mapping[str, object]) -> bytes:
    """Encode a report, or any JSON object without floats.

    Raises:
        TypeError: for a float, or what is no JSON.
        UnicodeEncodeError: for a lone surrogate.
    """
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":")).encode()


def _ordered(value: object) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case Mapping():
            # RFC 8785, 3.2.3: members in the order of their UTF-16 code units.
            names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
            return {name: _ordered(value[name]) for name in names}
        case list() | tuple():
            return [_ordered(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")
