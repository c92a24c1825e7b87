"""Base64 as it is written here: one spelling of each value, so that no changed character means the same."""

from __future__ import annotations

import base64


def encode_base64(data: bytes) -> str:
    """Encode with padding. Clause: RFC 4648, 4."""
    return base64.b64encode(data).decode()


def decode_base64(text: str) -> bytes:
    """Decode the one spelling there is; bits that mean nothing must be zero. Clause: RFC 4648, 3.5.

    Raises:
        ValueError: for any other text.
    """
    data = base64.b64decode(text, validate=True)
    if encode_base64(data) != text:
        raise ValueError("base64 with stray bits")
    return data
