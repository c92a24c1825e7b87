"""What a signed field locks stays as it was, whether or not the signature repeats the lock as FieldMDP.

Clause: ISO 32000-2, 12.7.5.5.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, append_signature_field

from license_service.demo.pdf import PdfSigning, sign_pdf
from license_service.verification.report import VerificationReport

Judge = Callable[..., VerificationReport]
Append = Callable[..., bytes]
ObjectText = Callable[[bytes, int], bytes]
Coverage = Callable[[VerificationReport], list[str]]

_CATALOG, _NEW = 1, 90


@pytest.mark.parametrize(
    ("lock", "level", "first"),
    [
        (FieldMDPSpec(FieldMDPAction.ALL), None, "UNCOVERED_PARTS"),
        (FieldMDPSpec(FieldMDPAction.INCLUDE, ["Second"]), None, "UNCOVERED_PARTS"),
        (FieldMDPSpec(FieldMDPAction.INCLUDE, ["Other"]), None, "OK"),
        (FieldMDPSpec(FieldMDPAction.INCLUDE, ["Other"]), MDPPerm.NO_CHANGES, "UNCOVERED_PARTS"),
        (FieldMDPSpec(FieldMDPAction.INCLUDE, ["Other"]), MDPPerm.FILL_FORMS, "OK"),
        (FieldMDPSpec(FieldMDPAction.EXCLUDE, ["Other"]), None, "UNCOVERED_PARTS"),
        (FieldMDPSpec(FieldMDPAction.EXCLUDE, ["Second"]), None, "OK"),
    ],
)
def test_the_lock_of_a_field_counts_without_field_mdp(
    lock: FieldMDPSpec, level: MDPPerm | None, first: str, page: bytes, signing: PdfSigning,
    signed_at: datetime, coverage: Coverage, judge: Judge,
) -> None:  # fmt: skip
    signed = _sign_locking(page, lock, signing, signed_at, level)
    assert b"/FieldMDP" not in signed
    assert coverage(judge(signed)) == ["OK"]
    assert coverage(judge(sign_pdf(signed, replace(signing, field="Second"), signed_at))) == [first, "OK"]


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"(Second)", b"(Sekond)"), (b"/Include", b"/Exclude"), (b"/SigFieldLock", b"/SigFieldLok ")],
)
def test_a_lock_is_not_changed_afterwards(
    old: bytes, new: bytes, page: bytes, signing: PdfSigning, signed_at: datetime,
    append: Append, object_text: ObjectText, coverage: Coverage, judge: Judge,
) -> None:  # fmt: skip
    lock = FieldMDPSpec(FieldMDPAction.INCLUDE, ["Second"])
    signed = _sign_locking(page, lock, signing, signed_at)
    number = int(re.findall(rb"/Lock (\d+) 0 R", signed)[-1])
    changed = append(signed, {number: object_text(signed, number).replace(old, new)})
    twice = sign_pdf(changed, replace(signing, field="Second"), signed_at)
    assert coverage(judge(twice)) == ["UNCOVERED_PARTS", "OK"]


def test_a_lock_that_cannot_be_read_lets_nothing_through(
    page: bytes, signing: PdfSigning, signed_at: datetime, judge: Judge
) -> None:
    signed = _sign_locking(page, FieldMDPSpec(FieldMDPAction.ALL), signing, signed_at, broken=True)
    report = judge(sign_pdf(signed, replace(signing, field="Second"), signed_at))
    assert report.codes() == ("PDF_MALFORMED",)


@pytest.mark.parametrize("locked", [True, False])
def test_no_field_that_holds_text_is_filled_afterwards_locked_or_not(
    locked: bool, page: bytes, signing: PdfSigning, signed_at: datetime, append: Append,
    object_text: ObjectText, coverage: Coverage, judge: Judge,
) -> None:  # fmt: skip
    lock = FieldMDPSpec(FieldMDPAction.INCLUDE, ["Note" if locked else "Other"])
    with_text = _with_text_field(page, append, object_text)
    signed = _sign_locking(with_text, lock, signing, signed_at)
    assert coverage(judge(signed)) == ["OK"]
    filled = append(signed, {_NEW: object_text(signed, _NEW).replace(b"(DUE)", b"(PAID)")})
    assert coverage(judge(filled)) == ["UNCOVERED_PARTS"]


def _with_text_field(page: bytes, append: Append, text: ObjectText) -> bytes:
    field = b"<< /FT /Tx /T (Note) /V (DUE) /Type /Annot /Subtype /Widget /Rect [ 0 0 0 0 ] >>"
    form = b"/AcroForm << /Fields [ %d 0 R ] >>" % _NEW
    return append(page, {_NEW: field, _CATALOG: text(page, _CATALOG)[:-2] + form + b">>"})


def _sign_locking(
    page: bytes,
    lock: FieldMDPSpec,
    signing: PdfSigning,
    at: datetime,
    level: MDPPerm | None = None,
    *,
    broken: bool = False,
) -> bytes:
    """Sign a field that locks others, without saying so in the signature."""
    writer = IncrementalPdfFileWriter(io.BytesIO(page))
    spec = SigFieldSpec(signing.field, field_mdp_spec=lock, doc_mdp_update_value=level)
    append_signature_field(writer, spec)
    buffer = io.BytesIO()
    writer.write(buffer)  # type: ignore[no-untyped-call] # pyHanko is only partly annotated
    prepared = buffer.getvalue()
    return sign_pdf(prepared.replace(b"/Action /All", b"/Action /Alt") if broken else prepared, signing, at)
