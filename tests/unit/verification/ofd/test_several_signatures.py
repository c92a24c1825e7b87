"""Several signatures, documents, versions: all is covered by a signature that holds, or it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from license_service.demo.ofd import Content, Covering, build_members, sign_members
from license_service.demo.pki import DemoPki
from license_service.demo.plain_signatures import PlainSigning
from license_service.demo.seals import Sealing
from license_service.verification.report import CheckName, VerificationReport

JudgeMembers = Callable[..., VerificationReport]
Members = dict[str, bytes]

_LIST = "Doc_0/Signs/Signatures.xml"
_PAGE = "Doc_0/Pages/Page_0/Content.xml"
_ADDED = "Doc_0/Annots/Annotations.xml"
_FIRST_VALUE, _SECOND_VALUE = (f"Doc_0/Signs/Sign_{i}/SignedValue.dat" for i in range(2))


def _coverage(report: VerificationReport) -> list[str]:
    checks = [signature.check(CheckName.COVERAGE) for signature in report.signatures]
    return [check.code for check in checks if check is not None]


def _broken(value: bytes) -> bytes:
    return value[:-1] + bytes([value[-1] ^ 1])


def test_a_member_nobody_lists_is_refused(
    members: Members, sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    signed = sign_members(members, sealing, at)
    assert _coverage(judge_members(signed)) == ["OK"]
    assert judge_members({**signed, _ADDED: b"<a/>"}).codes() == ("UNCOVERED_PARTS",)
    for beside in ("Doc_0/Signs/more.xml", "Doc_0/Signs/Sign_0/more.dat", "Doc_0/Signs/Sign_1/Signature.xml"):
        assert judge_members({**signed, beside: b"<a/>"}).codes() == ("UNCOVERED_PARTS",)


@pytest.mark.parametrize("left_out", ["OFD.xml", "Doc_0/Document.xml", _PAGE])
def test_a_signature_must_list_the_root_the_document_and_the_pages(
    left_out: str, members: Members, sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    listed = [name for name in members if name != left_out]
    report = judge_members(sign_members(members, sealing, at, Covering(listed)))
    assert report.indication == "TOTAL_FAILED"
    assert _coverage(report) == ["UNCOVERED_PARTS"]


def test_a_signature_that_lists_nothing_is_refused(
    members: Members, sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    report = judge_members(sign_members(members, sealing, at, Covering([])))
    assert {"REFERENCES_EMPTY", "UNCOVERED_PARTS"} <= set(report.codes())


def test_the_issuer_may_add_and_sign_again(
    members: Members, sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    first = sign_members(members, sealing, at)
    again = sign_members({**first, _ADDED: b"<a/>"}, sealing, at)
    genuine = judge_members(again)
    assert (genuine.indication, _coverage(genuine)) == ("TOTAL_PASSED", ["OK", "OK"])
    twin = judge_members({**again, _ADDED: b"<b/>"})
    assert (twin.indication, twin.codes()) == ("TOTAL_FAILED", ("UNCOVERED_PARTS", "REFERENCE_MISMATCH"))


def test_two_signatures_may_share_the_work(
    members: Members, sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    # Real licenses: the first covers the pages, the second the root and the first signature.
    pages = [name for name in members if name != "OFD.xml"]
    first = sign_members(members, sealing, at, Covering(pages))
    rest = ["OFD.xml", *(name for name in first if name.startswith("Doc_0/Signs/Sign_0/"))]
    both = sign_members(first, sealing, at, Covering(rest))
    genuine = judge_members(both)
    assert (genuine.indication, _coverage(genuine)) == ("TOTAL_PASSED", ["OK", "OK"])
    without_root = judge_members(sign_members(first, sealing, at, Covering(rest[1:])))
    assert _coverage(without_root) == ["UNCOVERED_PARTS"] * 2
    for name in (_FIRST_VALUE, _SECOND_VALUE):
        assert judge_members({**both, name: _broken(both[name])}).indication == "TOTAL_FAILED"


@pytest.mark.parametrize("name", [_ADDED, "Doc_0/Pages/Page_1/Content.xml", "Doc_0/Tags/CustomTags.xml"])
def test_what_only_a_stranger_covers_is_refused(
    name: str, members: Members, sealing: Sealing, strangers_sealing: Sealing, at: datetime,
    judge_members: JudgeMembers,
) -> None:  # fmt: skip
    signed = sign_members(members, sealing, at)
    report = judge_members(sign_members({**signed, name: b"<a/>"}, strangers_sealing, at))
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "FORMAT_FAILURE")
    assert _coverage(report) == ["COVERED_BY_STRANGER"] * 2
    check = report.signatures[0].check(CheckName.COVERAGE)
    assert check is not None
    assert check.detail["parts"] == [name]


def test_another_unit_with_a_good_certificate_is_a_stranger_too(
    members: Members, sealing: Sealing, pki: DemoPki, at: datetime, judge_members: JudgeMembers
) -> None:
    signed = sign_members(members, sealing, at)
    other = PlainSigning(pki["business-signer"], pki.chain("business-signer"))
    added = {**signed, _ADDED: b"<a/>"}
    assert judge_members(sign_members(added, other, at)).indication == "TOTAL_PASSED"
    health = replace(sealing, signer=pki["health-signer"], listed=(pki["health-signer"].certificate,))
    report = judge_members(sign_members(added, health, at))
    assert (report.indication, _coverage(report)) == ("TOTAL_FAILED", ["COVERED_BY_STRANGER"] * 2)
    assert "SIGNER_NOT_ISSUER" in report.codes()


def test_a_stranger_who_adds_nothing_leaves_the_issuers_signature_whole(
    members: Members, sealing: Sealing, strangers_sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    report = judge_members(sign_members(sign_members(members, sealing, at), strangers_sealing, at))
    assert [signature.indication for signature in report.signatures] == ["TOTAL_PASSED", "INDETERMINATE"]
    assert report.indication == "INDETERMINATE"


def test_without_any_trusted_signer_coverage_is_not_what_decides(
    members: Members, strangers_sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    report = judge_members(sign_members(members, strangers_sealing, at))
    assert (report.indication, _coverage(report)) == ("INDETERMINATE", ["OK"])


def test_a_later_signature_must_hold_for_what_is_its_own(
    members: Members, sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    both = sign_members(sign_members(members, sealing, at), sealing, at)
    assert judge_members(both).indication == "TOTAL_PASSED"
    twin = judge_members({**both, _SECOND_VALUE: _broken(both[_SECOND_VALUE])})
    assert [signature.indication for signature in twin.signatures] == ["TOTAL_FAILED"] * 2
    assert _coverage(twin) == ["UNCOVERED_PARTS", "OK"]


def test_a_removed_entry_leaves_its_files_uncovered(
    members: Members, sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    first = sign_members(members, sealing, at)
    both = sign_members(first, sealing, at)
    assert judge_members({**both, _LIST: first[_LIST]}).codes() == ("UNCOVERED_PARTS",)


def test_a_signature_over_the_list_is_broken_by_a_later_one(
    members: Members, sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    whole = sign_members(members, sealing, at, Covering(protects_list=True))
    assert judge_members(whole).indication == "TOTAL_PASSED"
    report = judge_members(sign_members(whole, sealing, at))
    assert (report.indication, report.codes()) == ("TOTAL_FAILED", ("REFERENCE_MISMATCH",))
    assert report.signatures[1].indication == "TOTAL_PASSED"
    continued = sign_members(sign_members(members, sealing, at), sealing, at, Covering(protects_list=True))
    assert judge_members(continued).indication == "TOTAL_PASSED"


def test_a_signature_upon_another_needs_it_to_hold(
    members: Members, sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    first = sign_members(members, sealing, at)
    for relative, code in (("s001", "BASE_SIGNATURE_FAILED"), ("", "UNCOVERED_PARTS")):
        both = sign_members(first, sealing, at, Covering(members, relative=relative))
        assert judge_members(both).indication == "TOTAL_PASSED"
        twin = judge_members({**both, _FIRST_VALUE: _broken(both[_FIRST_VALUE])})
        assert (twin.indication, _coverage(twin)) == ("TOTAL_FAILED", ["OK", code])


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (b'Relative="s001"', b'Relative="s009"', "OFD_RELATIVE_UNKNOWN"),
        (b'Relative="s001"', b'Relative="s002"', "OFD_RELATIVE_UNKNOWN"),
        (b'ID="s002"', b'ID="s001"', "OFD_SIGNATURE_ID_REPEATED"),
        (b"Sign_1/Signature.xml", b"Sign_0/Signature.xml", "OFD_SIGNATURE_REPEATED"),
        (b"/Doc_0/Signs/Sign_1", b"../../../Doc_0/Signs/Sign_1", "OFD_PATH_ESCAPES"),
        (b"/Doc_0/Signs/Sign_1", b"/../Doc_0/Signs/Sign_1", "OFD_PATH_ESCAPES"),
        (b"Sign_1/Signature.xml", b"Sign_1/signature.xml", "OFD_MEMBER_MISSING"),
    ],
    ids=["unknown", "itself", "id", "twice", "escape", "escape-absolute", "case"],
)
def test_a_list_that_two_readers_could_read_differently_is_refused(
    before: bytes, after: bytes, code: str, members: Members, sealing: Sealing, at: datetime,
    judge_members: JudgeMembers,
) -> None:  # fmt: skip
    both = sign_members(sign_members(members, sealing, at), sealing, at, Covering(relative="s001"))
    assert before in both[_LIST]
    report = judge_members({**both, _LIST: both[_LIST].replace(before, after)})
    assert (report.indication, report.codes()) == ("TOTAL_FAILED", (code,))


@pytest.mark.parametrize("path", ["Sign_0/Signature.xml", "./Sign_0/Signature.xml", "Sign_0\\Signature.xml",
                                  "../Signs/Sign_0/Signature.xml"])  # fmt: skip
def test_paths_are_read_as_vendors_write_them(
    path: str, members: Members, sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    signed = sign_members(members, sealing, at)
    named = signed[_LIST].replace(b"/Doc_0/Signs/Sign_0/Signature.xml", path.encode())
    assert judge_members({**signed, _LIST: named}).indication == "TOTAL_PASSED"


@pytest.mark.parametrize("change", ["repeat", "escape"])
def test_a_reference_is_listed_once_and_inside(
    change: str, members: Members, sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    path, value = "Doc_0/Signs/Sign_0/Signature.xml", "Doc_0/Signs/Sign_0/SignedValue.dat"
    signed = sign_members(members, sealing, at)
    name = "/./OFD.xml" if change == "repeat" else "/../OFD.xml"
    more = f'<ofd:Reference FileRef="{name}"><ofd:CheckValue>AA==</ofd:CheckValue></ofd:Reference>'
    xml = signed[path].replace(b"</ofd:References>", more.encode() + b"</ofd:References>")
    report = judge_members({**signed, path: xml, value: sealing.sign(xml, path, at)})
    assert report.codes() == ("OFD_REFERENCE_REPEATED" if change == "repeat" else "OFD_PATH_ESCAPES",)


def test_the_signatures_of_every_document_count(
    fields: dict[str, str], sealing: Sealing, strangers_sealing: Sealing, at: datetime,
    judge_members: JudgeMembers,
) -> None:  # fmt: skip
    members = build_members([Content(fields), Content({"note": "appendix"})])
    both = sign_members(
        members, sealing, at, Covering([n for n in members if n.startswith(("OFD", "Doc_0"))])
    )
    appendix = [name for name in members if name.startswith("Doc_1")]
    genuine = judge_members(sign_members(both, sealing, at, Covering(appendix, document="Doc_1")))
    assert (genuine.indication, len(genuine.signatures)) == ("TOTAL_PASSED", 2)
    twin = judge_members(sign_members(both, strangers_sealing, at, Covering(appendix, document="Doc_1")))
    assert (twin.indication, _coverage(twin)) == ("TOTAL_FAILED", ["COVERED_BY_STRANGER"] * 2)
    assert judge_members(both).codes() == ("OFD_MEMBER_MISSING",)  # the second list is named and not there


def test_two_different_licenses_in_one_file_are_none(
    fields: dict[str, str], sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    def signed(other: dict[str, str]) -> Members:
        members = build_members([Content(fields), Content(other)])
        one = b"<ofd:Signatures>Doc_1/Signs/Signatures.xml</ofd:Signatures>"
        return sign_members({**members, "OFD.xml": members["OFD.xml"].replace(one, b"")}, sealing, at)

    assert judge_members(signed(fields)).indication == "TOTAL_PASSED"
    twin = judge_members(signed({**fields, "ZZBH": "999900000000009"}))
    assert (twin.indication, twin.codes()) == (
        "INDETERMINATE",
        ("LICENSE_AMBIGUOUS", "LICENSE_METADATA_MISSING"),
    )


def _versioned(members: Members, current: bytes = b"true") -> Members:
    """Add an incremental version that shows another document root."""
    version = b'<ofd:Version ID="1" Index="1" Current="%s" BaseLoc="Doc_0/Versions/Version_1.xml"/>' % current
    return {
        **members,
        "OFD.xml": members["OFD.xml"].replace(
            b"</ofd:DocRoot>", b"</ofd:DocRoot><ofd:Versions>" + version + b"</ofd:Versions>"
        ),
        "Doc_0/Document_0.xml": members["Doc_0/Document.xml"],
        "Doc_0/Versions/Version_1.xml": (
            b'<ofd:DocVersion xmlns:ofd="http://www.ofdspec.org/2016" ID="1"><ofd:FileList>'
            b'<ofd:File ID="2">/Doc_0/Document_0.xml</ofd:File></ofd:FileList>'
            b"<ofd:DocRoot>/Doc_0/Document_0.xml</ofd:DocRoot></ofd:DocVersion>"
        ),
    }


def test_a_version_must_be_covered_like_the_rest(
    members: Members, sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    versioned = _versioned(members)
    assert judge_members(sign_members(versioned, sealing, at)).indication == "TOTAL_PASSED"
    for left_out in ("Doc_0/Document_0.xml", "Doc_0/Versions/Version_1.xml"):
        listed = [name for name in versioned if name != left_out]
        report = judge_members(sign_members(versioned, sealing, at, Covering(listed)))
        assert report.codes() == ("UNCOVERED_PARTS",)


def test_a_version_names_members_that_are_there_and_one_is_current(
    members: Members, sealing: Sealing, at: datetime, judge_members: JudgeMembers
) -> None:
    signed = sign_members(_versioned(members), sealing, at)
    for gone in ("Doc_0/Document_0.xml", "Doc_0/Versions/Version_1.xml"):
        left = {name: data for name, data in signed.items() if name != gone}
        assert judge_members(left).codes() == ("OFD_MEMBER_MISSING",)
    twice = _versioned(_versioned(members))["OFD.xml"].replace(b"<ofd:Versions></ofd:Versions>", b"")
    assert judge_members({**signed, "OFD.xml": twice}).codes() == ("XML_ELEMENT_REPEATED",)
    entry = signed["OFD.xml"].split(b"<ofd:Versions>")[1].split(b"</ofd:Versions>")[0]
    both = signed["OFD.xml"].replace(entry, entry * 2)
    assert judge_members({**signed, "OFD.xml": both}).codes() == ("OFD_VERSION_CURRENT_REPEATED",)
