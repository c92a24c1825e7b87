"""Encrypted files, packed objects, and license data wherever a signed revision may hold it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from license_service.cli.verify import verify as verify_command
from license_service.demo.pdf import PdfSigning, add_security_store, sign_pdf, write_pdf
from license_service.demo.pki import DemoPki
from license_service.verification.evidence import Evidence
from license_service.verification.formats.pdf import parse_pdf
from license_service.verification.formats.pdf.sources import JSON_FILE, XML_FILE, XMP_NAMESPACE
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import Presentation
from license_service.verification.report import Indication, VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

Judge = Callable[..., VerificationReport]
Append = Callable[..., bytes]
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_PASSWORD = "口令-1"


def _json(fields: Mapping[str, str]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def _xml(fields: Mapping[str, str]) -> bytes:
    body = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f"<license>{body}</license>".encode()


def _xmp(fields: Mapping[str, str]) -> bytes:
    body = "".join(f"<l:{name}>{value}</l:{name}>" for name, value in fields.items())
    return (
        f'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">'
        f'<rdf:Description rdf:about="" xmlns:l="{XMP_NAMESPACE}">{body}</rdf:Description>'
        f'</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


@pytest.fixture(scope="module")
def encrypted(fields: Mapping[str, str], signing: PdfSigning, signed_at: datetime) -> bytes:
    return sign_pdf(write_pdf({JSON_FILE: _json(fields)}, password=_PASSWORD), signing, signed_at, _PASSWORD)


class TestEncrypted:
    @pytest.mark.parametrize(
        ("password", "code"),
        [(_PASSWORD, None), (None, "PDF_ENCRYPTED"), ("", "PDF_PASSWORD_WRONG"), ("x", "PDF_PASSWORD_WRONG")],
    )
    def test_a_password_opens_it(
        self, password: str | None, code: str | None, encrypted: bytes, policy: VerificationPolicy,
        trust: TrustStore, evidence: Evidence, now: datetime,
    ) -> None:  # fmt: skip
        report = verify(encrypted, policy, trust, evidence, now, Presentation(password=password))
        assert report.codes() == (() if code is None else (code,))
        assert (report.indication is Indication.TOTAL_PASSED) == (code is None)

    def test_one_that_only_restricts_its_use_needs_none(
        self, fields: Mapping[str, str], signing: PdfSigning, signed_at: datetime, judge: Judge
    ) -> None:
        data = write_pdf({JSON_FILE: _json(fields)}, password="")
        assert judge(sign_pdf(data, signing, signed_at, "")).indication is Indication.TOTAL_PASSED

    def test_a_second_signature_is_compared(
        self, encrypted: bytes, signing: PdfSigning, signed_at: datetime
    ) -> None:
        data = sign_pdf(encrypted, replace(signing, field="Second"), signed_at, _PASSWORD)
        assert [item.uncovered for item in parse_pdf(data, _PASSWORD).signatures] == [(), ()]

    def test_the_command_reads_the_password_from_the_environment_or_asks(
        self, encrypted: bytes, tmp_path: Path, pki_dir: Path, policy_file: Path
    ) -> None:
        path = tmp_path / "encrypted.pdf"
        path.write_bytes(encrypted)
        folders = ["--trust", str(pki_dir / "trust"), "--evidence", str(pki_dir / "evidence")]
        arguments = [str(path), "--policy", str(policy_file), *folders]
        run = CliRunner().invoke
        assert run(verify_command, arguments).exit_code == 1
        assert run(verify_command, [*arguments, "--password"], input=f"{_PASSWORD}\n").exit_code == 0
        environment = {"LICENSE_PASSWORD": _PASSWORD}
        assert run(verify_command, [*arguments, "--password"], env=environment).exit_code == 0
        assert run(verify_command, [*arguments, "--password"], env={"LICENSE_PASSWORD": "x"}).exit_code == 1


class TestSources:
    @pytest.mark.parametrize("source", ["json", "xml", "xmp", "all"])
    def test_each_is_read(
        self, source: str, fields: Mapping[str, str], signing: PdfSigning, signed_at: datetime, judge: Judge
    ) -> None:
        files = {JSON_FILE: _json(fields)} if source in {"json", "all"} else {}
        files |= {XML_FILE: _xml(fields)} if source in {"xml", "all"} else {}
        xmp = _xmp(fields) if source in {"xmp", "all"} else b""
        report = judge(sign_pdf(write_pdf(files, xmp=xmp), signing, signed_at), holder=fields["CZZTDM"])
        assert report.indication is Indication.TOTAL_PASSED
        assert report.license is not None
        assert (report.license.number, report.license.issuer) == (fields["ZZBH"], fields["ZZBFJG"])

    @pytest.mark.parametrize("source", ["xml", "xmp"])
    def test_two_that_contradict_are_for_a_person(
        self, source: str, fields: Mapping[str, str], signing: PdfSigning, signed_at: datetime, judge: Judge
    ) -> None:
        other = {**fields, "ZZYXQJZRQ": "2099-12-31"}
        files = {JSON_FILE: _json(fields), **({XML_FILE: _xml(other)} if source == "xml" else {})}
        data = write_pdf(files, xmp=_xmp(other) if source == "xmp" else b"")
        report = judge(sign_pdf(data, signing, signed_at))
        assert report.codes() == ("LICENSE_SOURCES_CONTRADICT",)
        assert report.indication is Indication.INDETERMINATE

    def test_several_holders_are_told_by_repetition(
        self, fields: Mapping[str, str], signing: PdfSigning, signed_at: datetime
    ) -> None:
        two = _xml(fields).replace(
            b"</license>", "<CZZT>乙</CZZT><CZZTDM>999900199003070045</CZZTDM></license>".encode()
        )
        parsed = parse_pdf(sign_pdf(write_pdf({XML_FILE: two}), signing, signed_at))
        assert parsed.license is not None
        assert [holder.name for holder in parsed.license.holders] == [fields["CZZT"], "乙"]

    @pytest.mark.parametrize(
        ("files", "code"),
        [
            ({XML_FILE: b'<!DOCTYPE a [<!ENTITY b "c">]><a><ZZBH>&b;</ZZBH></a>'}, "XML_DOCTYPE_REFUSED"),
            ({XML_FILE: b"<a>"}, "XML_MALFORMED"),
            ({XML_FILE: b"<a>" * 300 + b"</a>" * 300}, "XML_MALFORMED"),
            ({JSON_FILE: b'{"ZZBH":"1","ZZBH":"2"}'}, "JSON_NAME_REPEATED"),
            ({JSON_FILE: b" " * (9 * 1024 * 1024)}, "PDF_MALFORMED"),
        ],
        ids=["doctype", "open", "deep", "twice", "large"],
    )
    def test_a_malformed_one_is_refused(
        self, files: Mapping[str, bytes], code: str, signing: PdfSigning, signed_at: datetime, judge: Judge
    ) -> None:
        assert judge(sign_pdf(write_pdf(files), signing, signed_at)).codes() == (code,)


def test_packed_objects_are_read(
    fields: Mapping[str, str], signing: PdfSigning, signed_at: datetime, pki: DemoPki, judge: Judge
) -> None:
    page = write_pdf({JSON_FILE: _json(fields)}, packed=True)
    assert b"/ObjStm" in page
    assert b"\nxref" not in page
    signed = sign_pdf(page, replace(signing, tsa=pki.authority("tsa", signed_at)), signed_at)
    stored = add_security_store(signed, (pki["tsa"].certificate,), ())
    assert [judge(data).indication for data in (signed, stored)] == [Indication.TOTAL_PASSED] * 2


def test_a_file_is_embedded_once(
    page: bytes, signing: PdfSigning, signed_at: datetime, append: Append, judge: Judge
) -> None:
    found = re.search(rb"\(license\\056json\) (\d+) 0 R", page)
    names = re.search(rb"/Names (\d+) 0 R", page)
    assert found is not None
    assert names is not None
    for count, codes in ((1, ()), (2, ("PDF_METADATA_REPEATED",))):
        leaves = b" ".join(b"(%d) %s 0 R" % (number, found[1]) for number in range(count))
        tree = b"<< /EmbeddedFiles << /Names [ %s ] >> >>" % leaves
        assert judge(sign_pdf(append(page, {int(names[1]): tree}), signing, signed_at)).codes() == codes
