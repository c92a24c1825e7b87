"""The malformed SignedData of Tongsuo: each breaks one rule on attributes, and is refused for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from license_service.verification.crypto.signed_data import parse_signed_data
from license_service.verification.document import FormatError

_VECTORS = Path(os.environ.get("VECTORS_DIR", "vectors-not-set")) / "cms"
_RULES = {
    # file: how the code of the broken rule begins
    "bad_signtime_attr.cms": "CMS_SIGNING_TIME_",  # among the unsigned attributes (RFC 5652, 11.3)
    "ct_multiple_attr.cms": "CMS_CONTENT_TYPE_",
    "no_ct_attr.cms": "CMS_CONTENT_TYPE_",
    "no_md_attr.cms": "CMS_MESSAGE_DIGEST_",
}

pytestmark = pytest.mark.skipif(not _VECTORS.is_dir(), reason="VECTORS_DIR has no cms folder")


def test_every_file_is_known() -> None:
    assert {path.name for path in _VECTORS.iterdir()} == set(_RULES)


@pytest.mark.parametrize("name", _RULES)
def test_refused_for_the_broken_rule(name: str) -> None:
    codes = _codes((_VECTORS / name).read_bytes())
    # The files are in BER, so refusing to read them at all is as right.
    assert [code for code in codes if code == "CMS_MALFORMED" or code.startswith(_RULES[name])]


def _codes(data: bytes) -> tuple[str, ...]:
    try:
        signers = parse_signed_data(data).signers
    except FormatError as error:
        return (error.code,)
    return tuple(code for signer in signers for code in signer.failures)
