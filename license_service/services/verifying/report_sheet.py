"""A report as it goes on paper: what both renderings show, decided once.

A seal's picture is shown only where its signature passed: a print that bears a red seal is believed,
whatever the text beside it says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from license_service.clock import SHANGHAI, parse_instant
from license_service.domain.messages import Message, message
from license_service.domain.messages.names import CHECKS, INDICATIONS, KINDS, OUTCOMES, Name
from license_service.errors import InvalidRequestError
from license_service.services.verifying.explanation import Explanation, explain, explain_check
from license_service.verification.canonical import canonical_json
from license_service.verification.document import FormatError
from license_service.verification.presentation import AS_IS
from license_service.verification.report import Indication
from license_service.verification.verifier import parse_document

_MOST_REMARKS, _MOST_RULES = 40, 8
"""Remarks in the list of what is wrong, and broken rules told of one check."""
_MOST_PARTS = 8
"""Parts of a file named on paper; the report itself names all."""
_MOST_CHARACTERS = 200
"""Of one value on paper, so that a hostile name fills no pages."""


@dataclass(frozen=True)
class Row:
    """Hold a label in both languages and a value."""

    zh: str
    en: str
    value: str


@dataclass(frozen=True)
class Remark:
    """Hold what is said of one code: at which check of which signature, and of which parts of the file."""

    where: Name
    code: str
    text: Message
    parts: str


@dataclass(frozen=True)
class CheckLine:
    """Hold one check as a line of a table."""

    name: Name
    outcome: str
    outcome_name: Name
    clause: str
    remarks: tuple[Remark, ...]


@dataclass(frozen=True)
class SignatureSheet:
    """Hold one signature; `picture` is hostile bytes, None where it did not pass or no file was given."""

    number: int
    kind: Name
    outcome: str
    outcome_name: Name
    rows: tuple[Row, ...]
    checks: tuple[CheckLine, ...]
    picture: bytes | None


@dataclass(frozen=True)
class Sheet:
    """Hold a whole report."""

    outcome: str
    outcome_name: Name
    sub_indication: str
    remarks: tuple[Remark, ...]
    document: tuple[Row, ...]
    license: tuple[Row, ...]
    signatures: tuple[SignatureSheet, ...]
    basis: tuple[Row, ...]


def lay_out(report: Mapping[str, Any], document: bytes | None) -> Sheet:
    """Lay out a report, with the seal pictures where the document is at hand.

    Raises:
        InvalidRequestError: if `document` is not the one of the report.
    """
    if document is not None and hashlib.sha256(document).hexdigest() != report["sha256"]:
        raise InvalidRequestError("the document is not the one of the report")
    pictures = _pictures(document) if document is not None else {}
    return Sheet(
        outcome=report["indication"],
        outcome_name=INDICATIONS[report["indication"]],
        sub_indication=report["sub_indication"] or "",
        remarks=tuple(_remark(explanation) for explanation in explain(report)[:_MOST_REMARKS]),
        document=_document(report),
        license=_license(report["license"]) if report["license"] else (),
        signatures=tuple(_signature(item, pictures) for item in report["signatures"]),
        basis=_basis(report),
    )


def _pictures(document: bytes) -> dict[int, bytes]:
    try:
        parsed = parse_document(document, AS_IS)
    except FormatError:
        return {}
    return {s.index: s.seal.picture for s in parsed.signatures if s.seal is not None}


def _signature(signature: Mapping[str, Any], pictures: Mapping[int, bytes]) -> SignatureSheet:
    passed = signature["indication"] == Indication.TOTAL_PASSED
    return SignatureSheet(
        number=signature["index"] + 1,
        kind=KINDS[signature["kind"]],
        outcome=signature["indication"],
        outcome_name=INDICATIONS[signature["indication"]],
        rows=_signer(signature),
        checks=tuple(_line(signature["index"], check) for check in signature["checks"]),
        picture=pictures.get(signature["index"]) if passed else None,
    )


def _line(index: int, check: Mapping[str, Any]) -> CheckLine:
    told = [_remark(explanation) for explanation in explain_check(index, check)][:_MOST_RULES]
    return CheckLine(
        name=CHECKS[check["name"]],
        outcome=check["outcome"],
        outcome_name=OUTCOMES[check["outcome"]],
        clause=check["clause"],
        remarks=tuple(replace(remark, parts="" if i else remark.parts) for i, remark in enumerate(told)),
    )


def _remark(explanation: Explanation) -> Remark:
    parts, more = explanation.parts[:_MOST_PARTS], len(explanation.parts) - _MOST_PARTS
    return Remark(
        where=_where(explanation),
        code=explanation.code,
        text=message(explanation.code),
        parts=_short("；".join(parts)) + (f" …（+{more}）" if more > 0 else ""),
    )


def _where(explanation: Explanation) -> Name:
    if explanation.signature is None or explanation.check is None:
        return "文件", "document"
    (zh, en), number = CHECKS[explanation.check], explanation.signature + 1
    return f"签名 {number} · {zh}", f"signature {number}, {en}"


def _document(report: Mapping[str, Any]) -> tuple[Row, ...]:
    stated = report["presentation"]
    return _filled(
        Row("核验时点", "Validation time", _shanghai(parse_instant(report["validation_time"]))),
        Row("文件格式", "Format", report["format"].upper()),
        Row("文件摘要", "SHA-256", report["sha256"]),
        Row("核验的持证主体", "Holder asked for", stated["holder"] or ""),
        Row("出示的证照标识", "Identifier presented", stated["identifier"] or ""),
        Row("用证事由", "Purpose", stated["purpose"] or ""),
    )


def _license(license_: Mapping[str, Any]) -> tuple[Row, ...]:
    holders = "；".join(f"{holder['name']} {holder['id']}".strip() for holder in license_["holders"])
    until = license_["valid_until"] or "长期 no end"
    return _filled(
        Row("证照名称", "License", license_["name"]),
        Row("证照编号", "Number", license_["number"]),
        Row("证照标识", "Identifier", license_["identifier"]),
        Row("证照类型代码", "Type code", license_["type_code"]),
        Row("持证主体", "Holder", holders),
        Row("颁发机构", "Issuer", f"{license_['issuer']} {license_['issuer_code']}".strip()),
        Row("有效期", "Validity", f"{license_['valid_from'] or '…'} — {until}"),
    )


def _signer(signature: Mapping[str, Any]) -> tuple[Row, ...]:
    signer, claimed = signature["signer"] or {}, signature["signing_time"]
    return _filled(
        Row("签名人", "Signer", signer.get("subject", "")),
        Row("证书签发者", "Certificate issuer", signer.get("issuer", "")),
        Row("证书序列号", "Serial", signer.get("serial", "")),
        Row("声称的签署时间", "Claimed time", _shanghai(parse_instant(claimed)) if claimed else ""),
        Row("算法", "Algorithm", signature["algorithm"]),
    )


def _basis(report: Mapping[str, Any]) -> tuple[Row, ...]:
    policy, software = report["policy"], report["software"]
    return (
        Row("核验策略", "Policy", f"{policy['id']} {policy['version']} {policy['digest']}"),
        Row("信任列表", "Trust store", report["trust"]["digest"]),
        Row("证据", "Evidence", report["evidence"]["digest"]),
        Row("软件", "Software", f"{software['name']} {software['version']}"),
        Row("报告摘要", "Report digest", f"sha256:{hashlib.sha256(canonical_json(report)).hexdigest()}"),
    )


def _filled(*rows: Row) -> tuple[Row, ...]:
    return tuple(replace(row, value=_short(row.value)) for row in rows if row.value)


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"


def _shanghai(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}（北京时间 UTC+8）"
