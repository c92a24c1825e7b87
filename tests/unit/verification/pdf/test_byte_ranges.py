"""A signature covers its revision but for its own value: every other range is refused.

The attacks are those of "How To Spoof PDF Signatures" (2019): universal forgery and signature wrapping.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest

from license_service.verification.report import Indication, VerificationReport

Judge = Callable[..., VerificationReport]
Append = Callable[..., bytes]
ObjectText = Callable[[bytes, int], bytes]

_RANGE = re.compile(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\] *")


def _numbers(data: bytes) -> tuple[int, int, int, int]:
    found = _RANGE.search(data)
    assert found is not None
    a, b, c, d = (int(number) for number in found.groups())
    return a, b, c, d


def _with_range(data: bytes, text: str) -> bytes:
    """Put another range in the room that is kept for it."""
    found = _RANGE.search(data)
    assert found is not None
    replacement = f"/ByteRange {text}".encode().ljust(len(found[0]))
    assert len(replacement) == len(found[0])
    return data[: found.start()] + replacement + data[found.end() :]


def test_the_same_range_written_again_passes(genuine: Mapping[str, bytes], judge: Judge) -> None:
    data = genuine["b-b"]
    a, b, c, d = _numbers(data)
    assert _with_range(data, f"[{a} {b} {c} {d}]") == data
    assert judge(data).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[1 {b} {c} {d}]", "PDF_BYTE_RANGE_MALFORMED"),
        ("[0 {b} {c}]", "PDF_BYTE_RANGE_MALFORMED"),
        ("[0 {b} {c} {d} 0]", "PDF_BYTE_RANGE_MALFORMED"),
        ("[]", "PDF_BYTE_RANGE_MALFORMED"),
        ("null", "PDF_BYTE_RANGE_MALFORMED"),
        ("[0 {b} {c} null]", "PDF_BYTE_RANGE_MALFORMED"),
        ("[0 {b} {c} -{d}]", "PDF_BYTE_RANGE_MALFORMED"),
        ("[0 -{b} {c} {d}]", "PDF_BYTE_RANGE_MALFORMED"),
        ("[0 {b}.0 {c} {d}]", "PDF_BYTE_RANGE_MALFORMED"),
        ("[0 {b} {c} 1 0 R]", "PDF_BYTE_RANGE_MALFORMED"),
        ("[0 {b} {c} 99999999999999]", "PDF_BYTE_RANGE_MALFORMED"),
        ("[0 {c} {b} {d}]", "PDF_BYTE_RANGE_MALFORMED"),  # overlap
        ("[0 0 {c} {d}]", "PDF_BYTE_RANGE_MALFORMED"),
        ("[0 {b} {c} 0]", "PDF_BYTE_RANGE_MALFORMED"),
        ("[0 {b1} {c} {d}]", "PDF_BYTE_RANGE_GAP"),
        ("[0 {b} {c1} {d_1}]", "PDF_BYTE_RANGE_GAP"),
        ("[0 {b} {c_1} {d1}]", "PDF_BYTE_RANGE_GAP"),
        ("[0 {b} {c} {d_1}]", None),  # without the line end behind %%EOF: still the whole revision
        ("[0 {b} {c} 300]", "PDF_BYTE_RANGE_REVISION"),
    ],
)
def test_another_range_is_refused(
    text: str, code: str | None, genuine: Mapping[str, bytes], judge: Judge
) -> None:
    data = genuine["b-b"]
    _, b, c, d = _numbers(data)
    values = {"b": b, "c": c, "d": d, "b1": b - 1, "c1": c + 1, "c_1": c - 1, "d_1": d - 1, "d1": d + 1}
    report = judge(_with_range(data, text.format(**values)))
    assert report.indication is Indication.TOTAL_FAILED
    assert report.codes() == (code or "DATA_HASH_MISMATCH",)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"/ByteRange [", b"/ByteRanje [", "PDF_BYTE_RANGE_MALFORMED"),
        (b"/Contents <", b"/Contentz <", "PDF_CONTENTS_MALFORMED"),
        (b"/Contents <", b"/Contents  ", "PDF_MALFORMED"),
    ],
)
def test_a_missing_entry_is_refused(
    old: bytes, new: bytes, code: str, genuine: Mapping[str, bytes], judge: Judge
) -> None:
    data = genuine["b-b"]
    at = data.rindex(old)
    assert judge(data[:at] + new + data[at + len(old) :]).codes() == (code,)


@pytest.mark.parametrize(
    "contents",
    [b"<>", b"null", b"()", b"[]", b"<00>", b"1 0 R"],
    ids=["hex", "null", "text", "array", "zero", "ref"],
)
def test_empty_contents_are_refused(contents: bytes, genuine: Mapping[str, bytes], judge: Judge) -> None:
    data = genuine["b-b"]
    _, b, c, _ = _numbers(data)
    assert judge(data[:b] + contents.ljust(c - b) + data[c:]).codes() == ("PDF_CONTENTS_MALFORMED",)


def test_zeros_for_contents_are_refused(genuine: Mapping[str, bytes], judge: Judge) -> None:
    data = genuine["b-b"]
    _, b, c, _ = _numbers(data)
    assert judge(data[:b] + b"<" + b"0" * (c - b - 2) + b">" + data[c:]).codes() == (
        "PDF_CONTENTS_MALFORMED",
    )


def test_contents_under_another_name_are_refused(
    genuine: Mapping[str, bytes], append: Append, object_text: ObjectText, judge: Judge
) -> None:
    # The gap holds the right digits, but they are the value of /Cert.
    data = genuine["b-b"]
    number = _signature_object(data)
    _, b, c, _ = _numbers(data)
    value = data[b:c]
    moved = data.replace(b"/Contents " + value, b"/Contentx " + value)
    text = object_text(moved, number).replace(b"/Contentx", b"/Cert /x /Contents " + value + b"/Old")
    assert judge(append(moved, {number: text})).codes() == ("PDF_BYTE_RANGE_GAP",)


def test_signature_wrapping_is_refused(genuine: Mapping[str, bytes], judge: Judge) -> None:
    # The signed tail is moved back, and what is new stands in the gap before it, where nothing is digested.
    data = genuine["b-b"]
    a, b, c, d = _numbers(data)
    inserted = b" /Old (4 0 obj << /Type /Page >> endobj) "
    start = int(data[data.rindex(b"startxref") + 9 : data.rindex(b"%%EOF")])
    moved = (data[:c] + inserted + data[c:]).replace(
        b"%d\n%%%%EOF" % start, b"%d\n%%%%EOF" % (start + len(inserted))
    )
    assert judge(_with_range(moved, f"[{a} {b} {c + len(inserted)} {d}]")).codes() == ("PDF_BYTE_RANGE_GAP",)


def test_a_signature_used_again_is_refused(
    genuine: Mapping[str, bytes], append: Append, object_text: ObjectText, judge: Judge
) -> None:
    # Incremental saving with a copy of the signature dictionary, under its own number and under a new one.
    data = genuine["b-b"]
    number = _signature_object(data)
    copy = object_text(data, number)
    assert judge(append(data, {number: copy})).codes() == ("PDF_BYTE_RANGE_GAP",)
    field = re.search(rb"(\d+) 0 obj\n<<\n/FT /Sig", data)
    assert field is not None
    text = object_text(data, int(field[1])).replace(b"/V %d 0 R" % number, b"/V 90 0 R")
    assert judge(append(data, {int(field[1]): text, 90: copy})).codes() == ("PDF_BYTE_RANGE_GAP",)


def test_a_signature_object_written_again_without_its_key_is_refused(
    genuine: Mapping[str, bytes], append: Append, judge: Judge
) -> None:
    data = genuine["b-b"]
    assert judge(append(data, {_signature_object(data): b"<< /Type /Sig >>"})).codes() == (
        "PDF_BYTE_RANGE_MALFORMED",
    )


def test_a_signature_outside_of_the_form_is_refused(
    genuine: Mapping[str, bytes], append: Append, object_text: ObjectText, judge: Judge
) -> None:
    data = genuine["b-b"]
    phantom = append(data, {90: object_text(data, _signature_object(data))})
    assert judge(phantom).codes() == ("PDF_SIGNATURE_OUTSIDE_FORM",)
    unlinked = append(data, {_form_object(data): b"<< /Fields [ ] /SigFlags 3 >>"})
    assert judge(unlinked).codes() == ("PDF_SIGNATURE_OUTSIDE_FORM",)


def test_two_fields_with_one_signature_are_refused(
    genuine: Mapping[str, bytes], append: Append, object_text: ObjectText, judge: Judge
) -> None:
    data = genuine["b-b"]
    form, number = object_text(data, _form_object(data)), _signature_object(data)
    field = b"<< /FT /Sig /T (Twin) /Type /Annot /Subtype /Widget /Rect [ 0 0 0 0 ] /V %d 0 R >>" % number
    shared = append(data, {90: field, _form_object(data): form.replace(b" ]", b" 90 0 R ]")})
    assert judge(shared).codes() == ("PDF_SIGNATURE_SHARED",)


def test_a_direct_signature_dictionary_is_refused(
    genuine: Mapping[str, bytes], append: Append, object_text: ObjectText, judge: Judge
) -> None:
    data = genuine["b-b"]
    form = object_text(data, _form_object(data)).replace(b" ]", b" 90 0 R ]")
    field = b"<< /FT /Sig /T (Twin) /V << /Type /Sig /Contents <30> >> >>"
    assert judge(append(data, {90: field, _form_object(data): form})).codes() == ("PDF_SIGNATURE_MISPLACED",)


@pytest.mark.parametrize("kids", [b"[ 90 0 R ]", b"[ 91 0 R 91 0 R ]", b"[ << /T (x) >> ]", b"[ 7 ]"])
def test_a_form_that_is_no_tree_is_refused(
    kids: bytes, genuine: Mapping[str, bytes], append: Append, object_text: ObjectText, judge: Judge
) -> None:
    data = genuine["b-b"]
    form = object_text(data, _form_object(data)).replace(b" ]", b" 90 0 R ]")
    objects = {90: b"<< /T (loop) /Kids " + kids + b" >>", 91: b"<< /T (leaf) >>", _form_object(data): form}
    assert judge(append(data, objects)).codes() == ("PDF_FORM_MALFORMED",)


def _signature_object(data: bytes) -> int:
    found = re.search(rb"/V (\d+) 0 R", data)
    assert found is not None
    return int(found[1])


def _form_object(data: bytes) -> int:
    found = re.search(rb"/AcroForm (\d+) 0 R", data)
    assert found is not None
    return int(found[1])
