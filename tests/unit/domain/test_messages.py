"""Every code a clerk can meet has a sentence of its own in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import license_service
from license_service.domain.messages import message
from license_service.verification.report import Indication

ROOM = Path(license_service.__file__).parent
CODE = re.compile(r"[A-Z]{3,}|[A-Z]+(_[A-Z]+)+")
CJK = re.compile(r"[\u4e00-\u9fff]")
SOURCES = (
    "domain/assessment.py",
    "verification/checks/*.py",
    "verification/crypto/paths.py",
    "verification/crypto/revocation.py",
    "verification/verifier.py",
    "verification/formats/ofd/__init__.py",
)
NO_CODES = {*(item.value for item in Indication), "OFD", "RSA"}


def _literals(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
            yield node.value


def _format_codes(tree: ast.AST) -> set[str]:
    """Return the codes of refused formats, which share one sentence that names the code."""
    raised = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    named = (node for node in raised if isinstance(node.func, ast.Name) and node.func.id == "FormatError")
    return {code for node in named for code in _literals(node)}


def _trees(*patterns: str) -> list[ast.Module]:
    return [ast.parse(path.read_text()) for pattern in patterns for path in sorted(ROOM.glob(pattern))]


def _emitted() -> list[str]:
    codes = {code for tree in _trees(*SOURCES) for code in set(_literals(tree)) - _format_codes(tree)}
    return sorted(codes - NO_CODES)


def _refused_formats() -> list[str]:
    return sorted({code for tree in _trees("verification/**/*.py") for code in _format_codes(tree)})


def test_the_codes_of_the_source_are_found() -> None:
    assert {"EXEMPT_BY_LICENSE", "SUBMITTED", "COMMITTED", "DEFERRED", "LICENSE_UNDETERMINED"} < set(
        _emitted()
    )
    assert {"SIGNATURE_INVALID", "HOLDER_MISMATCH", "CERTIFICATE_REVOKED", "NO_SIGNATURE"} < set(_emitted())
    assert {"ZIP_DUPLICATE_NAME", "JWS_MALFORMED", "PDF_ENCRYPTED"} < set(_refused_formats())


@pytest.mark.parametrize("code", _emitted())
def test_every_emitted_code_has_its_own_sentence_in_chinese_and_english(code: str) -> None:
    text = message(code)
    assert code not in text.zh
    assert code not in text.en
    assert CJK.search(text.zh)
    assert text.en.isascii()
    assert text.en


@pytest.mark.parametrize("code", _refused_formats())
def test_every_refused_format_has_a_sentence_in_chinese_and_english(code: str) -> None:
    text = message(code)
    assert CJK.search(text.zh)
    assert text.en.isascii()
    assert text.en


def test_an_unknown_code_is_named_in_both_languages() -> None:
    text = message("NEVER_HEARD_OF")
    assert CJK.search(text.zh)
    assert "NEVER_HEARD_OF" in text.zh
    assert "NEVER_HEARD_OF" in text.en


def test_different_emitted_codes_have_different_sentences() -> None:
    sentences = [message(code).zh for code in _emitted()]
    assert len(set(sentences)) == len(sentences)
