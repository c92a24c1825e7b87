"""Write a zip whose two headers may say different things.

Clause: APPNOTE.TXT 6.3.10, 4.3 and 4.4.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_DATE = 0x21
STORED, DEFLATED = 0, 8
HAS_DESCRIPTOR, UTF8 = 0x0008, 0x0800
Numbers = tuple[int, int, int]
"""CRC, compressed size, size."""


@dataclass(frozen=True)
class Entry:
    """Hold one member; what is None is told truthfully."""

    name: bytes
    data: bytes
    method: int = DEFLATED
    flags: int = 0
    payload: bytes | None = None
    local_name: bytes | None = None
    local_method: int | None = None
    local_flags: int | None = None
    central_numbers: Numbers | None = None
    local_numbers: Numbers | None = None
    local_extra: bytes = b""
    central_extra: bytes = b""
    magic: bytes = b"PK\x03\x04"
    central_magic: bytes = b"PK\x01\x02"
    behind: bytes = b""
    shift: int = 0
    listed: bool = True

    @property
    def stored(self) -> bytes:
        """Return the bytes between the headers."""
        if self.payload is not None:
            return self.payload
        return deflate(self.data) if self.method == DEFLATED else self.data

    @property
    def numbers(self) -> Numbers:
        """Return the true CRC and sizes."""
        return zlib.crc32(self.data), len(self.stored), len(self.data)

    def local(self) -> bytes:
        """Return the local header with what follows it."""
        name = self.name if self.local_name is None else self.local_name
        method = self.method if self.local_method is None else self.local_method
        flags = self.flags if self.local_flags is None else self.local_flags
        numbers = self.local_numbers or self.numbers
        head = _LOCAL.pack(
            self.magic, 20, flags, method, 0, _DATE, *numbers, len(name), len(self.local_extra)
        )
        return head + name + self.local_extra + self.stored + self.behind

    def central(self, offset: int) -> bytes:
        """Return the entry of the central directory."""
        numbers = self.central_numbers or self.numbers
        sizes = (len(self.name), len(self.central_extra), 0, 0, 0, 0, offset + self.shift)
        head = _CENTRAL.pack(self.central_magic, 20, 20, self.flags, self.method, 0, _DATE, *numbers, *sizes)
        return head + self.name + self.central_extra


@dataclass(frozen=True)
class Frame:
    """Say what surrounds the members, and what the end record says."""

    before: bytes = b""
    gap: bytes = b""
    behind_directory: bytes = b""
    behind: bytes = b""
    moved: bool = False
    """Whether offsets count from the zip's own start, as where something was put before it."""
    count: int = 0
    disk: int = 0
    comment: bytes = b""
    comment_length: int | None = None


PLAIN = Frame()


def deflate(data: bytes) -> bytes:
    """Deflate without a header."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflater.compress(data) + deflater.flush()


def entries_of(members: Mapping[str, bytes]) -> list[Entry]:
    """Return plain entries."""
    return [Entry(name.encode(), data) for name, data in members.items()]


def write_zip(entries: Iterable[Entry], frame: Frame = PLAIN) -> bytes:
    """Write the entries in order."""
    body, directory, count = frame.before, b"", frame.count
    base = len(frame.before) if frame.moved else 0
    for entry in entries:
        if entry.listed:
            directory += entry.central(len(body) - base)
            count += 1
        body += entry.local()
    body += frame.gap
    length = len(frame.comment) if frame.comment_length is None else frame.comment_length
    numbers = (frame.disk, frame.disk, count, count, len(directory), len(body) - base, length)
    end = _END.pack(b"PK\x05\x06", *numbers) + frame.comment
    return body + directory + frame.behind_directory + end + frame.behind
