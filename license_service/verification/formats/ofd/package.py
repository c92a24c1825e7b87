"""Read a zip so that no two readers could see different things in it.

1. Find the one end-of-central-directory record; it must end the file.
2. Walk the central directory; each entry must agree with its local header.
3. The entries must tile the file from its first byte to the central directory.
4. Names must be plain relative paths, unique also when case is ignored.
5. Inflate with a byte budget; size and CRC must be as declared.

Clause: APPNOTE.TXT 6.3.10, 4.3; design: PyPI's rules after its 2025 parser-confusion work.
"""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_INFLATED_BYTES, MAX_ZIP_ENTRIES, MAX_ZIP_RATIO

_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_DESCRIPTOR = struct.Struct("<3L")
_ZIP64_FIELD = struct.Struct("<2H2Q")
_ZIP64 = 0xFFFFFFFF
_END_MAGIC, _CENTRAL_MAGIC, _LOCAL_MAGIC = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
_DESCRIPTOR_MAGIC = b"PK\x07\x08"
_ENCRYPTED, _HAS_DESCRIPTOR, _UTF8 = 0x0001, 0x0008, 0x0800
_DECIDING_FLAGS = _ENCRYPTED | _HAS_DESCRIPTOR
"""The UTF-8 flag of local header and directory differ in the field; the name's bytes must not."""
_STORED, _DEFLATED = 0, 8
_UNICODE_PATH = 0x7075
_SMALL_MEMBER = 1024 * 1024
"""Below this the ratio is not judged: a page of blanks compresses better than any bomb needs to."""


@dataclass(frozen=True)
class _Entry:
    name: str
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    offset: int
    raw_name: bytes


def read_package(data: bytes) -> Mapping[str, bytes]:
    """Return every file member by name, in the order of the central directory.

    Raises:
        FormatError: `ZIP_*` if the zip is malformed, ambiguous, or beyond a bound.
    """
    start, count = _end_record(data)
    entries = list(_central_directory(data, start, count))
    _require_unique(entries)
    spans = sorted((entry.offset, _local_end(data, entry), entry) for entry in entries)
    _require_tiling([(begin, end) for begin, end, _ in spans], start)
    if sum(entry.size for entry in entries) > MAX_INFLATED_BYTES:
        raise FormatError("ZIP_BOMB", "declared sizes exceed the limit")
    return {entry.name: _inflate(data, entry) for entry in entries if not entry.name.endswith("/")}


def _end_record(data: bytes) -> tuple[int, int]:
    position = data.rfind(_END_MAGIC)
    if position < 0 or len(data) - position < _END.size:
        raise FormatError("ZIP_MALFORMED", "no end of central directory")
    _, disk, start_disk, here, count, size, start, comment = _END.unpack_from(data, position)
    if position + _END.size + comment != len(data) or comment:
        raise FormatError("ZIP_TRAILING_DATA")
    if disk or start_disk or here != count or start + size != position:
        raise FormatError("ZIP_MALFORMED", "end of central directory does not fit")
    if count > MAX_ZIP_ENTRIES:
        raise FormatError("ZIP_TOO_MANY_ENTRIES")
    return start, count


def _central_directory(data: bytes, start: int, count: int) -> Iterable[_Entry]:
    position = start
    for _ in range(count):
        fields = _unpack(_CENTRAL, data, position)
        if fields[0] != _CENTRAL_MAGIC:
            raise FormatError("ZIP_MALFORMED", "central directory entry")
        _, _, _, flags, method, _, _, crc, compressed, size, name, extra, comment, *_, offset = fields
        name_at = position + _CENTRAL.size
        raw_name = data[name_at : name_at + name]
        _require_one_name(data[name_at + name : name_at + name + extra])
        yield _Entry(_decode(raw_name, flags), flags, method, crc, compressed, size, offset, raw_name)
        position += _CENTRAL.size + name + extra + comment
    if data[position : position + 4] != _END_MAGIC:
        raise FormatError("ZIP_MALFORMED", "central directory does not end where it says")


def _require_one_name(extra: bytes) -> None:
    # A reader that knows the Unicode path field takes the name from it (APPNOTE 6.3.10, 4.6.9).
    position = 0
    while position + 4 <= len(extra):
        identifier, length = struct.unpack_from("<2H", extra, position)
        if identifier == _UNICODE_PATH:
            raise FormatError("ZIP_NAME_UNSAFE", "a second name")
        position += 4 + length


