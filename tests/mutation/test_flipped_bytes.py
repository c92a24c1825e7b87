"""One genuine file of each format, every signed byte flipped once: nothing passes.

`make test` takes every so many-th byte, `make mutate` takes all of them (MUTATION_STRIDE=1).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms

from license_service.demo.issuer import Twin
from license_service.demo.ofd import pack, unpack
from license_service.verification.report import Indication, VerificationReport

_STRIDES = {
    # format: how many bytes a step; primes, so that no structure hides between the steps
    "business-license.ofd": 61,
    "health-certificate.pdf": 211,
    "legal-person-id.jws": 17,
    "fire-safety.cms": 17,
}
_LIST = "Doc_0/Signs/Signatures.xml"  # no signature can cover it: a later one is entered there
_PARTS = 8
_BYTE_RANGE = re.compile(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\s*\]")

Judge = Callable[..., VerificationReport]


@dataclass(frozen=True)
class _Region:
    """A run of signed bytes: where it is, and the file with some of it replaced."""

    name: str
    content: bytes
    replaced: Callable[[bytes], bytes]

    def flipped(self, at: int) -> bytes:
        return self.replaced(
            self.content[:at] + bytes([self.content[at] ^ 1 << at % 8]) + self.content[at + 1 :]
        )


def _span(name: str, data: bytes, begin: int, end: int) -> _Region:
    return _Region(name, data[begin:end], lambda new: data[:begin] + new + data[end:])


def _copies(name: str, data: bytes, piece: bytes, written: Callable[[bytes], bytes] = bytes) -> _Region:
    """Take a piece in every place it stands: some writers put the signer's certificate in twice."""
    assert written(piece) in data
    return _Region(name, piece, lambda new: data.replace(written(piece), written(new)))


def _member(members: dict[str, bytes], name: str) -> _Region:
    return _Region(name, members[name], lambda new: pack({**members, name: new}))


def _signed_data(der: bytes) -> dict[str, bytes]:
    """Return the pieces of a SignedData that its signature, or the authority's, covers."""
    signed = cms.ContentInfo.load(der)["content"]
    signer: Any = signed["signer_infos"][0]
    serial = signer["sid"].chosen["serial_number"].native
    certificate = next(c.chosen for c in signed["certificates"] if c.chosen.serial_number == serial)
    return {
        "attributes": signer["signed_attrs"].contents,
        "value": signer["signature"].native,
        "certificate": certificate.dump(),
    }


def _cms_regions(data: bytes) -> Iterator[_Region]:
    content = cms.ContentInfo.load(data)["content"]["encap_content_info"]["content"].native
    for name, piece in {"content": content, **_signed_data(data)}.items():
        yield _copies(name, data, piece)


def _pdf_regions(data: bytes) -> Iterator[_Region]:
    match = _BYTE_RANGE.search(data)
    assert match is not None
    start, before, after, length = map(int, match.groups())
    yield _span("before the signature", data, start, before)
    yield _span("behind the signature", data, after, after + length)
    # A digit's case says nothing, so bits are flipped in what the digits stand for.
    for name, piece in _signed_data(bytes.fromhex(data[before + 1 : after - 1].decode())).items():
        yield _copies(name, data, piece, lambda value: value.hex().upper().encode())


def _regions(file: str, data: bytes) -> list[_Region]:
    if file.endswith(".ofd"):
        members = unpack(data)
        return [_member(members, name) for name in members if name != _LIST]
    if file.endswith(".jws"):
        return [_span("all", data, 0, len(data))]
    return list(_cms_regions(data) if file.endswith(".cms") else _pdf_regions(data))


@pytest.mark.parametrize("part", range(_PARTS))
@pytest.mark.parametrize("file", _STRIDES)
def test_no_flipped_byte_passes(file: str, part: int, judge: Judge, samples_dir: Path) -> None:
    data = (samples_dir / Twin.GENUINE / file).read_bytes()
    assert judge(data).indication is Indication.TOTAL_PASSED
    stride = int(os.environ.get("MUTATION_STRIDE", _STRIDES[file]))
    for region in _regions(file, data):
        assert region.replaced(region.content) == data
        steps = range(part * stride, len(region.content), _PARTS * stride)
        passed = [at for at in steps if judge(region.flipped(at)).indication is Indication.TOTAL_PASSED]
        assert passed == [], region.name
