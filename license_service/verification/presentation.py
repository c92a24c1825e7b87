"""How a document is presented: for whom, for what, and what is needed to read it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Presentation:
    """Hold what the caller knows beside the document itself; None leaves that open.

    `holder` is the USCC or citizen id the license must belong to. `purpose` is what it is used for
    (用证事由), which an annotated copy must have been made for. `content` is what a detached signature
    is over. `password` opens an encrypted PDF. `audience` and `nonce` are what the holder was asked to
    sign when presenting a credential.
    """

    holder: str | None = None
    purpose: str | None = None
    content: bytes | None = None
    password: str | None = None
    audience: str | None = None
    nonce: str | None = None


AS_IS = Presentation()
"""Nothing is known beside the document."""
