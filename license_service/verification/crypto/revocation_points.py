"""Where the certificates of a path say that their revocation can be asked, and how OCSP is asked.

Nothing is fetched here. Clause: RFC 5280, 4.2.1.13 and 4.2.2.1; RFC 6960, 4.1; RFC 9654 (nonce).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from asn1crypto import ocsp, x509

from license_service.verification.crypto.ocsp import certificate_id
from license_service.verification.crypto.turn import in_turn
from license_service.verification.limits import MAX_OCSP_RESPONSES

CRL, OCSP = "crl", "ocsp"
_REQUEST_DIGEST = "SHA1"  # what every responder knows; an identifier only


@dataclass(frozen=True)
class RevocationPoint:
    """Hold an address that a certificate names, with that certificate and its issuer's."""

    kind: str
    url: str
    certificate: bytes
    issuer: bytes

    @property
    def fetchable(self) -> bool:
        """Tell whether it is an HTTP address; LDAP ones of government intranets are never fetched."""
        return self.url.lower().startswith(("http://", "https://"))


@in_turn
def revocation_points(chain: Sequence[bytes]) -> tuple[RevocationPoint, ...]:
    """Return the points of every certificate below the anchor, leaf first; raises nothing."""
    found: list[RevocationPoint] = []
    for certificate, issuer in pairwise(chain):
        try:
            urls = list(_urls(x509.Certificate.load(certificate)))
        except Exception:  # noqa: BLE001, S112 - asn1crypto raises many types on hostile DER; such a point leads nowhere
            continue
        found += [RevocationPoint(kind, url, certificate, issuer) for kind, url in urls]
    return tuple(dict.fromkeys(found))[:MAX_OCSP_RESPONSES]


@in_turn
def ocsp_request(point: RevocationPoint, nonce: bytes) -> bytes:
    """Return a request for the certificate of `point`."""
    certificate, issuer = x509.Certificate.load(point.certificate), x509.Certificate.load(point.issuer)
    identifier = certificate_id(certificate, issuer, _REQUEST_DIGEST)
    members = ("issuer_name_hash", "issuer_key_hash", "serial_number")
    named = dict(zip(members, identifier or (), strict=True))
    request = ocsp.OCSPRequest(
        {
            "tbs_request": {
                "request_list": [{"req_cert": {"hash_algorithm": {"algorithm": "sha1"}, **named}}],
                "request_extensions": [{"extn_id": "nonce", "critical": False, "extn_value": nonce}],
            }
        }
    )
    der: bytes = request.dump()
    return der


@in_turn
def answers_nonce(response: bytes, nonce: bytes) -> bool:
    """Tell whether a response can be read and has our nonce or none; responders may answer without.

    One without is held to its age like any other. Clause: RFC 9654, 2.1.
    """
    try:
        data = ocsp.OCSPResponse.load(response, strict=True).response_data
        extensions = data["response_extensions"] or ()
        return all(e["extn_value"].native == nonce for e in extensions if e["extn_id"].native == "nonce")
    except Exception:  # noqa: BLE001 - asn1crypto raises many types on hostile DER; all mean that it is no answer
        return False


def _urls(certificate: x509.Certificate) -> Iterator[tuple[str, str]]:
    for access in certificate.authority_information_access_value or ():
        if access["access_method"].native == "ocsp" and _is_url(access["access_location"]):
            yield OCSP, access["access_location"].native
    for extension in (certificate.crl_distribution_points_value, certificate.freshest_crl_value):
        for point in extension or ():
            name = point["distribution_point"]
            if name and name.name == "full_name":
                yield from ((CRL, general.native) for general in name.chosen if _is_url(general))


def _is_url(name: Any) -> bool:  # noqa: ANN401 - asn1crypto is untyped
    return bool(name.name == "uniform_resource_identifier")
