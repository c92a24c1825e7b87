"""Where a license is read from, and what happens when two places of one file disagree."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime

import pytest

from license_service.demo import people
from license_service.demo.issuer import LicenseDetails
from license_service.demo.ofd import Content, Covering, build_members, sign_members
from license_service.demo.seals import Sealing
from license_service.verification.metadata import license_from_statements, short_name
from license_service.verification.report import Check, CheckName, LicenseMetadata, VerificationReport

JudgeMembers = Callable[..., VerificationReport]
Judge = Callable[..., VerificationReport]

_FACE = {
    "证照标识": "ZZBS",
    "证照编号": "ZZBH",
    "证照名称": "ZZMC",
    "证照类型代码": "ZZLXDM",
    "持证主体": "CZZT",
    "持证主体代码": "CZZTDM",
    "持证主体代码类型": "CZZTDMLX",
    "证照颁发机构": "ZZBFJG",
    "证照颁发机构代码": "ZZBFJGDM",
    "有效期起始日期": "ZZYXQQSRQ",
    "有效期截止日期": "ZZYXQJZRQ",
}
_PAGE = "Doc_0/Pages/Page_0/Content.xml"
_TAG = "Doc_0/CustomTags/CustomTag.xml"
_DOCUMENT = "Doc_0/Document.xml"
_ATTACHED = "Doc_0/Attachments/license"


@pytest.fixture
def face(fields: dict[str, str]) -> dict[str, str]:
    return {name: fields[short] for name, short in _FACE.items()}


@pytest.fixture
def judge_content(sealing: Sealing, at: datetime, judge_members: JudgeMembers) -> Judge:
    """Return one call that makes content, changes members before they are sealed, and judges."""

    def call(
        content: Content, changed: Mapping[str, bytes] | None = None, left_out: tuple[str, ...] = ()
    ) -> VerificationReport:
        members = build_members([content]) | dict(changed or {})
        covering = Covering([name for name in members if name not in left_out])
        return judge_members(sign_members(members, sealing, at, covering))

    return call


def _license(report: VerificationReport) -> LicenseMetadata:
    assert report.license is not None
    return report.license


def _binding(report: VerificationReport) -> Check:
    check = report.signatures[0].check(CheckName.LICENSE_BINDING)
    assert check is not None
    return check


def _page(objects: Mapping[int, str], more: str = "") -> bytes:
    texts = "".join(
        f'<ofd:TextObject ID="{i}"><ofd:TextCode>{text}</ofd:TextCode></ofd:TextObject>'
        for i, text in objects.items()
    )
    return (
        f'<ofd:Page xmlns:ofd="http://www.ofdspec.org/2016">{more}<ofd:Content><ofd:Layer ID="2">{texts}'
        "</ofd:Layer></ofd:Content></ofd:Page>"
    ).encode()


def test_custom_data_alone_states_the_license(
    fields: dict[str, str], details: LicenseDetails, judge_content: Judge
) -> None:
    report = judge_content(Content(fields))
    assert (report.indication, _license(report).number) == ("TOTAL_PASSED", details.number)
    assert _license(judge_content(Content(dict(_as_face(fields))))) == _license(report)


def _as_face(fields: Mapping[str, str]) -> Mapping[str, str]:
    names = {short: name for name, short in _FACE.items()}
    return {names.get(short, short): value for short, value in fields.items()}


def test_the_data_index_alone_states_the_license(
    fields: dict[str, str], face: dict[str, str], judge_content: Judge
) -> None:
    report = judge_content(Content({}, face))
    assert report.indication == "TOTAL_PASSED"
    stated, by_data = _license(report), _license(judge_content(Content(fields)))
    assert (stated.number, stated.holders, stated.issuer_code, stated.valid_from) == (
        by_data.number,
        by_data.holders,
        by_data.issuer_code,
        by_data.valid_from,
    )


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_an_attachment_alone_states_the_license(
    kind: str, fields: dict[str, str], judge_content: Judge
) -> None:
    data = _attachment(kind, fields)
    report = judge_content(Content({}, attachments={f"license.{kind}": data}))
    assert report.indication == "TOTAL_PASSED"
    assert _license(report).number == fields["ZZBH"]


def _attachment(kind: str, fields: Mapping[str, str]) -> bytes:
    if kind == "json":
        return json.dumps(fields).encode()
    return f"<license>{''.join(f'<{n}>{v}</{n}>' for n, v in fields.items())}</license>".encode()


@pytest.mark.parametrize("name", ["证照编号", "证照名称", "持证主体", "证照颁发机构代码", "有效期起始日期"])
def test_a_page_that_says_another_thing_is_undetermined(
    name: str, fields: dict[str, str], face: dict[str, str], judge_content: Judge
) -> None:
    assert judge_content(Content(fields, face)).indication == "TOTAL_PASSED"
    other = "2001-01-01" if name.startswith("有效期") else f"{face[name]}1"
    report = judge_content(Content(fields, {**face, name: other}))
    assert (report.indication, report.codes()) == ("INDETERMINATE", ("LICENSE_TEXT_CONTRADICTS",))
    assert _binding(report).detail["fields"] == [_FACE[name]]
    assert _license(report) == _license(judge_content(Content(fields)))  # the data decides, a person compares


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_an_attachment_that_says_another_thing_is_undetermined(
    kind: str, fields: dict[str, str], judge_content: Judge
) -> None:
    def judged(number: str) -> VerificationReport:
        data = _attachment(kind, {"ZZBH": number, "unrelated": "1"})
        return judge_content(Content(fields, attachments={f"license.{kind}": data}))

    assert judged(fields["ZZBH"]).indication == "TOTAL_PASSED"
    assert judged("999900000000009").codes() == ("LICENSE_TEXT_CONTRADICTS",)


def test_only_what_both_sides_state_is_compared(
    fields: dict[str, str], face: dict[str, str], judge_content: Judge
) -> None:
    for silent in ({"证照编号": face["证照编号"]}, {"证照编号": ""}, {"经营范围": "餐饮"}):
        report = judge_content(Content(fields, silent))
        assert (report.indication, report.codes()) == ("TOTAL_PASSED", ())
    assert _license(judge_content(Content(fields, {"经营范围": "餐饮"}))).fields["经营范围"] == "餐饮"


def test_layout_may_break_lines_and_write_dates_its_own_way(
    fields: dict[str, str], face: dict[str, str], judge_content: Judge
) -> None:
    start = fields["ZZYXQQSRQ"]
    written = f"{start[:4]}年{start[5:7]}月{start[8:]}日"
    broken = f" {face['持证主体'][:3]}\n{face['持证主体'][3:]}"
    report = judge_content(Content(fields, {**face, "有效期起始日期": written, "持证主体": broken}))
    assert report.indication == "TOTAL_PASSED"


def test_a_broken_rule_goes_before_a_contradiction(
    fields: dict[str, str], face: dict[str, str], judge_content: Judge
) -> None:
    expired = {**fields, "ZZYXQJZRQ": "2020-01-01"}
    report = judge_content(Content(expired, face))
    assert (report.indication, _binding(report).code) == ("TOTAL_FAILED", "LICENSE_EXPIRED")


def test_text_is_found_on_the_template_a_page_uses(
    fields: dict[str, str], face: dict[str, str], judge_content: Judge
) -> None:
    members = build_members([Content(fields, face)])
    template = b'<ofd:CommonData><ofd:TemplatePage ID="7" BaseLoc="TPLS/TPL_0/Content.xml"/>'
    texts = dict(enumerate(face.values(), 1000))
    used = '<ofd:Template TemplateID="7" ZOrder="Background"/>'

    def judged(first: str, more: str = used) -> VerificationReport:
        changed = {
            _DOCUMENT: members[_DOCUMENT].replace(b"<ofd:CommonData>", template),
            _PAGE: _page({i: text for i, text in texts.items() if i > 1000}, more),
            "Doc_0/TPLS/TPL_0/Content.xml": _page({1000: first}),
        }
        return judge_content(Content(fields, face), changed)

    assert judged(texts[1000]).indication == "TOTAL_PASSED"
    assert judged("1.2.156.3005.2.0").codes() == ("LICENSE_TEXT_CONTRADICTS",)
    assert judged("1.2.156.3005.2.0", more="").codes() == ()  # the page does not use that template


def test_two_objects_of_one_id_are_refused(
    fields: dict[str, str], face: dict[str, str], judge_content: Judge
) -> None:
    page = build_members([Content(fields, face)])[_PAGE]
    again = b'<ofd:TextObject ID="1000"><ofd:TextCode>1.2</ofd:TextCode></ofd:TextObject></ofd:Layer>'
    report = judge_content(Content(fields, face), {_PAGE: page.replace(b"</ofd:Layer>", again)})
    assert (report.indication, report.codes()) == ("TOTAL_FAILED", ("OFD_OBJECT_ID_REPEATED",))


def test_two_pages_of_one_id_are_refused(
    fields: dict[str, str], face: dict[str, str], judge_content: Judge
) -> None:
    document = build_members([Content(fields, face)])[_DOCUMENT]
    again = b'<ofd:Page ID="1" BaseLoc="Pages/Page_1/Content.xml"/></ofd:Pages>'
    report = judge_content(Content(fields, face), {_DOCUMENT: document.replace(b"</ofd:Pages>", again)})
    assert report.codes() == ("OFD_PAGE_ID_REPEATED",)


def test_a_name_on_several_texts_states_something_only_where_they_agree(
    fields: dict[str, str], face: dict[str, str], judge_content: Judge
) -> None:
    tag = build_members([Content(fields, face)])[_TAG]
    number = '<证照编号><ObjectRef PageRef="1">1001</ObjectRef></证照编号>'.encode()
    assert number in tag
    name = '<证照编号><ObjectRef PageRef="1">1002</ObjectRef></证照编号>'.encode()
    other = {**face, "证照编号": "999900000000009"}
    assert judge_content(Content(fields, other), {_TAG: tag.replace(number, number * 2)}).codes() == (
        "LICENSE_TEXT_CONTRADICTS",
    )
    assert judge_content(Content(fields, other), {_TAG: tag.replace(number, number + name)}).codes() == ()


@pytest.mark.parametrize("member", [_TAG, _PAGE, _DOCUMENT, "Doc_0/CustomTags/CustomTags.xml"])
def test_what_is_not_covered_is_not_read(member: str, face: dict[str, str], judge_content: Judge) -> None:
    report = judge_content(Content({}, face), left_out=(member,))
    assert report.license is None
    assert "UNCOVERED_PARTS" in report.codes()


def test_custom_data_that_is_not_covered_is_not_read(fields: dict[str, str], judge_content: Judge) -> None:
    report = judge_content(Content(fields), left_out=("OFD.xml",))
    assert report.license is None
    assert {"LICENSE_METADATA_NOT_COVERED", "UNCOVERED_PARTS"} <= set(report.codes())


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b'<:params xmlns:=""></:params>', ("LICENSE_DATA_UNREADABLE",)),
        ('<?xml version="1.0" encoding="GBK"?><证照/>'.encode("gbk"), ("LICENSE_DATA_UNREADABLE",)),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', ("XML_DOCTYPE_REFUSED",)),
    ],
    ids=["malformed", "gbk", "doctype"],
)
def test_an_index_nobody_can_read_is_a_finding_and_a_doctype_is_refused(
    content: bytes, codes: tuple[str, ...], fields: dict[str, str], face: dict[str, str], judge_content: Judge
) -> None:
    report = judge_content(Content(fields, face), {_TAG: content})
    assert report.codes() == codes
    passed = codes == ("LICENSE_DATA_UNREADABLE",)
    assert report.indication == ("TOTAL_PASSED" if passed else "TOTAL_FAILED")


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"ZZBH":"1","ZZBH":"2"}', b"\xff"])
def test_an_attachment_nobody_can_read_is_a_finding(
    data: bytes, fields: dict[str, str], judge_content: Judge
) -> None:
    report = judge_content(Content(fields, attachments={"license.json": data}))
    assert (report.indication, report.codes()) == ("TOTAL_PASSED", ("LICENSE_DATA_UNREADABLE",))


def test_one_name_in_two_ways_of_writing_is_a_repetition(
    fields: dict[str, str], judge_content: Judge
) -> None:
    report = judge_content(Content({**fields, "证照编号": fields["ZZBH"]}))
    assert report.codes() == ("OFD_CUSTOM_DATA_REPEATED",)


def test_several_holders_are_compared_as_a_whole(fields: dict[str, str], judge_content: Judge) -> None:
    two = [people.COMPANY.id, people.OTHER_COMPANY.id]
    data = json.dumps({**fields, "CZZT": ["甲", "乙"], "CZZTDM": two}).encode()
    report = judge_content(Content({}, attachments={"license.json": data}))
    assert [holder.id for holder in _license(report).holders] == two
    contradicting = judge_content(Content(fields, attachments={"license.json": data}))
    assert _binding(contradicting).detail["fields"] == ["CZZT", "CZZTDM"]


def test_names_on_the_face_are_known() -> None:
    assert {name: short_name(name) for name in _FACE} == _FACE
    assert short_name("ZZBH") == "ZZBH"
    assert short_name("经营范围") is None


def test_a_place_that_says_one_thing_in_two_ways_contradicts_itself() -> None:
    license_, contradictions = license_from_statements([{"ZZBH": ["1", "2"]}])
    assert license_ is not None
    assert (license_.number, contradictions) == ("1", ("ZZBH",))
    assert license_from_statements([{"ZZBH": ["1", "1"]}])[1] == ()
    assert license_from_statements([]) == (None, ())
