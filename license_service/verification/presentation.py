"""How a document is presented: for whom, for what, and what is needed to read it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Presentation:
    """Hold what the caller knows beside the document itself; None leaves that open.

    `holder` is the USCC or citizen id the license must belong to. `purpose` is what it is used for
    (用证事由), which an annotated copy must have been made for. `content` is what a detached signature
    is over. `password` opens an encrypted PDF. `audience` and `nonce` are what the holder was asked to
    sign when presenting a credential. `identifier` is what was presented in place of a document, which
    the register gave for it.
    """

    holder: str | None = None
    purpose: str | None = None
    content: bytes | None = None
    password: str | None = None
    audience: str | None = None
    nonce: str | None = None
    identifier: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what the verdict depended on, for a reader who has the content and the password.

        A report names the holders of a license anyway, so it names the one asked for. The content is
        stated by its digest; a password never leaves this object.
        """
        return {
            "holder": self.holder,
            "purpose": self.purpose,
            "content_sha256": None if self.content is None else hashlib.sha256(self.content).hexdigest(),
            "password_given": self.password is not None,
            "audience": self.audience,
            "nonce": self.nonce,
            "identifier": self.identifier,
        }


AS_IS = Presentation()
"""Nothing is known beside the document."""
