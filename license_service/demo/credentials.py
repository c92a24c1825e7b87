"""Issue and present SD-JWT VCs, and keep the status of licenses in a signed list.

Clause: RFC 9901, 4; draft-ietf-oauth-sd-jwt-vc, 3; draft-ietf-oauth-status-list-17, 4 and 5.
"""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from license_service.demo.certificates import Identity
from license_service.demo.jose import chain_header, public_jwk, sign_compact, to_json
from license_service.demo.keys import PrivateKey
from license_service.verification.crypto.jose import encode_base64url

_SALT_BYTES = 16


@dataclass(frozen=True)
class Credential:
    """Hold what an issuer gives a holder: the signed token and one disclosure for each hidden claim."""

    token: bytes
    disclosures: Mapping[str, bytes]

    def present(self, shown: Collection[str] | None = None) -> bytes:
        """Return the token with the disclosures called `shown`, or all of them."""
        names = self.disclosures if shown is None else [name for name in self.disclosures if name in shown]
        return b"~".join((self.token, *(self.disclosures[name] for name in names), b""))


def issue_credential(
    claims: Mapping[str, object],
    hidden: Collection[str],
    signer: Identity,
    chain: Sequence[bytes],
    *,
    holder: PrivateKey | None = None,
) -> Credential:
    """Sign `claims`, those called `hidden` by digest only, for the holder of a key."""
    disclosures = {name: make_disclosure(name, claims[name]) for name in hidden}
    payload = {
        **{name: value for name, value in claims.items() if name not in hidden},
        "_sd": sorted(digest_text(disclosure) for disclosure in disclosures.values()),
        "_sd_alg": "sha-256",
    }
    if holder is not None:
        payload["cnf"] = {"jwk": public_jwk(holder)}
    header = {"typ": "dc+sd-jwt", **chain_header(chain)}
    return Credential(sign_compact(header, payload, signer.key), disclosures)


def bind_key(presented: bytes, holder: PrivateKey, audience: str, nonce: str, at: datetime) -> bytes:
    """Append the holder's own signature over what is presented, for whom and when."""
    claims = {
        "aud": audience,
        "nonce": nonce,
        "iat": int(at.timestamp()),
        "sd_hash": digest_text(presented),
    }
    return presented + sign_compact({"typ": "kb+jwt"}, claims, holder)


def to_json_form(presented: bytes, *, general: bool = False) -> bytes:
    """Write a compact presentation as JSON, flattened or general (RFC 9901, 8)."""
    token, *disclosures, binding = presented.decode().split("~")
    protected, payload, signature = token.split(".")
    header: dict[str, object] = {"disclosures": disclosures} | ({"kb_jwt": binding} if binding else {})
    entry = {"protected": protected, "signature": signature, "header": header}
    return to_json({"payload": payload, **({"signatures": [entry]} if general else entry)})


def make_disclosure(name: str, value: object) -> bytes:
    """Return the base64url text of a salted claim."""
    salt = encode_base64url(secrets.token_bytes(_SALT_BYTES)).decode()
    return encode_base64url(to_json([salt, name, value]))


def digest_text(data: bytes) -> str:
    """Return the SHA-256 in base64url, as `_sd` and `sd_hash` hold it."""
    return encode_base64url(hashlib.sha256(data).digest()).decode()


def sign_status_list(
    uri: str,
    statuses: Sequence[int],
    signer: Identity,
    chain: Sequence[bytes],
    at: datetime,
    *,
    bits: int = 2,
    **claims: object,
) -> bytes:
    """Make a status list token of `statuses`, each in so many bits."""
    packed = encode_base64url(zlib.compress(pack_statuses(statuses, bits))).decode()
    payload = {
        "sub": uri,
        "iat": int(at.timestamp()),
        "status_list": {"bits": bits, "lst": packed},
        **claims,
    }
    return sign_compact({"typ": "statuslist+jwt", **chain_header(chain)}, payload, signer.key)


def pack_statuses(statuses: Sequence[int], bits: int) -> bytes:
    """Pack statuses into bytes, the first in the lowest bits."""
    per_byte = 8 // bits
    packed = bytearray(-(-len(statuses) // per_byte))
    for index, status in enumerate(statuses):
        packed[index // per_byte] |= status << bits * (index % per_byte)
    return bytes(packed)
