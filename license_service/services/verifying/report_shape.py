"""The shape of a report on the wire: its JSON Schema, and reading one back from a file.

`VerificationReport.to_json` writes it, this reads it; tests hold every report that they make to both.
Every enum is closed and every object of ours too, but `detail`, which is each check's own. No number is
a float: a report has canonical bytes.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from license_service.errors import InvalidRequestError
from license_service.verification.canonical import canonical_json
from license_service.verification.document import FormatError
from license_service.verification.report import (
    CheckName,
    DocumentFormat,
    Indication,
    Outcome,
    SignatureKind,
    SubIndication,
)
from license_service.verification.strict_json import parse_object

SCHEMA_ID = "urn:license-service:schema:report:1"
_BESIDE_A_REPORT = frozenset({"file", "messages", "fetched", "validation_token"})
"""What a line of `license-service verify --json` holds besides the report."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DetailShape(BaseModel):
    """Hold what a check found, by names of its own; `failures` are the codes of all rules it broke."""

    model_config = ConfigDict(extra="allow", frozen=True)

    failures: list[Code] = []


class CheckShape(_Closed):
    """Hold one check; `code` is OK where it passed."""

    name: CheckName
    outcome: Outcome
    code: Code
    clause: str
    detail: DetailShape


class SignerShape(_Closed):
    """Name the signer's certificate: RFC 4514 texts and the serial in lower-case hex."""

    subject: str
    issuer: str
    serial: str


class SignatureShape(_Closed):
    """Hold one signature; `signing_time` is what it claims."""

    index: Annotated[int, Field(ge=0)]
    kind: SignatureKind
    indication: Indication
    sub_indication: SubIndication | None
    signer: SignerShape | None
    signing_time: AwareDatetime | None
    algorithm: str
    checks: list[CheckShape]


class HolderShape(_Closed):
    """Name who a license belongs to."""

    name: str
    id: str
    id_type: str


class LicenseShape(_Closed):
    """Hold what the signed bytes say of the license (GB/T 36903); `fields` are further values by name."""

    identifier: str
    number: str
    type_code: str
    name: str
    holders: list[HolderShape]
    issuer: str
    issuer_code: str
    valid_from: date | None
    valid_until: date | None
    fields: dict[str, str]


class PolicyShape(_Closed):
    """Name the policy that was applied."""

    id: str
    version: str
    digest: Digest


class DigestShape(_Closed):
    """Hold the digest of an input."""

    digest: Digest


class PresentationShape(_Closed):
    """Hold what the caller knew beside the document."""

    holder: str | None
    purpose: str | None
    content_sha256: Sha256 | None
    password_given: bool
    audience: str | None
    nonce: str | None
    identifier: str | None


class SoftwareShape(_Closed):
    """Name what computed the report: equal inputs give equal bytes within one version."""

    name: Literal["license-service"]
    version: str


class ReportShape(_Closed):
    """Hold a verification report."""

    sha256: Sha256
    format: DocumentFormat
    indication: Indication
    sub_indication: SubIndication | None
    license: LicenseShape | None
    signatures: list[SignatureShape]
    validation_time: AwareDatetime
    policy: PolicyShape
    trust: DigestShape
    evidence: DigestShape
    findings: list[Code]
    finding_details: dict[str, str]
    presentation: PresentationShape
    software: SoftwareShape


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a report."""
    schema = ReportShape.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **schema}


def read_report(data: bytes) -> dict[str, Any]:
    """Return the report in a file: alone, in an answer of the API, or a line of `verify --json`.

    Raises:
        InvalidRequestError: if there is none, with the first member that is wrong.
    """
    try:
        found = parse_object(data)
        inner = found.get("report", found)
        report = {k: v for k, v in inner.items() if k not in _BESIDE_A_REPORT}
        ReportShape.model_validate_json(canonical_json(report), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = "/".join(map(str, first["loc"]))
        raise InvalidRequestError(f"no verification report: {where}: {first['msg']}") from error
    except (FormatError, AttributeError, TypeError) as error:
        raise InvalidRequestError("no verification report: no JSON object without floats") from error
    return report
