"""What comes after a signature: archive data and further signatures are let through, their twins are not.

The attacks are incremental saving (2019), shadow attacks (2020) and attacks on certification (2021).
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, append_signature_field

from license_service.demo.pdf import (
    PdfSigning,
    add_document_timestamp,
    add_security_store,
    sign_pdf,
    write_pdf,
)
from license_service.demo.pki import DemoPki
from license_service.verification.formats.pdf import parse_pdf
from license_service.verification.report import Indication, VerificationReport

Judge = Callable[..., VerificationReport]
Append = Callable[..., bytes]
ObjectText = Callable[[bytes, int], bytes]
Coverage = Callable[[VerificationReport], list[str]]

_CATALOG, _CONTENT, _PAGE = 1, 3, 4
_ANNOTATION = b"<< /Type /Annot /Subtype /FreeText /Rect [ 50 50 500 700 ] /Contents (PAID) >>"
_STREAM = b"<< /Length 9 >>\nstream\nBT ET Q q\nendstream"
_NEW, _OTHER = 90, 91


def _set(text: bytes, entry: bytes) -> bytes:
    """Put an entry into a dictionary, in place of one of that name."""
    value = rb" (?:\[[^\]]*\]|\([^)]*\)|\d+ 0 R|<<\n/ESIC.*?>>\n>>)\n"
    plain = re.sub(re.escape(entry.split()[0]) + value, b"", text, flags=re.DOTALL)
    return plain[: plain.rindex(b">>")] + entry + b"\n>>"


def _annotate(data: bytes, text: ObjectText, added: int) -> bytes:
    page = text(data, _PAGE)
    kept = re.search(rb"/Annots \[(.*?)\]", page)
    return _set(page, b"/Annots [%s%d 0 R ]" % (kept[1] if kept else b" ", added))


def _number(data: bytes, name: bytes) -> int:
    return int(re.findall(name + rb" (\d+) 0 R", data)[-1])


Attack = Callable[[bytes, Append, ObjectText], bytes]

_ATTACKS: dict[str, Attack] = {
    "annotation": lambda data, append, text: append(
        data, {_NEW: _ANNOTATION, _PAGE: _annotate(data, text, _NEW)}
    ),
    "content": lambda data, append, _: append(data, {_CONTENT: _STREAM}),
    "content-elsewhere": lambda data, append, text: append(
        data, {_NEW: _STREAM, _PAGE: _set(text(data, _PAGE), b"/Contents 90 0 R")}
    ),
    "font": lambda data, append, text: append(
        data, {_PAGE: text(data, _PAGE).replace(b"/Helvetica", b"/Wingdings")}
    ),
    "form-resources": lambda data, append, text: append(
        data, {(n := _number(data, b"/AcroForm")): _set(text(data, n), b"/DR << /Font << >> >>")}
    ),
    "form-appearance": lambda data, append, text: append(
        data, {(n := _number(data, b"/AcroForm")): _set(text(data, n), b"/NeedAppearances true")}
    ),
    "title": lambda data, append, text: append(
        data, {(n := _number(data, b"/Info")): _set(text(data, n), b"/Title (PAID)")}
    ),
    "xmp": lambda data, append, text: append(
        data, {_NEW: _STREAM, _CATALOG: _set(text(data, _CATALOG), b"/Metadata 90 0 R")}
    ),
    "open-action": lambda data, append, text: append(
        data, {_CATALOG: _set(text(data, _CATALOG), b"/OpenAction << /S /JavaScript /JS (x) >>")}
    ),
    "other-pages": lambda data, append, text: append(
        data,
        {
            _CATALOG: _set(text(data, _CATALOG), b"/Pages 90 0 R"),
            _NEW: b"<< /Type /Pages /Count 1 /Kids [ 91 0 R ] >>",
            _OTHER: b"<< /Type /Page /Parent 90 0 R /MediaBox [ 0 0 1 1 ] >>",
        },
    ),
    "embedded-file": lambda data, append, _: append(
        data, {_number(data, b"/Names"): b"<< /EmbeddedFiles << /Names [ ] >> >>"}
    ),
    "object-freed": lambda data, append, _: append(data, {}, freed=(_CONTENT,)),
    "object-moved": lambda data, append, _: append(data, {}, moved={_CONTENT: data.index(b"3 0 obj")}),
    "object-hidden": lambda data, append, _: append(data, {_NEW: b"<< >>"}),
    "bytes-loose": lambda data, append, _: append(data, {}, loose=b"95 0 obj\n<< >>\nendobj\n"),
    "nothing": lambda data, append, _: append(data, {}, loose=b"text that is no comment\n"),
    "form-field": lambda data, append, text: append(
        data,
        {
            _NEW: b"<< /FT /Tx /T (Note) /V (PAID) /Type /Annot /Subtype /Widget /Rect [ 0 0 0 0 ] >>",
            (n := _number(data, b"/AcroForm")): text(data, n).replace(b" ]", b" 90 0 R ]"),
        },
    ),
    "visible-field": lambda data, append, text: append(
        data,
        {
            _NEW: b"<< /FT /Sig /T (Fee) /Type /Annot /Subtype /Widget /Rect [ 0 0 200 200 ] >>",
            (n := _number(data, b"/AcroForm")): text(data, n).replace(b" ]", b" 90 0 R ]"),
        },
    ),
    "field-with-action": lambda data, append, text: append(
        data,
        {
            _NEW: b"<< /FT /Sig /T (Fee) /Type /Annot /Subtype /Widget /Rect [ 0 0 0 0 ] /AA << >> >>",
            (n := _number(data, b"/AcroForm")): text(data, n).replace(b" ]", b" 90 0 R ]"),
        },
    ),
    "empty-field": lambda data, append, text: append(
        data,
        {
            _NEW: b"<< /FT /Sig /T (Fee) /Type /Annot /Subtype /Widget /Rect [ 0 0 0 0 ] >>",
            (n := _number(data, b"/AcroForm")): text(data, n).replace(b" ]", b" 90 0 R ]"),
        },
    ),
    "field-of-the-same-name": lambda data, append, text: append(
        data,
        {
            _NEW: b"<< /FT /Sig /T (Issuer) /Type /Annot /Subtype /Widget /Rect [ 0 0 0 0 ] >>",
            (n := _number(data, b"/AcroForm")): text(data, n).replace(b" ]", b" 90 0 R ]"),
        },
    ),
    "unknown-extension": lambda data, append, text: append(
        data, {_CATALOG: _set(text(data, _CATALOG), b"/Extensions << /EVIL << >> >>")}
    ),
    "store-of-old-streams": lambda data, append, text: append(
        data, {_CATALOG: _set(text(data, _CATALOG), b"/DSS << /Certs [ 3 0 R ] >>"), _CONTENT: _STREAM}
    ),
    "store-with-more": lambda data, append, text: append(
        data, {_CATALOG: _set(text(data, _CATALOG), b"/DSS << /Certs [ ] /Pages 91 0 R >>"), _OTHER: b"<< >>"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", _ATTACKS.values(), ids=_ATTACKS)
@pytest.mark.parametrize("profile", ["b-b", "b-lta", "annotatable"])
def test_a_change_after_the_signature_is_uncovered(
    profile: str,
    attack: Attack,
    genuine: Mapping[str, bytes],
    append: Append,
    object_text: ObjectText,
    coverage: Coverage,
    judge: Judge,
) -> None:
    report = judge(attack(genuine[profile], append, object_text))
    assert report.findings == ()
    assert coverage(report) == ["UNCOVERED_PARTS"]
    assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, "FORMAT_FAILURE")


@pytest.mark.parametrize("profile", ["b-b", "b-lt", "certified"])
def test_the_benign_update_passes(
    profile: str, genuine: Mapping[str, bytes], append: Append, object_text: ObjectText, judge: Judge
) -> None:
    # What every tool touches: the date of the file, and a store with one new stream.
    data = genuine[profile]
    info = _number(data, b"/Info")
    store = _set(object_text(data, _CATALOG), b"/DSS << /Certs [ 90 0 R ] >>")
    dated = append(data, {info: _set(object_text(data, info), b"/ModDate (D:20260101000000Z)")})
    assert judge(dated).indication is Indication.TOTAL_PASSED
    assert judge(append(data, {_CATALOG: store, _NEW: _STREAM})).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("tail", [b"\n", b"\r\n", b"%comment\n", b"\n4 0 obj\n<< >>\nendobj\n", bytes(8)])
def test_bytes_without_cross_references_are_refused(
    tail: bytes, genuine: Mapping[str, bytes], judge: Judge
) -> None:
    assert judge(genuine["b-b"] + tail).codes() == ("PDF_MALFORMED",)


def test_a_document_prepared_with_a_hidden_page_is_refused(
    page: bytes, signing: PdfSigning, signed_at: datetime, append: Append, coverage: Coverage, judge: Judge
) -> None:
    # Hide and replace: both contents are signed, the update only says which one counts.
    prepared = append(page, {_CONTENT: b"<< /Length 4 >>\nstream\nq Q \nendstream"})
    old, new = prepared.index(b"3 0 obj"), prepared.rindex(b"3 0 obj")
    signed = sign_pdf(prepared, signing, signed_at)
    assert coverage(judge(signed)) == ["OK"]
    for offset in (old, new):
        assert coverage(judge(append(signed, {}, moved={_CONTENT: offset}))) == ["UNCOVERED_PARTS"]


def test_a_document_prepared_with_a_reference_to_nothing_is_refused(
    page: bytes,
    signing: PdfSigning,
    signed_at: datetime,
    append: Append,
    object_text: ObjectText,
    coverage: Coverage,
    judge: Judge,
) -> None:
    # The page names content that an innocent store brings along later.
    prepared = append(page, {_PAGE: _set(object_text(page, _PAGE), b"/Contents [ 3 0 R 90 0 R ]")})
    signed = sign_pdf(prepared, signing, signed_at)
    assert coverage(judge(signed)) == ["OK"]
    store = _set(object_text(signed, _CATALOG), b"/DSS << /Certs [ 90 0 R ] >>")
    assert judge(append(signed, {_CATALOG: store, _NEW: _STREAM})).indication is Indication.TOTAL_FAILED
    assert coverage(judge(append(sign_pdf(page, signing, signed_at), {_CATALOG: store, _NEW: _STREAM}))) == [
        "OK"
    ]


def test_an_update_of_the_embedded_license_is_not_read(
    genuine: Mapping[str, bytes],
    append: Append,
    fields: Mapping[str, str],
    page: bytes,
    signing: PdfSigning,
    signed_at: datetime,
) -> None:
    data = genuine["b-b"]
    found = re.search(rb"(\d+) 0 obj\n<<[^>]*/Type /EmbeddedFile", data)
    assert found is not None
    forged = json.dumps({**fields, "ZZBH": "888800000000002"}).encode()
    stream = b"<< /Type /EmbeddedFile /Length %d >>\nstream\n%s\nendstream" % (len(forged), forged)
    parsed = parse_pdf(append(data, {int(found[1]): stream}))
    assert parsed.license is not None
    assert parsed.license.number == fields["ZZBH"]
    assert parsed.signatures[0].uncovered
    before_signing = parse_pdf(sign_pdf(append(page, {int(found[1]): stream}), signing, signed_at))
    assert before_signing.license is not None
    assert before_signing.license.number == "888800000000002"


class TestSeveralSignatures:
    def test_each_signs_its_own_revision(self, genuine: Mapping[str, bytes], judge: Judge) -> None:
        report = judge(genuine["two"])
        assert [signature.indication for signature in report.signatures] == ["TOTAL_PASSED"] * 2

    @pytest.mark.parametrize("name", ["annotation", "content", "title", "visible-field", "object-moved"])
    def test_a_change_between_escapes_the_first(
        self,
        name: str,
        genuine: Mapping[str, bytes],
        signing: PdfSigning,
        signed_at: datetime,
        append: Append,
        object_text: ObjectText,
        coverage: Coverage,
        judge: Judge,
    ) -> None:
        changed = _ATTACKS[name](genuine["b-b"], append, object_text)
        report = judge(sign_pdf(changed, replace(signing, field="Second"), signed_at))
        assert coverage(report) == ["UNCOVERED_PARTS", "OK"]
        assert report.indication is Indication.TOTAL_FAILED

    def test_an_empty_field_may_be_added_and_signed(
        self,
        genuine: Mapping[str, bytes],
        signing: PdfSigning,
        signed_at: datetime,
        append: Append,
        object_text: ObjectText,
        coverage: Coverage,
        judge: Judge,
    ) -> None:
        prepared = _ATTACKS["empty-field"](genuine["b-b"], append, object_text)
        assert coverage(judge(sign_pdf(prepared, replace(signing, field="Fee"), signed_at))) == ["OK", "OK"]

    def test_a_field_with_room_must_have_been_there(
        self, page: bytes, signing: PdfSigning, signed_at: datetime, coverage: Coverage, judge: Judge
    ) -> None:
        box = (10, 10, 110, 60)
        late = sign_pdf(
            sign_pdf(page, signing, signed_at), replace(signing, field="Late", box=box), signed_at
        )
        assert coverage(judge(late)) == ["UNCOVERED_PARTS", "OK"]
        writer = IncrementalPdfFileWriter(io.BytesIO(page))
        append_signature_field(writer, SigFieldSpec("Early", box=box))
        buffer = io.BytesIO()
        writer.write(buffer)  # type: ignore[no-untyped-call] # pyHanko is only partly annotated
        first = sign_pdf(buffer.getvalue(), signing, signed_at)
        early = sign_pdf(first, replace(signing, field="Early"), signed_at)
        assert coverage(judge(early)) == ["OK", "OK"]

    @pytest.mark.parametrize(
        ("level", "first"), [(MDPPerm.NO_CHANGES, "UNCOVERED_PARTS"), (MDPPerm.FILL_FORMS, "OK")]
    )
    def test_a_certification_may_forbid_signatures(
        self, level: MDPPerm, first: str, page: bytes, signing: PdfSigning, signed_at: datetime,
        coverage: Coverage, judge: Judge,
    ) -> None:  # fmt: skip
        certified = sign_pdf(page, replace(signing, certify=level), signed_at)
        assert coverage(judge(sign_pdf(certified, replace(signing, field="Second"), signed_at))) == [
            first,
            "OK",
        ]

    @pytest.mark.parametrize("level", [MDPPerm.NO_CHANGES, MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE])
    def test_no_certification_forbids_archive_data(
        self, level: MDPPerm, page: bytes, signing: PdfSigning, signed_at: datetime, pki: DemoPki,
        coverage: Coverage, judge: Judge,
    ) -> None:  # fmt: skip
        certified = sign_pdf(page, replace(signing, certify=level), signed_at)
        stored = add_security_store(certified, (pki["tsa"].certificate,), ())
        assert coverage(judge(add_document_timestamp(stored, pki.authority("tsa", signed_at)))) == ["OK"]

    @pytest.mark.parametrize(
        ("lock", "first"),
        [
            (FieldMDPSpec(FieldMDPAction.ALL), "UNCOVERED_PARTS"),
            (FieldMDPSpec(FieldMDPAction.INCLUDE, ["Second"]), "UNCOVERED_PARTS"),
            (FieldMDPSpec(FieldMDPAction.INCLUDE, ["Other"]), "OK"),
        ],
    )
    def test_a_locked_field_is_not_signed(
        self, lock: FieldMDPSpec, first: str, page: bytes, signing: PdfSigning, signed_at: datetime,
        coverage: Coverage, judge: Judge,
    ) -> None:  # fmt: skip
        locked = sign_pdf(page, replace(signing, lock=lock), signed_at)
        assert coverage(judge(sign_pdf(locked, replace(signing, field="Second"), signed_at))) == [first, "OK"]


def test_archive_timestamps_may_be_renewed_for_long(
    pki: DemoPki, signing: PdfSigning, signed_at: datetime
) -> None:
    # Each renewal is compared with the revision before it.
    data = sign_pdf(write_pdf({}), signing, signed_at)
    for number in range(10):
        data = add_document_timestamp(data, pki.authority("tsa", signed_at), field=f"Archive {number}")
    (signature,) = parse_pdf(data).signatures
    assert (signature.uncovered, len(signature.timestamps)) == ((), 10)
