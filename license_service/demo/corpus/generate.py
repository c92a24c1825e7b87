"""Make the corpus: fresh keys, every case, and the files that are published.

The keys are thrown away with the process. What is written holds its own anchors, CRLs and validation
time, so it verifies for ever.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from license_service.demo.corpus.authority import Authority, create_authority
from license_service.demo.corpus.license_cases import license_rows
from license_service.demo.corpus.package import Kit
from license_service.demo.corpus.package_cases import package_rows
from license_service.demo.corpus.seal_cases import seal_groups
from license_service.demo.corpus.sm2_certificates import certificate_group
from license_service.demo.corpus.sm2_keys import key_groups
from license_service.demo.corpus.sm2_values import value_groups
from license_service.demo.corpus.suite import Group, Suite, write_suites
from license_service.demo.corpus.xml_cases import xml_rows
from license_service.demo.corpus.zip_cases import zip_rows

_GENUINE = "Nothing is wrong; a verifier that refuses it is as wrong as one that accepts an attack."
_SM2_NOTES = {
    "Genuine": _GENUINE,
    "WrongId": "Z is computed with another user id than 1234567812345678.",
    "WrongZ": "e is computed without Z, or with another Z than the standard's.",
    "WrongDigest": "Another digest than SM3 is used somewhere.",
    "WrongEquation": "The value comes from another key, or from another signature scheme on the curve.",
    "Range": "r or s is 0, at least n, negative, or r + s is 0 modulo n; or the pair is a near miss.",
    "Encoding": "The value is not the one DER encoding of the pair, or not r then s of 32 octets each.",
    "Altered": "The message or content differs from the signed one.",
    "KeyEncoding": "The key is not an uncompressed point under an SM2 identifier.",
    "WrongKey": "The point is not on the curve, or is another key's.",
    "Forgery": "Made without the private key to pass where one check of the standard is left out.",
    "KeyUsage": "The certificate must not sign: it is the encryption half of a pair, or an authority's.",
    "Certificate": "The certificate is revoked, self-made, another's, or not valid when it signed.",
    "Digest": "The algorithms named and used do not agree.",
    "Attributes": "Signed attributes are missing, so content or certificate could be exchanged.",
    "Value": "The signature value is cut.",
}
_SEAL_NOTES = {
    "Genuine": _GENUINE,
    "NotListed": "The seal does not list the signer's certificate, whole or by digest.",
    "WrongSigner": "The signer is not who the license names as issuer, or another key signed.",
    "WrongMaker": "The seal was made by its own signer, or under another maker's certificate.",
    "KeyUsage": "The signer's certificate must not sign.",
    "Revoked": "The signer's or the maker's certificate is on the CRL.",
    "SelfMade": "Nobody who is trusted vouches for the signer or the maker.",
    "Time": "Seal or certificate was not valid when it signed.",
    "AlteredSeal": "The seal was altered after its maker signed it, or signed in another way.",
    "DataHash": "The digest is not that of Signature.xml.",
    "PropertyInfo": "The signature names another file than the one that is signed.",
    "CriticalExtension": "An extension nobody knows is marked critical: undetermined, or refused.",
    "Value": "The signature value is malformed or over something else.",
    "Encoding": "The structure is not DER, or a member has another type.",
    "ExtraMember": "A structure has members beyond those of its standard.",
    "MissingMember": "A structure lacks a member of its standard.",
    "Algorithm": "Another algorithm is named than SM2 with SM3.",
    "FirstGeneration": "One thing is wrong with a seal or signature of GM/T 0031.",
    "FifthVersion": "One thing is wrong with a seal of version 5.",
}
_OFD_NOTES = {
    "Genuine": _GENUINE,
    "DuplicateName": "Two members have one name to some reader (B3, B4).",
    "UnsafeName": "A member's name leads elsewhere, or reads differently on some machine (B4).",
    "LocalMismatch": "The member's own header gives another name (B3).",
    "Frame": "Something stands before, behind or between what the zip lists (B5).",
    "Overlap": "Members overlap, or do not lie where the directory says (B6).",
    "Lie": "Sizes, checksum, flags or bytes do not agree (B7, B8).",
    "Method": "A compression method other than stored and deflate (B8).",
    "Bomb": "Small bytes that inflate to many, or too many members (B7).",
    "Uncovered": "A member is under no signature (B1, B2).",
    "Altered": "A member was changed, exchanged or removed after signing (B9).",
    "Reference": "A reference leads elsewhere, or two lead to one member (B16).",
    "Digest": "A weak or unknown digest, or one that is not what is said (B15).",
    "Swapped": "Parts of another license of the same signer (B9).",
    "Stranger": "Somebody whom nobody vouches for signed, alone or on top (B12, B13).",
    "Doctype": "A document type declaration: entities, files, addresses (B17).",
    "Malformed": "XML that is malformed, in another encoding, or nested beyond reason (B19).",
    "Twice": "An element that decides occurs twice (B18).",
    "Structure": "An element is missing, moved or in another namespace (B18).",
    "SignatureList": "The list of signatures, which no signature covers, was changed (B14).",
    "Meaning": "Another holder, type, issuer or day (B47 to B51).",
    "AlteredText": "Text of the license or of its page was altered after signing (B53).",
    "Seal": "The seal is another's, altered, or not valid (B10, B11).",
    "SelfMade": "A seal that nobody who is trusted made (B12, B52).",
    "Polyglot": "The file is of two kinds, or of another (B54).",
}


def generate(out: Path, moment: datetime) -> dict[str, int]:
    """Write the three files below `out`; return how many cases each holds."""
    authority = create_authority(moment.replace(microsecond=0))
    return write_suites((_sm2(authority), _seals(authority), _ofd(authority)), out)


def _sm2(authority: Authority) -> Suite:
    groups: tuple[Group[Any], ...] = (*value_groups(), *key_groups(), certificate_group(authority))
    return Suite("sm2_verify_test.json", "SM2", _SM2_NOTES, groups)


def _seals(authority: Authority) -> Suite:
    return Suite("ses_seal_test.json", "SES", _SEAL_NOTES, seal_groups(authority))


def _ofd(authority: Authority) -> Suite:
    kit, shared = Kit.of(authority), authority.shared()
    families = {
        "OfdZip": zip_rows(),
        "OfdPackage": package_rows(),
        "OfdXml": xml_rows(),
        "OfdLicense": license_rows(),
    }
    groups = tuple(Group(name, shared, kit, rows) for name, rows in families.items())
    return Suite("ofd_attack_test.json", "OFD", _OFD_NOTES, groups)
