"""Where each check is prescribed: a clerk who refuses a license must be able to name the rule.

Keyed by the wire string of `CheckName`, so that `report` can read it.
"""

from __future__ import annotations

from collections.abc import Mapping

CLAUSES: Mapping[str, str] = {
    "format": "GB/T 38540-2020, 7.3 a); RFC 5652, 5.3; RFC 7515, 5.2",
    "signature_value": "GB/T 38540-2020, 7.3 b); GB/T 32918.2-2016, 7; RFC 5652, 5.6",
    "references": "GB/T 33190-2016, 18",
    "data_hash": "GB/T 38540-2020, 7.3 f); RFC 5652, 11.2",
    "seal_signature": "GB/T 38540-2020, 6.3 b) and c)",
    "signer_in_seal": "GB/T 38540-2020, 7.3 c)",
    "seal_validity": "GB/T 38540-2020, 7.3 d) and e); ETSI EN 319 102-1, 5.6.2.4",
    "certificate_path": "RFC 5280, 6.1; GB/T 38540-2020, 7.3 e)",
    "certificate_validity": "ETSI EN 319 102-1, 5.2.6; GM/T 0031-2014, 6.2.3 d)",
    "revocation": "RFC 5280, 6.3; GB/T 38540-2020, 7.3 e)",
    "algorithms": "ETSI EN 319 102-1, 5.2.8; ETSI TS 119 312",
    "coverage": "GM/T 0099-2020, annex D; ISO 32000-2, 12.8.1",
    "timestamp": "GB/T 38540-2020, 7.3 g); RFC 3161, 2.4.2",
    "key_binding": "RFC 9901, 7.3",
    "license_status": "GB/T 36903-2018 (status); draft-ietf-oauth-status-list, 8.3",
    "license_binding": "GB/T 36903-2018 (holder, issuer, validity)",
}