def _local_end(data: bytes, entry: _Entry) -> int:
    fields = _unpack(_LOCAL, data, entry.offset)
    magic, _, flags, method, _, _, crc, compressed, size, name, extra = fields
    if magic != _LOCAL_MAGIC:
        raise FormatError("ZIP_MALFORMED", "local header")
    name_at = entry.offset + _LOCAL.size
    same_name = data[name_at : name_at + name] == entry.raw_name
    _require_one_name(data[name_at + name : name_at + name + extra])
    if not same_name or method != entry.method or (flags ^ entry.flags) & _DECIDING_FLAGS:
        raise FormatError("ZIP_LOCAL_MISMATCH", entry.name)
    if (compressed, size) == (_ZIP64, _ZIP64):
        compressed, size = _zip64_sizes(data[name_at + name : name_at + name + extra])
    end = name_at + name + extra + entry.compressed
    if flags & _HAS_DESCRIPTOR and (crc, compressed, size) == (0, 0, 0):
        return _descriptor_end(data, entry, end)
    if (crc, compressed, size) != (entry.crc, entry.compressed, entry.size):
        raise FormatError("ZIP_LOCAL_MISMATCH", entry.name)
    return _descriptor_end(data, entry, end) if flags & _HAS_DESCRIPTOR else end


def _zip64_sizes(extra: bytes) -> tuple[int, int]:
    """Read the sizes some writers put in a ZIP64 field although they would fit; they must be alone."""
    if len(extra) != _ZIP64_FIELD.size:
        raise FormatError("ZIP_LOCAL_MISMATCH", "ZIP64 field")
    identifier, length, size, compressed = _ZIP64_FIELD.unpack(extra)
    if (identifier, length) != (1, 16):
        raise FormatError("ZIP_LOCAL_MISMATCH", "ZIP64 field")
    return compressed, size


def _descriptor_end(data: bytes, entry: _Entry, position: int) -> int:
    if data[position : position + 4] == _DESCRIPTOR_MAGIC:
        position += 4
    if _unpack(_DESCRIPTOR, data, position) != (entry.crc, entry.compressed, entry.size):
        raise FormatError("ZIP_LOCAL_MISMATCH", entry.name)
    return position + _DESCRIPTOR.size


def _require_tiling(spans: list[tuple[int, int]], end: int) -> None:
    position = 0
    for begin, finish in spans:
        if begin > position:
            raise FormatError("ZIP_PREPENDED_DATA" if position == 0 else "ZIP_GAP")
        if begin < position:
            raise FormatError("ZIP_OVERLAP")
        position = finish
    if position != end:
        raise FormatError("ZIP_GAP" if position < end else "ZIP_OVERLAP")


def _require_unique(entries: list[_Entry]) -> None:
    names = [unicodedata.normalize("NFC", entry.name).casefold().rstrip("/") for entry in entries]
    if len(set(names)) != len(names):
        raise FormatError("ZIP_DUPLICATE_NAME")


def _decode(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8" if flags & _UTF8 else "ascii")
    except UnicodeDecodeError:
        name = _decode_legacy(raw)
    parts = name.removesuffix("/").split("/")
    if "\\" in name or not name.isprintable() or any(part in ("", ".", "..") for part in parts):
        raise FormatError("ZIP_NAME_UNSAFE")
    return name


def _decode_legacy(raw: bytes) -> str:
    for encoding in ("utf-8", "gbk"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FormatError("ZIP_NAME_UNSAFE")


def _inflate(data: bytes, entry: _Entry) -> bytes:
    _require_readable(entry)
    name, extra = struct.unpack_from("<2H", data, entry.offset + 26)
    begin = entry.offset + _LOCAL.size + name + extra
    stored = data[begin : begin + entry.compressed]
    content = stored if entry.method == _STORED else _deflate(stored, entry)
    if len(content) != entry.size or zlib.crc32(content) != entry.crc:
        raise FormatError("ZIP_CONTENT_MISMATCH", entry.name)
    return content


def _require_readable(entry: _Entry) -> None:
    if entry.flags & _ENCRYPTED:
        raise FormatError("ZIP_ENCRYPTED", entry.name)
    if entry.method not in (_STORED, _DEFLATED):
        raise FormatError("ZIP_METHOD_REFUSED", entry.name)
    if entry.size > max(entry.compressed * MAX_ZIP_RATIO, _SMALL_MEMBER):
        raise FormatError("ZIP_BOMB", entry.name)


def _deflate(stored: bytes, entry: _Entry) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflater.decompress(stored, entry.size + 1)
    except zlib.error as error:
        raise FormatError("ZIP_CONTENT_MISMATCH", entry.name) from error
    if not inflater.eof or inflater.unused_data or inflater.unconsumed_tail:
        raise FormatError("ZIP_CONTENT_MISMATCH", entry.name)
    return content


def _unpack(structure: struct.Struct, data: bytes, position: int) -> tuple[Any, ...]:
    try:
        return structure.unpack_from(data, position)
    except struct.error as error:
        raise FormatError("ZIP_MALFORMED", "truncated") from error
