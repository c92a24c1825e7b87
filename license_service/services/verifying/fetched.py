"""What was fetched for a verdict, written beside its report so that the verdict can be computed again.

Nothing here needs to be trusted: evidence and document are held to the digests that the report states.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, fields
from typing import Any

from license_service.errors import InvalidRequestError
from license_service.verification.document import FormatError
from license_service.verification.evidence import Evidence
from license_service.verification.strict_json import parse_object

MEMBER = "fetched"
_DOCUMENT = "document"
_KINDS = tuple(item.name for item in fields(Evidence))


@dataclass(frozen=True)
class Fetched:
    """Hold evidence that was fetched for a verdict, and the document where a register gave it."""

    evidence: Evidence
    document: bytes | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the member beside the report, empty where nothing was fetched."""
        told: dict[str, Any] = {
            kind: [_encoded(item) for item in items]
            for kind in _KINDS
            if (items := getattr(self.evidence, kind))
        }
        if self.document is not None:
            told[_DOCUMENT] = _encoded(self.document)
        return {MEMBER: told} if told else {}


NOTHING = Fetched(Evidence())


def read_fetched(data: bytes) -> Fetched:
    """Return what a line of `license-service verify --json` holds beside its report.

    Raises:
        InvalidRequestError: if that cannot be read.
    """
    try:
        told = parse_object(data).get(MEMBER, {})
        document = told.pop(_DOCUMENT, None)
        kinds = {kind: tuple(map(_decoded, items)) for kind, items in told.items()}
        return Fetched(Evidence(**kinds), None if document is None else _decoded(document))
    except (FormatError, ValueError, TypeError, AttributeError) as error:
        raise InvalidRequestError(f"the member `{MEMBER}` cannot be read") from error


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: object) -> bytes:
    if not isinstance(text, str):
        raise TypeError("not base64")
    return base64.b64decode(text, validate=True)
