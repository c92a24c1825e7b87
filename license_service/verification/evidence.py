"""What was fetched or handed over before verifying: CRLs, OCSP responses and certificates, as bytes.

Keeping them is what lets every verdict be computed again, bit for bit.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Evidence:
    """Hold DER CRLs, OCSP responses and intermediate certificates; the digest ignores their order."""

    crls: tuple[bytes, ...] = ()
    certificates: tuple[bytes, ...] = ()
    ocsp_responses: tuple[bytes, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Return `sha256:` over the sorted digests of every item, each with its kind."""
        items = [("crl", c) for c in self.crls] + [("certificate", c) for c in self.certificates]
        items += [("ocsp", r) for r in self.ocsp_responses]
        lines = sorted(f"{kind} {hashlib.sha256(data).hexdigest()}\n" for kind, data in items)
        body = "license-service/evidence/v1\n" + "".join(lines)
        return "sha256:" + hashlib.sha256(body.encode()).hexdigest()

    def joined(self, more: Evidence) -> Evidence:
        """Return this evidence with what `more` adds to it."""
        return Evidence(
            crls=tuple(dict.fromkeys((*self.crls, *more.crls))),
            certificates=tuple(dict.fromkeys((*self.certificates, *more.certificates))),
            ocsp_responses=tuple(dict.fromkeys((*self.ocsp_responses, *more.ocsp_responses))),
        )
