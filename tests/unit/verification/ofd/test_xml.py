"""XML that two readers could read differently, or that costs too much, is refused; its twin is read."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from license_service.demo.ofd import sign_members
from license_service.demo.seals import Sealing
from license_service.verification.document import FormatError
from license_service.verification.formats.ofd.members import Members, resolve
from license_service.verification.formats.ofd.xml import child_text, only_child
from license_service.verification.limits import MAX_XML_BYTES, MAX_XML_MARKUP
from license_service.verification.report import VerificationReport
from license_service.verification.strict_xml import parse_xml

JudgeMembers = Callable[..., VerificationReport]

_NAMESPACE = b'xmlns="http://www.ofdspec.org/2016"'
_SIGNATURE, _LIST = "Doc_0/Signs/Sign_0/Signature.xml", "Doc_0/Signs/Signatures.xml"


def _code(data: bytes) -> str:
    with pytest.raises(FormatError) as refused:
        parse_xml(data)
    return refused.value.code


@pytest.mark.parametrize(
    "data",
    [
        b"<a/>",
        b'<?xml version="1.0"?><a/>',
        b"<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n<a/>\n",
        b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?><a/>',
        b"<a><!-- a comment --></a>",
        "<证照>编号</证照>".encode(),
    ],
)
def test_plain_xml_is_read(data: bytes) -> None:
    assert parse_xml(data) is not None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "XML_MALFORMED"),
        (b"<a>", "XML_MALFORMED"),
        (b"<a/><b/>", "XML_MALFORMED"),
        (b'<a b="1" b="2"/>', "XML_MALFORMED"),
        (b"<a>&b;</a>", "XML_MALFORMED"),
        (b"<a>\xff</a>", "XML_MALFORMED"),
        (b"<!DOCTYPE a><a/>", "XML_DOCTYPE_REFUSED"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "http://127.0.0.1/">]><a>&b;</a>', "XML_DOCTYPE_REFUSED"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>', "XML_DOCTYPE_REFUSED"),
        (b'<?xml version="1.0"?><?xml-stylesheet href="a.xsl"?><a/>', "XML_INSTRUCTION_REFUSED"),
        (b'<?xml-stylesheet href="a.xsl"?><a/>', "XML_INSTRUCTION_REFUSED"),
        (b"<a>b<?c?>d</a>", "XML_INSTRUCTION_REFUSED"),
        ('<?xml version="1.0" encoding="GBK"?><a>证</a>'.encode("gbk"), "XML_ENCODING_REFUSED"),
        (b'<?xml version="1.0" encoding="UTF-7"?><a/>', "XML_ENCODING_REFUSED"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>', "XML_ENCODING_REFUSED"),
        (b'<?xml version="1.0" encoding="x-nobody"?><a/>', "XML_MALFORMED"),
        ("<a/>".encode("utf-16"), "XML_ENCODING_REFUSED"),
        ("<a/>".encode("utf-32"), "XML_ENCODING_REFUSED"),
        (b"<a>" * 300 + b"</a>" * 300, "XML_MALFORMED"),
        (b"<a>" * 100_000, "XML_MALFORMED"),
        (b"<a>" + b" " * MAX_XML_BYTES + b"</a>", "XML_TOO_LARGE"),
    ],
)
def test_xml_with_a_second_reading_or_cost_is_refused(data: bytes, code: str) -> None:
    assert _code(data) == code


@pytest.mark.parametrize("piece", [b"<b/>", b'<b c="1"/>'], ids=["elements", "attributes"])
def test_all_xml_of_a_document_shares_one_bound(piece: bytes) -> None:
    per_piece = piece.count(b"<") + piece.count(b"=")
    half = b"<a>" + piece * (MAX_XML_MARKUP // per_piece // 2 - 2) + b"</a>"
    members = Members({"one.xml": half, "two.xml": half, "three.xml": b"<a><b/><b/><b/><b/></a>"})
    for _ in range(2):  # a second look costs nothing
        members.xml("one.xml")
    members.xml("two.xml")
    with pytest.raises(FormatError, match="XML_TOO_LARGE"):
        members.xml("three.xml")


def test_attributes_beyond_the_bound_are_not_parsed() -> None:
    many = b"<a " + b" ".join(b'a%d="1"' % i for i in range(MAX_XML_MARKUP)) + b"/>"
    with pytest.raises(FormatError, match="XML_TOO_LARGE"):
        Members({"a.xml": many}).xml("a.xml")


def test_inclusions_and_schemas_are_inert(
    members: dict[str, bytes], sealing: Sealing, at: datetime, judge_members: JudgeMembers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    include = (
        b'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="http://127.0.0.1/a.xml" parse="text"/>'
    )
    schema = (
        b'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="a http://127.0.0.1/a.xsd"'
    )
    root = members["OFD.xml"].replace(b"</ofd:OFD>", include + b"</ofd:OFD>")
    changed = {**members, "OFD.xml": root.replace(b"<ofd:OFD ", b"<ofd:OFD " + schema + b" ")}
    assert judge_members(sign_members(changed, sealing, at)).indication == "TOTAL_PASSED"


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (b"</ofd:SignedInfo>", b"</ofd:SignedInfo><ofd:SignedInfo/>", "XML_ELEMENT_REPEATED"),
        (b"</ofd:References>", b"</ofd:References><ofd:References/>", "XML_ELEMENT_REPEATED"),
        (b"</ofd:SignedValue>", b"</ofd:SignedValue><ofd:SignedValue/>", "XML_ELEMENT_REPEATED"),
        (b"<ofd:CheckValue>", b"<ofd:CheckValue><ofd:b/>", "XML_TEXT_MIXED"),
        (b"<ofd:SignedInfo>", b'<ofd:SignedInfo xmlns:ofd="urn:other">', "OFD_SIGNED_INFO_MISSING"),
        (b"<ofd:CheckValue>", b"<ofd:CheckValue>!", "OFD_CHECK_VALUE_MALFORMED"),
    ],
    ids=["signed-info", "references", "signed-value", "mixed", "namespace", "base64"],
)
def test_a_signature_that_is_wrapped_or_doubled_is_refused(
    before: bytes, after: bytes, code: str, members: dict[str, bytes], sealing: Sealing, at: datetime,
    judge_members: JudgeMembers,
) -> None:  # fmt: skip
    signed = sign_members(members, sealing, at)
    xml = signed[_SIGNATURE].replace(before, after, 1)
    assert xml != signed[_SIGNATURE]
    report = judge_members({**signed, _SIGNATURE: xml})
    assert (report.indication, report.codes()) == ("TOTAL_FAILED", (code,))


def test_a_signed_element_moved_aside_is_not_read(
    members: dict[str, bytes], sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    signed = sign_members(members, sealing, at)
    whole = signed[_SIGNATURE]
    start, end = (
        whole.index(b"<ofd:SignedInfo>"),
        whole.index(b"</ofd:SignedInfo>") + len(b"</ofd:SignedInfo>"),
    )
    own = b'<ofd:SignedInfo><ofd:References CheckMethod="SM3"/></ofd:SignedInfo>'
    wrapped = whole[:start] + own + b"<ofd:Object>" + whole[start:end] + b"</ofd:Object>" + whole[end:]
    codes = judge_members({**signed, _SIGNATURE: wrapped}).codes()
    assert {"REFERENCES_EMPTY", "DATA_HASH_MISMATCH", "UNCOVERED_PARTS"} <= set(codes)


def test_a_comment_does_not_split_a_text() -> None:
    element = parse_xml(b"<a " + _NAMESPACE + b"><b>one<!-- -->two<![CDATA[three]]></b></a>")
    assert child_text(element, "b") == "onetwothree"
    assert only_child(element, "c") is None


def test_the_bytes_that_are_hashed_are_the_bytes_that_are_parsed(
    members: dict[str, bytes], sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    # Equal to any XML reader, not equal to a signature.
    signed = sign_members(members, sealing, at)
    for name, code in ((_SIGNATURE, "DATA_HASH_MISMATCH"), ("OFD.xml", "REFERENCE_MISMATCH")):
        assert judge_members({**signed, name: signed[name] + b"\n"}).codes() == (code,)
    assert judge_members({**signed, _LIST: signed[_LIST] + b"\n"}).indication == "TOTAL_PASSED"


@pytest.mark.parametrize(
    ("base", "path", "resolved"),
    [
        ("OFD.xml", "Doc_0/Document.xml", "Doc_0/Document.xml"),
        ("Doc_0/Signs/Signatures.xml", "/OFD.xml", "OFD.xml"),
        ("Doc_0/Signs/Signatures.xml", "Sign_0/a.xml", "Doc_0/Signs/Sign_0/a.xml"),
        ("Doc_0/Signs/Signatures.xml", "..\\Pages\\a.xml", "Doc_0/Pages/a.xml"),
        ("Doc_0/a.xml", " ./b//c.xml ", "Doc_0/b/c.xml"),
        ("Doc_0/a.xml", "../OFD.xml", "OFD.xml"),
    ],
)
def test_a_path_is_resolved_against_the_member_that_names_it(base: str, path: str, resolved: str) -> None:
    assert resolve(base, path) == resolved


@pytest.mark.parametrize(
    ("base", "path"), [("OFD.xml", "../a"), ("a/b", "../../a"), ("a/b", "/.."), ("a", "b/../../c")]
)
def test_a_path_that_leaves_the_package_is_refused(base: str, path: str) -> None:
    with pytest.raises(FormatError, match="OFD_PATH_ESCAPES"):
        resolve(base, path)


@given(st.text(alphabet="./\\a ", max_size=20), st.text(alphabet="./\\a ", max_size=20))
@settings(max_examples=200, deadline=None)
def test_a_resolved_path_is_plain(base: str, path: str) -> None:
    try:
        parts = resolve(resolve("", base), path).split("/")
    except FormatError as error:
        assert error.code == "OFD_PATH_ESCAPES"  # noqa: PT017 - either way is right
        return
    assert not {"", ".", ".."} & set(parts) or parts == [""]


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for candidate in (data, b"<a>" + data + b"</a>", b"<a " + data + b"/>"):
        try:
            parse_xml(candidate)
        except FormatError as error:
            assert error.code.startswith("XML_")  # noqa: PT017 - either way is right; another error is not
