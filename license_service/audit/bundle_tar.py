"""The container of an evidence bundle: a tar that has one spelling only.

Every header must be, byte for byte, the one this module writes for a name and a size. So there are no links,
no folders, no owners and no second way to say a thing, and nothing is ever unpacked to a disk.
Clause: POSIX.1-2017, pax: ustar interchange format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from license_service.audit.errors import AuditError

_BLOCK = 512
_END = bytes(2 * _BLOCK)
_CHUNK = 1 << 20
_NAME_BYTES, _LARGEST = 100, 0o77777777777


class BundleWriter:
    """Write members one after another."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def add(self, name: str, size: int, chunks: Iterable[bytes]) -> None:
        """Write a member whose chunks have `size` bytes together."""
        self._file.write(_header(name, size))
        for chunk in chunks:
            self._file.write(chunk)
        self._file.write(bytes(-size % _BLOCK))

    def end(self) -> None:
        """Write the end."""
        self._file.write(_END)


class BundleReader:
    """Read members in the order in which they must come."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def member(self, name: str, limit: int) -> bytes:
        """Return a small member.

        Raises:
            AuditError: `BUNDLE_MALFORMED` if another comes, or it is larger than `limit`.
        """
        size = self._open(name)
        if size > limit:
            raise AuditError("BUNDLE_MALFORMED", f"{name} is larger than {limit} bytes")
        return b"".join(self._chunks(size))

    def place(self) -> int:
        """Return where in the file the next bytes come from."""
        return self._file.tell()

    def stream(self, name: str) -> Iterator[bytes]:
        """Yield a large member in chunks; read to its end before the next member.

        Raises:
            AuditError: as `member`, or `BUNDLE_INCOMPLETE` where the file ends in it.
        """
        return self._chunks(self._open(name))

    def end(self) -> None:
        """Require that nothing follows.

        Raises:
            AuditError: `BUNDLE_MALFORMED` or `BUNDLE_INCOMPLETE`.
        """
        if self._exactly(len(_END)) != _END or self._file.read(1):
            raise AuditError("BUNDLE_MALFORMED", "something follows the last member")

    def _open(self, name: str) -> int:
        header = self._exactly(_BLOCK)
        try:
            size = int(header[124:135], 8)
        except ValueError as error:
            raise AuditError("BUNDLE_MALFORMED", f"no {name} where it must be") from error
        if not 0 <= size <= _LARGEST or header != _header(name, size):
            raise AuditError("BUNDLE_MALFORMED", f"no {name} where it must be")
        return size

    def _chunks(self, size: int) -> Iterator[bytes]:
        left = size
        while left:
            chunk = self._exactly(min(left, _CHUNK))
            left -= len(chunk)
            yield chunk
        if any(self._exactly(-size % _BLOCK)):
            raise AuditError("BUNDLE_MALFORMED", "padding")

    def _exactly(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) != count:
            raise AuditError("BUNDLE_INCOMPLETE", "the file ends early")
        return data


def _header(name: str, size: int) -> bytes:
    """Spell out the header of a regular file, mode 444, of nobody, at the epoch.

    Not by `tarfile`, whose spelling of fields that mean nothing changes between versions of Python.
    """
    path = name.encode("ascii")
    if len(path) >= _NAME_BYTES or size > _LARGEST:
        raise ValueError(f"no member {name} of {size} bytes")
    numbers = f"0000444\x000000000\x000000000\x00{size:011o}\x00{0:011o}\x00"
    head = path.ljust(_NAME_BYTES, b"\x00") + numbers.encode()
    tail = (b"0" + bytes(100) + b"ustar\x0000").ljust(_BLOCK - len(head) - 8, b"\x00")
    checksum = sum(head) + sum(tail) + 8 * ord(" ")
    return head + f"{checksum:06o}\x00 ".encode() + tail
