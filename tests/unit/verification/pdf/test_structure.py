"""Cross-references and objects that two readers could see differently are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from license_service.verification.document import FormatError
from license_service.verification.formats.pdf import parse_pdf
from license_service.verification.formats.pdf.lexer import find_extent
from license_service.verification.report import Indication, VerificationReport

Judge = Callable[..., VerificationReport]
Append = Callable[..., bytes]
ObjectText = Callable[[bytes, int], bytes]


def test_a_hybrid_file_is_refused(genuine: Mapping[str, bytes], append: Append, judge: Judge) -> None:
    def codes(entry: bytes) -> tuple[str, ...]:
        return judge(append(genuine["b-b"], {90: b"<< >>"}, trailer=entry)).codes()

    assert codes(b"/XRefStn 9 ") == ("UNCOVERED_PARTS",)
    assert codes(b"/XRefStm 9 ") == ("PDF_HYBRID_XREF",)
    assert codes(b"/XRef#53tm 9 ") == ("PDF_HYBRID_XREF",)


@pytest.mark.parametrize(
    ("start", "code"),
    [(b"9999999999", "PDF_XREF_OUTSIDE"), (b"0", "PDF_XREF_OUTSIDE"), (b"100", "PDF_XREF_OUTSIDE")],
)
def test_a_start_outside_of_the_sections_is_refused(
    start: bytes, code: str, genuine: Mapping[str, bytes], judge: Judge
) -> None:
    data = genuine["b-b"]
    at = data.rindex(b"startxref")
    assert judge(data[:at] + b"startxref\n" + start + b"\n%%EOF\n").codes() == (code,)


@pytest.mark.parametrize("previous", [b"-1", b"9999999", b"1.5", b"1 0 R", b"[ ]"])
def test_a_chain_that_leads_outside_is_refused(
    previous: bytes, genuine: Mapping[str, bytes], append: Append, judge: Judge
) -> None:
    data = append(genuine["b-b"], {90: b"<< >>"})
    at = data.rindex(b"/Prev ")
    end = data.index(b"\n", at)
    assert judge(data[:at] + b"/Prev " + previous + data[end:]).codes() == ("PDF_XREF_OUTSIDE",)


def test_an_object_listed_twice_is_refused(
    genuine: Mapping[str, bytes], append: Append, object_text: ObjectText, judge: Judge
) -> None:
    data = append(genuine["b-b"], {1: object_text(genuine["b-b"], 1)})
    line = re.findall(rb"\n1 1\n\d{10} 00000 n ", data)[-1]
    at = data.rindex(line)
    again = data[:at] + line + data[at:]
    assert judge(data).codes() == ()
    assert judge(again).codes() == ("PDF_XREF_REPEATED",)


def test_a_chain_that_is_a_ring_is_refused(
    genuine: Mapping[str, bytes], append: Append, judge: Judge
) -> None:
    data = append(genuine["b-b"], {90: b"<< >>"})
    own = data[data.rindex(b"startxref\n") + 10 : data.rindex(b"\n%%EOF")]
    at = data.rindex(b"/Prev ")
    assert judge(data[:at] + b"/Prev " + own + data[data.index(b"\n", at) :]).codes() == ("PDF_XREF_OUTSIDE",)


def test_an_entry_that_leads_to_another_object_is_refused(
    genuine: Mapping[str, bytes], append: Append, judge: Judge
) -> None:
    data = genuine["b-b"]
    for target in (data.index(b"4 0 obj"), 0, len(data) + 5000):
        assert judge(append(data, {}, moved={1: target})).codes() == ("PDF_XREF_OUTSIDE",)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"<< /Type /Catalog /Type /Catalog >>", "PDF_MALFORMED"),
        (b"<< /Type /Catalog", "PDF_MALFORMED"),
        (b"[" * 200 + b"]" * 200, "PDF_TOO_COMPLEX"),
        (b"7", "PDF_MALFORMED"),
    ],
)
def test_a_broken_catalog_is_refused(
    text: bytes, code: str, genuine: Mapping[str, bytes], append: Append, judge: Judge
) -> None:
    assert judge(append(genuine["b-b"], {1: text})).codes() == (code,)


def test_truncations_and_flipped_bytes_are_answered(genuine: Mapping[str, bytes], judge: Judge) -> None:
    data = genuine["b-lta"]
    for at in range(0, len(data), 331):
        # What remains may be the revision before, whole: a genuine file of a lower level.
        whole = data[:at].rstrip().endswith(b"%%EOF")
        assert whole or judge(data[:at]).indication is not Indication.TOTAL_PASSED
    covered = re.search(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]", data)
    assert covered is not None
    before, after, length = (int(number) for number in covered.groups())
    signed = [*range(0, before, 61), *range(after, after + length, 11)]
    passed = [
        at
        for at in signed
        if judge(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]).indication is Indication.TOTAL_PASSED
    ]
    assert passed == []


_PLAIN = st.sampled_from(
    [b"/Name", b"/A#20b", b"12", b"-1.5", b"true", b"null", b"<0aFF>", b"(a\\)b)", b"(a(b)c)"]
)
_VALUES = st.recursive(
    _PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: b"[" + b" ".join(items) + b"]")
        | inner.map(lambda item: b"<< /K " + item + b" >>")
    ),
    max_leaves=20,
)
_SPACES = st.sampled_from([b"", b" ", b"\n", b"%note\n", b"\0\t"])


@given(value=_VALUES, space=_SPACES, rest=st.binary(max_size=20))
@settings(max_examples=200, deadline=None)
def test_an_object_ends_where_it_was_written_to_end(value: bytes, space: bytes, rest: bytes) -> None:
    extent = find_extent(space + value + b" " + rest, 0, 100_000)
    assert extent.end == len(space + value)


@given(data=st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_have_an_end_or_are_refused(data: bytes) -> None:
    try:
        end = find_extent(data, 0, 1000).end
    except FormatError:
        return
    assert 0 < end <= len(data)


@given(data=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_behind_a_header_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_pdf(b"%PDF-1.7\n" + data + b"\nstartxref\n9\n%%EOF")
