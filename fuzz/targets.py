"""What is fuzzed: each parser by name, and the seeds it starts from."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from license_service.demo.certificates import Identity, Life, Subject, issue, issue_crl
from license_service.demo.cms import Authority, sign_cms
from license_service.demo.containers import sign_jws
from license_service.demo.credentials import issue_credential, sign_status_list, to_json_form
from license_service.demo.keys import KeyFamily, generate_key
from license_service.demo.ofd import pack, unpack
from license_service.demo.pdf import PdfSigning, sign_pdf, write_license
from license_service.demo.responder import answer
from license_service.verification.crypto.certificates import read_certificate
from license_service.verification.crypto.crl_lists import read_crl
from license_service.verification.crypto.instants import Instant
from license_service.verification.crypto.issuance import IssuanceSignatures
from license_service.verification.crypto.ocsp import OcspJudge
from license_service.verification.crypto.revocation_answers import Times
from license_service.verification.crypto.signed_data import parse_signed_data
from license_service.verification.crypto.status_list import read_status_list
from license_service.verification.crypto.timestamps import read_token
from license_service.verification.formats.cms import parse_cms
from license_service.verification.formats.jws import parse_jws
from license_service.verification.formats.ofd import parse_ofd
from license_service.verification.formats.ofd.gbt35275 import parse_plain_signature
from license_service.verification.formats.ofd.package import read_package
from license_service.verification.formats.ofd.seal import parse_sealed_signature
from license_service.verification.formats.pdf import parse_pdf
from license_service.verification.formats.sd_jwt import parse_sd_jwt
from license_service.verification.strict_json import parse_json
from license_service.verification.strict_xml import parse_xml

_CORPUS = Path(__file__).resolve().parents[1] / "corpus"
_JSON = b'{"a":[1,-2.5e3,"\\u00e9",null,true,{"b":{}}]}'
_LARGEST_SEED = 64 * 1024


def parsers() -> dict[str, Callable[[bytes], object]]:
    """Return every parser; `ofd` is given a member, since a mutated zip seldom gets past its checksums."""
    members = unpack(next(_documents(_OFD, "OfdZip")))
    names = sorted(members)

    def parse_member(data: bytes) -> object:
        name = names[data[0] % len(names)] if data else names[0]
        return parse_ofd(pack({**members, name: data[1:]}))

    return {
        "zip": read_package,
        "ofd": parse_member,
        "xml": parse_xml,
        "seal": parse_sealed_signature,
        "plain": lambda data: parse_plain_signature(0, data, b"<a/>"),
        "signed-data": parse_signed_data,
        "cms": parse_cms,
        "jws": parse_jws,
        "pdf": parse_pdf,
        "json": parse_json,
        "sd-jwt": parse_sd_jwt,
        "sd-jwt-json": parse_sd_jwt,
        "status-list": read_status_list,
        "timestamp": lambda data: read_token(data, b""),
        "certificate": read_certificate,
        "crl": read_crl,
        "ocsp": _judge_response,
    }


def _judge_response(data: bytes) -> object:
    """Judge a published certificate by a response, its issuer being itself: both processes know it."""
    certificate, moment = _published().asn1, datetime.now(UTC)
    times = Times(Instant(moment), Instant(moment))
    judge = OcspJudge([data], times, timedelta(days=1), IssuanceSignatures(), lambda *_: False)
    return list(judge.answers(certificate, (certificate,)))


@cache
def _published() -> Identity:
    seals = (piece for document in _documents(_SEAL, "SesSeal") for piece in _pieces("seal", document))
    certificate = parse_sealed_signature(next(seals)).signer_certificate
    return Identity(certificate, generate_key(KeyFamily.EC))


def seeds(name: str) -> Iterator[bytes]:
    """Yield inputs a parser reads, and the corpus's attacks on it."""
    if name == "json":
        yield _JSON
    elif name in _SOURCES:
        file, kind = _SOURCES[name]
        for document in _documents(file, kind):
            yield from _pieces(name, document)
    else:
        yield _signed(name)


_OFD, _SEAL, _SM2 = "ofd_attack_test.json", "ses_seal_test.json", "sm2_verify_test.json"
_SOURCES = {
    "zip": (_OFD, "OfdZip"),
    "ofd": (_OFD, "OfdXml"),
    "xml": (_OFD, "OfdXml"),
    "seal": (_SEAL, "SesSeal"),
    "plain": (_SM2, "Sm2CmsVerify"),
    "signed-data": (_SM2, "Sm2CmsVerify"),
}


def _pieces(name: str, document: bytes) -> Iterator[bytes]:
    """Yield what a target is given of a document."""
    if name not in ("ofd", "xml", "seal"):
        yield document
        return
    for index, (member, data) in enumerate(sorted(unpack(document).items())):
        if name == "ofd":
            yield bytes([index]) + data
        elif member.endswith(".xml" if name == "xml" else ".dat"):
            yield data


def _signed(name: str) -> bytes:
    now = datetime.now(UTC)
    signer = issue(Subject("fuzz", "fuzz"), generate_key(KeyFamily.EC), None, Life.around(now))
    fields, chain = {"ZZBS": "1", "ZZBH": "2"}, (signer.certificate,)

    def credential() -> bytes:
        return issue_credential({"vct": "fuzz", **fields}, ("ZZBH",), signer, chain).present()

    makers: dict[str, Callable[[], bytes]] = {
        "jws": lambda: sign_jws(fields, signer, chain, now),
        "cms": lambda: sign_cms(fields, signer, chain, now),
        "pdf": lambda: sign_pdf(write_license(fields), PdfSigning(signer, chain), now),
        "sd-jwt": credential,
        "sd-jwt-json": lambda: to_json_form(credential(), general=True),
        "status-list": lambda: sign_status_list("https://fuzz.example/1", (0, 1, 2), signer, chain, now),
        "timestamp": lambda: Authority(signer, chain, now)(b""),
        "certificate": lambda: signer.certificate,
        "crl": lambda: issue_crl(signer, [(signer.certificate, now)], now),
        "ocsp": lambda: answer(_published(), _published(), _published(), Life.around(now)),
    }
    return makers[name]()


def _documents(file: str, kind: str) -> Iterator[bytes]:
    for group in json.loads((_CORPUS / file).read_text())["testGroups"]:
        if group["type"].startswith(kind):
            documents = (base64.b64decode(test["document"]) for test in group["tests"])
            yield from (document for document in documents if len(document) <= _LARGEST_SEED)
