"""Salted commitments: what the log says instead of a digest that could be tried out.

Whoever is given the salt and what was committed to computes the same; once the salt is erased, nobody does.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

_TAG = "license-service/commitment/v1"
_SALT_BYTES = 16


def draw_salt() -> str:
    """Return a fresh salt, which is kept sealed beside what it is for."""
    return secrets.token_hex(_SALT_BYTES)


def commit(salt: str, value: str) -> str:
    """Return the commitment to a value."""
    return "salted:" + hashlib.sha256(f"{_TAG}\n{salt}\n{value}".encode()).hexdigest()


def with_salted(members: Mapping[str, Any], name: str, salt: str) -> dict[str, Any]:
    """Return members of an event with a commitment in place of one of them, where it has a value."""
    value = members.get(name)
    return {**members, name: commit(salt, value)} if value else dict(members)
