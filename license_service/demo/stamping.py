"""Answer timestamp requests as a demonstration authority does. Clause: RFC 3161, 2.4."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from asn1crypto import cms, pem, tsp

from license_service.clock import Clock
from license_service.demo.cms import Authority
from license_service.demo.neighbors import Answer
from license_service.demo.pki import DemoPki


@dataclass(frozen=True)
class TimestampOffice:
    """Stamp as an office beside the service does; its clock is the demonstration's."""

    pki: DemoPki
    clock: Clock

    def save_certificates(self, path: Path) -> str:
        """Write whom the service shall believe, up to the root; return the path for the settings."""
        chain = (*self.pki.chain("tsa"), self.pki["rsa-root"].certificate)
        path.write_bytes(b"".join(pem.armor("CERTIFICATE", item) for item in chain))
        return str(path)

    def respond(self, _path: str, _headers: dict[str, str], body: bytes) -> Answer:
        """Stamp."""
        return 200, answer(body, self.pki.authority("tsa", self.clock.now().replace(microsecond=0)))


def answer(request: bytes, authority: Authority) -> bytes:
    """Return the response to a request whose digest is the one of the authority's key."""
    asked = tsp.TimeStampReq.load(request)
    stamping = authority if asked["cert_req"].native else replace(authority, chain=())
    token = stamping.stamp_digest(asked["message_imprint"]["hashed_message"].native, asked["nonce"].native)
    response = {"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)}
    der: bytes = tsp.TimeStampResp(response).dump()
    return der
