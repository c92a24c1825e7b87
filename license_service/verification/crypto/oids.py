"""One canonical name for each algorithm, whatever a format calls it.

Clause: GM/T 0006-2012 (SM2, SM3), RFC 8017, RFC 5758, RFC 8410.
"""

from __future__ import annotations

from asn1crypto import algos, core
from asn1crypto import keys as asn1_keys

SM2_CURVE = "1.2.156.10197.1.301"
SM2_WITH_SM3 = "1.2.156.10197.1.501"
SM3 = "1.2.156.10197.1.401"
_RSA, _RSA_PSS, _EC_PUBLIC_KEY = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.10045.2.1"

_DIGESTS = {
    SM3: "SM3",
    f"{SM3}.1": "SM3",
    f"{SM3}.2": "SM3",
    "1.3.14.3.2.26": "SHA1",
    "1.2.840.113549.2.5": "MD5",
    "2.16.840.1.101.3.4.2.1": "SHA256",
    "2.16.840.1.101.3.4.2.2": "SHA384",
    "2.16.840.1.101.3.4.2.3": "SHA512",
}
_DIGEST_NAMES = frozenset(_DIGESTS.values())

_SIGNATURES = {
    SM2_WITH_SM3: "SM2-SM3",
    "1.2.840.10045.4.3.2": "ECDSA-SHA256",
    "1.2.840.10045.4.3.3": "ECDSA-SHA384",
    "1.2.840.10045.4.3.4": "ECDSA-SHA512",
    "1.2.840.113549.1.1.5": "RSA-SHA1",
    "1.2.840.113549.1.1.11": "RSA-SHA256",
    "1.2.840.113549.1.1.12": "RSA-SHA384",
    "1.2.840.113549.1.1.13": "RSA-SHA512",
    "1.3.101.112": "ED25519",
}
_FAMILIES = {  # algorithms that leave the digest to a second identifier
    _RSA: "RSA",
    _RSA_PSS: "RSA-PSS",
    _EC_PUBLIC_KEY: "ECDSA",
    SM2_CURVE: "SM2",
    f"{SM2_CURVE}.1": "SM2",
}


def canonical_digest(name: str) -> str | None:
    """Return the canonical name for an OID or a name such as `sha-256`; None where unknown."""
    plain = name.strip().upper().replace("-", "").replace("_", "")
    return _DIGESTS.get(name.strip()) or (plain if plain in _DIGEST_NAMES else None)


def canonical_signature(oid: str, digest: str | None = None) -> str | None:
    """Return the canonical name for a signature OID, with the digest where the OID leaves it open.

    `ecPublicKey` with SM3 is SM2: that is how some Chinese signers write it.
    """
    if oid in _SIGNATURES:
        return _SIGNATURES[oid]
    family, hash_name = _FAMILIES.get(oid), canonical_digest(digest) if digest else None
    if family is None or hash_name is None:
        return None
    if hash_name == "SM3":
        return "SM2-SM3" if family in ("ECDSA", "SM2") else None
    return None if family == "SM2" else f"{family}-{hash_name}"


def _register() -> None:
    """Teach asn1crypto the Chinese identifiers, so that its types can be read; idempotent."""
    # asn1crypto has no public registry; its maps are class attributes made for this.
    algos.DigestAlgorithmId._map[SM3] = "sm3"  # noqa: SLF001 - see above
    algos.DigestAlgorithmId._reverse_map = None  # noqa: SLF001 - see above
    algos.SignedDigestAlgorithmId._map[SM2_WITH_SM3] = "sm2_sm3"  # noqa: SLF001 - see above
    algos.SignedDigestAlgorithmId._reverse_map = None  # noqa: SLF001 - see above
    algos.SignedDigestAlgorithmId._map[f"{SM2_CURVE}.1"] = "sm2"  # noqa: SLF001 - see above
    asn1_keys.NamedCurve.register("sm2p256v1", SM2_CURVE, 32)
    asn1_keys.PublicKeyAlgorithmId("ec")  # fixes how `ec` is written, before a second way to read it
    asn1_keys.PublicKeyAlgorithmId._map[SM2_CURVE] = "ec"  # noqa: SLF001 - some CAs name the curve twice
    _extend_signed_digest()


def _extend_signed_digest() -> None:
    base = algos.SignedDigestAlgorithm
    signature_algo, hash_algo = base.signature_algo.fget, base.hash_algo.fget

    def sm2_signature_algo(self: core.Sequence) -> str:
        return "sm2" if self["algorithm"].native in ("sm2_sm3", "sm2") else str(signature_algo(self))

    def sm2_hash_algo(self: core.Sequence) -> str:
        return "sm3" if self["algorithm"].native in ("sm2_sm3", "sm2") else str(hash_algo(self))

    if signature_algo.__name__ != "sm2_signature_algo":
        base.signature_algo, base.hash_algo = property(sm2_signature_algo), property(sm2_hash_algo)


_register()
