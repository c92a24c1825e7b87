"""Genuine files of every profile, and an editor that appends a revision the way an attacker would."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter

from license_service.demo.issuer import samples
from license_service.demo.pdf import (
    PdfSigning,
    add_document_timestamp,
    add_security_store,
    sign_pdf,
    write_license,
)
from license_service.demo.pki import DemoPki
from license_service.verification.report import CheckName, VerificationReport

Append = Callable[..., bytes]
_OBJECT = b"%d 0 obj\n%s\nendobj\n"


@pytest.fixture(scope="session")
def signed_at(now: datetime) -> datetime:
    return now - timedelta(days=1)


@pytest.fixture(scope="session")
def fields() -> dict[str, str]:
    return samples(datetime.now(UTC))[1].details.fields()


@pytest.fixture(scope="session")
def page(fields: dict[str, str]) -> bytes:
    return write_license(fields)


@pytest.fixture(scope="session")
def signing(pki: DemoPki) -> PdfSigning:
    return PdfSigning(pki["health-signer"], pki.chain("health-signer"))


@pytest.fixture(scope="session")
def genuine(pki: DemoPki, page: bytes, signing: PdfSigning, signed_at: datetime) -> Mapping[str, bytes]:
    """Return a file of each profile, by name."""
    tsa, at = pki.authority("tsa", signed_at), signed_at
    certificates, crls = (pki["health-signer"].certificate, pki["tsa"].certificate), (pki.crls["rsa-root"],)
    b_t = sign_pdf(page, replace(signing, tsa=tsa), at)
    b_lt = add_security_store(b_t, certificates, crls)
    adobe = replace(signing, subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
    b_b = sign_pdf(page, signing, at)
    return {
        "b-b": b_b,
        "b-t": b_t,
        "b-lt": b_lt,
        "b-lta": add_document_timestamp(b_lt, tsa),
        "adobe": sign_pdf(page, adobe, at),
        "certified": sign_pdf(page, replace(signing, certify=MDPPerm.FILL_FORMS), at),
        "annotatable": sign_pdf(page, replace(signing, certify=MDPPerm.ANNOTATE), at),
        "two": sign_pdf(b_b, replace(signing, field="Second"), at),
    }


@pytest.fixture(scope="session")
def append() -> Append:
    """Return a writer of one more revision: objects by number, freed numbers, entries to older bytes."""

    def call(
        data: bytes,
        objects: Mapping[int, bytes],
        *,
        freed: tuple[int, ...] = (),
        moved: Mapping[int, int] | None = None,
        trailer: bytes = b"",
        loose: bytes = b"",
    ) -> bytes:
        body = bytearray(data if data.endswith(b"\n") else data + b"\n")
        body += loose
        offsets = dict(moved or {})
        for number, text in objects.items():
            offsets[number] = len(body)
            body += _OBJECT % (number, text)
        previous = int(re.findall(rb"startxref\s+(\d+)", data)[-1])
        last = data[data.rindex(b"trailer") :]
        size = max(int(re.findall(rb"/Size (\d+)", last)[-1]), *(n + 1 for n in (*offsets, 0)))
        start = len(body)
        body += b"xref\n0 1\n0000000000 65535 f \n"
        for number, offset in sorted(offsets.items()):
            body += b"%d 1\n%010d 00000 n \n" % (number, offset)
        for number in freed:
            body += b"%d 1\n0000000000 00001 f \n" % number
        kept = b"\n".join(re.findall(rb"/(?:Root|Info) \d+ 0 R|/ID \[.*?\]", last, re.DOTALL))
        body += b"trailer\n<<\n%s\n/Size %d\n/Prev %d\n%s>>\nstartxref\n%d\n%%%%EOF\n" % (
            kept, size, previous, trailer, start,
        )  # fmt: skip
        return bytes(body)

    return call


@pytest.fixture(scope="session")
def object_text() -> Callable[[bytes, int], bytes]:
    """Return a reader of the newest text of an object."""

    def call(data: bytes, number: int) -> bytes:
        found = re.findall(rb"(?<!\d)%d 0 obj\n(.*?)\nendobj" % number, data, re.DOTALL)
        return bytes(found[-1])

    return call


@pytest.fixture(scope="session")
def coverage() -> Callable[[VerificationReport], list[str]]:
    """Return the code of the coverage check of each signature."""

    def call(report: VerificationReport) -> list[str]:
        checks = (signature.check(CheckName.COVERAGE) for signature in report.signatures)
        return [check.code if check else "NO_CHECK" for check in checks]

    return call
