"""Answer timestamp requests as a demonstration authority does. Clause: RFC 3161, 2.4."""

from __future__ import annotations

from dataclasses import replace

from asn1crypto import cms, tsp

from license_service.demo.cms import Authority


def answer(request: bytes, authority: Authority) -> bytes:
    """Return the response to a request whose digest is the one of the authority's key."""
    asked = tsp.TimeStampReq.load(request)
    stamping = authority if asked["cert_req"].native else replace(authority, chain=())
    token = stamping.stamp_digest(asked["message_imprint"]["hashed_message"].native, asked["nonce"].native)
    response = {"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)}
    der: bytes = tsp.TimeStampResp(response).dump()
    return der
