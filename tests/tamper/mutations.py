"""Every way a bundle or an export is spoilt: at random, from a seed, so that a failure can be had again."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from license_service.audit.bundle_tar import BundleWriter
from license_service.audit.tiles import bundle_bytes
from tests.tamper.material import LOG, ReadableLog, cosigner, entries, signer

COUNT, SIZES = 90, (1, 20, 47, 90)
GOOD = ReadableLog(entries(COUNT), SIZES)
FORKS = (
    ReadableLog(entries(COUNT, "x"), SIZES),
    ReadableLog(entries(COUNT), SIZES, signer(2)),
    ReadableLog(entries(COUNT), SIZES, signer(1, "other.example/log")),
    ReadableLog(entries(COUNT), SIZES, cosigners=(cosigner(13), cosigner(14))),
)
"""Another history, another key, another origin, other witnesses: each sound in itself."""
_SHAPES: tuple[dict[str, Any], ...] = (
    {},
    {"begin": 17, "end": 64},
    {"begin": 89, "end": 90},
    {"case": "a"},
    {"case": "c"},
)
Members = dict[str, bytes]
Rows = list[dict[str, Any]]


def bundles(log: ReadableLog) -> list[bytes]:
    return [log.bundle(**shape) for shape in _SHAPES]


GOOD_BUNDLES = bundles(GOOD)
FORK_BUNDLES = [bundles(fork) for fork in FORKS]
_SOUND = [*GOOD_BUNDLES, *FORK_BUNDLES[0]]
"""Where a log and all its witnesses tell two histories, each alone is sound; both together show it."""


def unpack(data: bytes) -> Members:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {m.name: archive.extractfile(m).read() for m in archive}  # type: ignore[union-attr]  # files all


def pack(members: Members) -> bytes:
    file = io.BytesIO()
    writer = BundleWriter(file)
    for name, content in members.items():
        writer.add(name, len(content), [content])
    writer.end()
    return file.getvalue()


def mutant(random: Random) -> bytes:
    """Return a bundle that differs from every honest one."""
    while True:
        shape = random.randrange(len(_SHAPES))
        spoilt = random.choice(_BYTES)(GOOD_BUNDLES[shape], random)
        if random.random() < _SHARE_OF_MEMBERS:
            members = unpack(GOOD_BUNDLES[shape])
            random.choice(_MEMBERS)(members, shape, random)
            spoilt = pack(members)
        if spoilt not in _SOUND:
            return spoilt


_SHARE_OF_MEMBERS = 0.8


def flip(data: bytes, random: Random) -> bytes:
    place = random.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << random.randrange(8)]) + data[place + 1 :]


def _cut(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data))]


def _grow(data: bytes, random: Random) -> bytes:
    return data + random.randbytes(random.randint(1, 600))


def _double(data: bytes, random: Random) -> bytes:
    begin = random.randrange(len(data))
    end = random.randint(begin, len(data)) + 1
    return data[:end] + data[begin:]


_BYTES = (flip, _cut, _grow, _double)


def _pick(members: Members, prefix: str, random: Random) -> str:
    return random.choice([name for name in members if name.startswith(prefix)])


def _split(data: bytes) -> list[bytes]:
    items, place = [], 0
    while place < len(data):
        end = place + 2 + int.from_bytes(data[place : place + 2])
        items.append(data[place + 2 : end])
        place = end
    return items


def _entries(change: Callable[[list[bytes], Random], None]) -> Callable[[Members, int, Random], None]:
    def mutate(members: Members, _shape: int, random: Random) -> None:
        name = random.choice([name for name in members if name.endswith(".entries")])
        items = _split(members[name])
        change(items, random)
        members[name] = bundle_bytes(items)

    return mutate


def _drop(items: list[bytes], random: Random) -> None:
    del items[random.randrange(len(items))]


def _reorder(items: list[bytes], random: Random) -> None:
    random.shuffle(items)


def _edit(items: list[bytes], random: Random) -> None:
    index = random.randrange(len(items))
    items[index] = flip(items[index], random)


def _forge(items: list[bytes], random: Random) -> None:
    index = random.randrange(len(items))
    members = {**json.loads(items[index]), "note": random.randrange(1000)}
    items[index] = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()


def _repeat(items: list[bytes], random: Random) -> None:
    items.insert(random.randrange(len(items) + 1), random.choice(items))


def _fork(members: Members, shape: int, random: Random) -> None:
    """Take some members of another log's bundle of the same shape."""
    other = unpack(FORK_BUNDLES[random.randrange(len(FORKS))][shape])
    for name in random.sample(sorted(members), random.randint(1, len(members))):
        members[name] = other.get(name, members[name])


