"""Where a path breaks off for want of an issuer's certificate, and where that can be had.

Nothing is fetched here, and what is fetched vouches for nobody: it is one more certificate that a path may
lead through to an anchor. Clause: RFC 5280, 4.2.2.1 (caIssuers).
"""

from __future__ import annotations

from collections.abc import Sequence

from asn1crypto import x509

from license_service.verification.crypto.algorithms import SignatureOutcome
from license_service.verification.crypto.certificates import load_certificate
from license_service.verification.crypto.issuance import IssuanceSignatures
from license_service.verification.crypto.names import certificate_names
from license_service.verification.crypto.revocation_points import RevocationPoint
from license_service.verification.crypto.turn import in_turn
from license_service.verification.limits import MAX_PATH_LENGTH, MAX_PATH_POOL

ISSUER = "issuer"
_MOST_POINTS = 4


def end_of_path(leaf: bytes, pool: Sequence[bytes]) -> bytes:
    """Return the certificate whose issuer is not in the pool, as far as names lead."""
    by_subject = {certificate_names(der)[1]: der for der in pool[:MAX_PATH_POOL]}
    end = leaf
    for _ in range(MAX_PATH_LENGTH):
        issuer = by_subject.get(certificate_names(end)[0])
        if issuer is None or issuer == end:
            break
        end = issuer
    return end


@in_turn
def issuer_points(certificate: bytes) -> tuple[RevocationPoint, ...]:
    """Return where a certificate says that its issuer's can be had; raises nothing."""
    try:
        accesses = x509.Certificate.load(certificate).authority_information_access_value or ()
        urls = [
            access["access_location"].native
            for access in accesses
            if access["access_method"].native == "ca_issuers"
            and access["access_location"].name == "uniform_resource_identifier"
        ]
    except Exception:  # noqa: BLE001 - asn1crypto raises many types on hostile DER; such a point leads nowhere
        return ()
    return tuple(RevocationPoint(ISSUER, url, certificate, b"") for url in urls[:_MOST_POINTS])


@in_turn
def is_issuer(candidate: bytes, certificate: bytes) -> bool:
    """Tell whether bytes are the certificate of who signed another one; raises nothing."""
    issuer, issued = load_certificate(candidate), load_certificate(certificate)
    if issuer is None or issued is None:
        return False
    try:
        return IssuanceSignatures().of_certificate(issued, issuer) is SignatureOutcome.VALID
    except Exception:  # noqa: BLE001 - asn1crypto raises many types on hostile DER; all mean that it is not
        return False
