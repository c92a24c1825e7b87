"""Every code a clerk can meet has a sentence of its own in both languages, and says what to ask for."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

import pytest

import license_service
from license_service.domain.messages import CATALOGUE, SUBJECTS, message, names
from license_service.verification.clauses import CLAUSES
from license_service.verification.report import (
    CheckName,
    Indication,
    Outcome,
    SignatureKind,
    SubIndication,
)

ROOM = Path(license_service.__file__).parent
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
CJK = re.compile(r"[\u4e00-\u9fff]")
SAYING = {"failed", "undetermined", "FormatError", "PathResult", "RevocationResult", "signature_check"}
NO_CODES = {
    *(item.value for enum in (Indication, SubIndication) for item in enum),
    # parts of CMS_*_MISSING, CMS_*_REPEATED and CMS_*_UNSIGNED
    *("CONTENT_TYPE", "MESSAGE_DIGEST", "SIGNING_TIME", "SIGNING_CERTIFICATE"),
    "PDF_CERTIFIED_P",  # part of PDF_CERTIFIED_P1 to 3
    "SGD_SM3_SM2",  # the name JOSE has for a signature algorithm
    "EVP_PKEY2PKCS8",  # a function of libcrypto
    *("SHA256", "SHA384", "SHA512"),
}
COMPOSED = {
    # f"CMS_{…}_MISSING" for what is required, f"CMS_{…}_REPEATED" for all that counts,
    # f"CMS_{…}_UNSIGNED" for what means something only under the signature
    *(f"CMS_{name}_MISSING" for name in ("CONTENT_TYPE", "MESSAGE_DIGEST")),
    *(
        f"CMS_{name}_REPEATED"
        for name in ("CONTENT_TYPE", "MESSAGE_DIGEST", "SIGNING_TIME", "SIGNING_CERTIFICATE")
    ),
    *(f"CMS_{name}_UNSIGNED" for name in ("CONTENT_TYPE", "MESSAGE_DIGEST", "SIGNING_TIME")),
    *(f"PDF_CERTIFIED_P{level}" for level in (1, 2, 3)),
}
WHAT_TO_ADD = (
    "codes without a sentence. Add to the subject's file in license_service/domain/messages/ an entry\n"
    '    "CODE": Message("简体中文。", "English.", ASK),\n'
    "with an ASK of message.py (what to ask the applicant for). Where: packages.py ZIP_ XML_ OFD_; pdf.py; "
    "cms.py CMS_ PEM_ MIME_; jose.py JWS_ JWT_ JWK_ JSON_; tokens.py SVT_; "
    "credentials.py SD_JWT_ KEY_BINDING_; seals.py "
    "SEAL_ SES_; timestamps.py; certificates.py; licenses.py; status.py; signatures.py; materials.py; "
    "sources.py SOURCE_. A constant that is no code goes to NO_CODES here."
)


def _texts(tree: ast.AST) -> Iterator[str]:
    return (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def _said(tree: ast.AST) -> Iterator[str]:
    """Return upper-case words handed to what records a code, with or without an underscore."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    saying = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id in SAYING)
    return (text for call in saying for text in _texts(call) if re.fullmatch(r"[A-Z][A-Z0-9_]{4,}", text))


def _trees(*patterns: str) -> list[ast.Module]:
    return [ast.parse(path.read_text()) for pattern in patterns for path in sorted(ROOM.glob(pattern))]


def _codes() -> list[str]:
    deciding = ("domain/assessment.py", "domain/license_rule.py", "domain/bundle_decision.py")
    trees = _trees("verification/**/*.py", "services/sharing/data_sources.py", *deciding)
    literals = {text for tree in trees for text in _texts(tree) if CODE.fullmatch(text)}
    said = {text for tree in trees for text in _said(tree)}
    assessed = {"SUBMITTED", "COMMITTED", "DEFERRED"}
    return sorted((literals | said | COMPOSED | assessed) - NO_CODES)


def _missing(keys: Iterable[str], enum: type[StrEnum]) -> list[str]:
    return sorted({item.value for item in enum} - set(keys))


def test_the_codes_of_the_source_are_found() -> None:
    assert {"EXEMPT_BY_LICENSE", "LICENSE_UNDETERMINED", "SIGNATURE_INVALID", "HOLDER_MISMATCH"} < set(
        _codes()
    )
    assert {"CERTIFICATE_REVOKED", "NO_SIGNATURE", "ZIP_DUPLICATE_NAME", "JWS_MALFORMED"} < set(_codes())


def test_every_code_has_a_sentence() -> None:
    missing = [code for code in _codes() if code not in CATALOGUE]
    assert missing == [], f"{WHAT_TO_ADD}\nMissing: {', '.join(missing)}"


def test_every_composed_code_is_one_that_the_catalogue_knows() -> None:
    # A code put together at run time is found by its fixed ends.
    patterns = set()
    for tree in _trees("verification/**/*.py"):
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                ends = [v.value if isinstance(v, ast.Constant) else "*" for v in node.values]
                patterns |= {"".join(map(str, ends))} if re.match(r"[A-Z]{3,}_", str(ends[0])) else set()
    assert {
        p for p in patterns if not any(re.fullmatch(p.replace("*", "[A-Z0-9_]+"), c) for c in COMPOSED)
    } == set()


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_a_sentence_is_in_chinese_and_english_and_says_what_to_ask_for(code: str) -> None:
    text = message(code)
    for zh, en in ((text.zh, text.en), (text.ask.zh, text.ask.en)):
        assert CJK.search(zh)
        assert zh.endswith("。")
        assert en.isascii()
        assert en.endswith(".")
        assert code not in zh + en


def test_no_sentence_is_told_for_two_codes() -> None:
    for sentences in ([text.zh for text in CATALOGUE.values()], [text.en for text in CATALOGUE.values()]):
        assert [sentence for sentence, count in Counter(sentences).items() if count > 1] == []


def test_no_code_is_in_two_subjects() -> None:
    assert sum(len(subject.MESSAGES) for subject in SUBJECTS) == len(CATALOGUE)


def test_no_sentence_outlives_its_code() -> None:
    assert sorted(CATALOGUE.keys() - set(_codes())) == []


def test_an_unknown_code_is_named_in_both_languages() -> None:
    text = message("NEVER_HEARD_OF")
    assert CJK.search(text.zh)
    assert "NEVER_HEARD_OF" in text.zh
    assert "NEVER_HEARD_OF" in text.en


def test_every_check_has_a_clause_and_a_name() -> None:
    assert _missing(CLAUSES, CheckName) == [], "add to license_service/verification/clauses.py"
    assert _missing(names.CHECKS, CheckName) == [], "add to license_service/domain/messages/names.py"
    assert len(CLAUSES) == len(names.CHECKS) == len(CheckName)


@pytest.mark.parametrize(
    ("table", "enum"),
    [(names.INDICATIONS, Indication), (names.OUTCOMES, Outcome), (names.KINDS, SignatureKind)],
    ids=["indications", "outcomes", "kinds"],
)
def test_every_wire_string_on_paper_has_a_name(
    table: dict[str, tuple[str, str]], enum: type[StrEnum]
) -> None:
    assert _missing(table, enum) == [], "add to license_service/domain/messages/names.py"
    assert len(table) == len(enum)