def _proof(members: Members, _shape: int, random: Random) -> None:
    """Add, drop, swap or change hashes of a proof."""
    name = random.choice([name for name in members if name.endswith(".proof") or name.startswith("consist")])
    lines = members[name].splitlines(keepends=True)
    place = random.randrange(len(lines) + 1)
    fresh = base64.b64encode(random.randbytes(32)) + b"\n"
    lines[place : place + random.randrange(2)] = random.choice([[], [fresh], lines[:1] * 2])
    members[name] = b"".join(lines)


def _signature(members: Members, _shape: int, random: Random) -> None:
    """Drop a signature that is needed, or change a byte of it or of what it is over."""
    name = _pick(members, "checkpoints/", random)
    lines = members[name].splitlines(keepends=True)
    if random.random() < 0.5:
        del lines[random.randrange(4, len(lines))]
        members[name] = b"".join(lines)
    else:
        members[name] = flip(members[name], random)


def _swap_members(members: Members, _shape: int, random: Random) -> None:
    one, other = random.choice(sorted(members)), random.choice(sorted(members))
    members[one], members[other] = members[other], members[one]


def _drop_member(members: Members, _shape: int, random: Random) -> None:
    del members[random.choice(sorted(members))]


def _claim(members: Members, _shape: int, random: Random) -> None:
    """Change what the manifest claims, in the one spelling it has."""
    manifest = json.loads(members["manifest.json"])
    change = random.choice(_CLAIMS)
    change(manifest, random)
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    members["manifest.json"] = text.encode()


_CLAIMS: tuple[Callable[[dict[str, Any], Random], object], ...] = (
    lambda m, r: m.update(case=r.choice("abcd")),
    lambda m, _r: m.update(case=None, runs=m["runs"][:1]),
    lambda m, r: m["runs"].pop(r.randrange(len(m["runs"]))),
    lambda m, r: m["runs"][r.randrange(len(m["runs"]))].__setitem__(r.randrange(2), r.randrange(100)),
    lambda m, r: m["checkpoints"].pop(r.randrange(len(m["checkpoints"]))),
    lambda m, r: m["checkpoints"].append(r.randrange(200)),
    lambda m, _r: m["policies"].append("sha256:z"),
    lambda m, _r: m.update(origin="other.example/log"),
    lambda m, _r: m.update(more=1),
)

_MEMBERS: tuple[Callable[[Members, int, Random], None], ...] = (
    *map(_entries, (_drop, _reorder, _edit, _forge, _repeat)),
    _fork,
    _proof,
    _signature,
    _swap_members,
    _drop_member,
    _claim,
)


def export_rows(log: ReadableLog = GOOD) -> Rows:
    """Return the rows of an export of the whole log, with each checkpoint behind what it covers."""
    rows: Rows = [{"format": "license-service/log-export/v1", "origin": LOG.name}]
    for index, entry in enumerate(log.entries):
        rows.append({"index": index, "entry": base64.b64encode(entry).decode()})
        if index + 1 in log.notes:
            rows.append({"checkpoint": log.notes[index + 1]})
    return rows


def export_mutants(random: Random) -> Iterator[list[str]]:
    """Yield exports that are spoilt where it matters: `origin` in the header is for people."""
    good = export_rows()
    while True:
        rows = [dict(row) for row in good]
        random.choice(_ROWS)(rows, random)
        if rows[1:] != good[1:] or rows[0]["format"] != good[0]["format"]:
            yield [json.dumps(row) for row in rows]


def _edit_row(rows: Rows, random: Random) -> None:
    row = rows[random.randrange(1, len(rows))]
    name = random.choice(sorted(row))
    value = row[name]
    row[name] = value + random.choice((-1, 1)) if isinstance(value, int) else _flip_text(value, random)


def _flip_text(text: str, random: Random) -> str:
    place = random.randrange(len(text))
    return text[:place] + chr(ord(text[place]) ^ 1 << random.randrange(7)) + text[place + 1 :]


def _fork_rows(rows: Rows, random: Random) -> None:
    begin = random.randrange(2, len(rows))
    rows[begin:] = export_rows(random.choice(FORKS[:3]))[begin:]


_ROWS: tuple[Callable[[Rows, Random], object], ...] = (
    # Checkpoints between may be left out or repeated, entries may not.
    lambda rows, r: rows.pop(r.choice([0, *_entry_places(rows)])),
    lambda rows, r: rows.insert(r.randrange(len(rows)), rows[r.choice(_entry_places(rows))]),
    lambda rows, r: rows.__setitem__(slice(1, None), r.sample(rows[1:], len(rows) - 1)),
    lambda rows, r: rows.__delitem__(
        slice(r.choice([i for i in range(len(rows)) if not _ends(rows, i)]), None)
    ),
    _edit_row,
    _fork_rows,
)


def _entry_places(rows: Rows) -> list[int]:
    return [place for place, row in enumerate(rows) if "entry" in row]


def _ends(rows: Rows, count: int) -> bool:
    """Tell whether the first rows are an honest export of a shorter log."""
    return count > 0 and "checkpoint" in rows[count - 1]
