"""Evidence bundles: honest ones pass, and each single change is refused with its code."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.audit.bundle import Manifest, parse_manifest, split_entries
from license_service.audit.bundle_tar import BundleWriter
from license_service.audit.errors import AuditError
from license_service.audit.policy import TrustPolicy, trusting
from license_service.audit.tiles import bundle_bytes
from license_service.audit.verify_bundle import BundleState, verify_bundle
from tests.tamper.material import LOG, POLICY, WITNESSES, ReadableLog, entries, signer

Mutation = Callable[[dict[str, bytes]], object]

COUNT = 60
GOOD = ReadableLog(entries(COUNT), (1, 10, 33, COUNT))
WHOLE, RANGE, CASE = GOOD.bundle(), GOOD.bundle(12, 40), GOOD.bundle(case="b")


def _verify(data: bytes, policy: TrustPolicy = POLICY) -> BundleState:
    return verify_bundle(io.BytesIO(data), policy)


def _refusal(data: bytes, policy: TrustPolicy = POLICY) -> tuple[str, int | None]:
    with pytest.raises(AuditError) as refused:
        _verify(data, policy)
    return refused.value.code, refused.value.index


def _repacked(data: bytes, change: Mutation) -> bytes:
    """Unpack a bundle, change its members, and pack them as the writer would."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        members = {m.name: archive.extractfile(m).read() for m in archive}  # type: ignore[union-attr]  # files all
    change(members)
    return _packed(members)


def _packed(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    writer = BundleWriter(file)
    for name, content in members.items():
        writer.add(name, len(content), [content])
    writer.end()
    return file.getvalue()


def test_a_bundle_is_the_same_bytes_each_time_and_any_tar_reads_it() -> None:
    assert GOOD.bundle() == WHOLE
    with tarfile.open(fileobj=io.BytesIO(WHOLE)) as archive:
        names = archive.getnames()
    assert names == [
        "manifest.json",
        *(f"checkpoints/{size}" for size in (1, 10, 33, 60)),
        *(f"consistency/{pair}" for pair in ("1-10", "10-33", "33-60")),
        "runs/0-60.proof",
        "runs/0-60.entries",
    ]


def test_honest_bundles_say_what_they_prove() -> None:
    whole, part, case = _verify(WHOLE), _verify(RANGE), _verify(CASE)
    assert (whole.entries, len(whole.sequences), whole.manifest.policies) == (60, 4, ("sha256:0", "sha256:1"))
    assert (part.entries, part.manifest.runs, part.manifest.checkpoints) == (28, ((12, 40),), (33, 60))
    assert (case.manifest.case, case.sequences) == ("b", {"b": 12})
    assert (case.entries, case.manifest.policies) == (15, ("sha256:0",))


@given(st.integers(0, COUNT - 1), st.integers(1, COUNT))
def test_any_range_is_proved(begin: int, length: int) -> None:
    end = min(COUNT, begin + length)
    assert _verify(GOOD.bundle(begin, end)).entries == end - begin


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    verify_bundle(io.BytesIO(CASE), POLICY, lambda done, expected: told.append((done, expected)))
    assert told[-1] == (15, 15)


def test_the_auditors_policy_decides_and_not_the_bundle() -> None:
    assert _refusal(WHOLE, trusting([signer(2).verifier])) == ("NOTE_KEY_UNKNOWN", None)
    bare = ReadableLog(entries(COUNT), (COUNT,), cosigners=WITNESSES[:1])
    assert _verify(bare.bundle(), trusting([LOG.verifier])).entries == COUNT
    assert _refusal(bare.bundle()) == ("QUORUM_MISSING", None)


def test_a_changed_entry_is_bounded_by_the_checkpoints_around_it() -> None:
    twisted = list(GOOD.entries)
    twisted[15] = twisted[15].replace(b"accepted", b"accepter")
    forged = _repacked(WHOLE, lambda m: m.__setitem__("runs/0-60.entries", bundle_bytes(twisted)))
    assert _refusal(forged) == ("ROOT_MISMATCH", 10)


def test_another_history_of_the_same_log_does_not_pass() -> None:
    fork = ReadableLog(entries(COUNT, "x"), (33, COUNT))
    assert _verify(fork.bundle()).entries == COUNT  # in itself it is sound

    def take(members: dict[str, bytes]) -> None:
        with tarfile.open(fileobj=io.BytesIO(fork.bundle())) as archive:
            members["checkpoints/60"] = archive.extractfile("checkpoints/60").read()  # type: ignore[union-attr]

    assert _refusal(_repacked(WHOLE, take)) == ("CONSISTENCY_PROOF_INVALID", None)


def _claim(**changes: Any) -> Mutation:
    members = {**vars(parse_manifest(_member("manifest.json"))), **changes}
    return _edit("manifest.json", lambda _data: Manifest(**members).encode())


def _edit(name: str, change: Callable[[bytes], bytes]) -> Mutation:
    return lambda members: members.__setitem__(name, change(members[name]))


def _member(name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(WHOLE)) as archive:
        return archive.extractfile(name).read()  # type: ignore[union-attr]  # a file


ENTRIES = "runs/0-60.entries"
MUTATIONS: dict[str, tuple[Mutation, str]] = {
    "no manifest": (lambda m: m.pop("manifest.json"), "BUNDLE_MALFORMED"),
    "manifest of another format": (
        lambda m: m.update({"manifest.json": m["manifest.json"].replace(b"/v1", b"/v2")}), "BUNDLE_MALFORMED",
    ),
    "manifest with a space": (_edit("manifest.json", lambda data: data + b" "), "BUNDLE_MALFORMED"),
    "manifest with a float": (
        _edit("manifest.json", lambda data: data.replace(b"[[0,", b"[[0.0,")), "BUNDLE_MALFORMED",
    ),
    "origin claimed": (_claim(origin="lag"), "MANIFEST_MISMATCH"),
    "case claimed": (_claim(case="a"), "MANIFEST_MISMATCH"),
    "policies claimed": (_claim(policies=()), "MANIFEST_MISMATCH"),
    "no checkpoint": (_claim(checkpoints=()), "BUNDLE_MALFORMED"),
    "checkpoints shrink": (_claim(checkpoints=(10, 1, 33, 60)), "BUNDLE_MALFORMED"),
    "runs beyond": (_claim(runs=((0, 61),)), "BUNDLE_MALFORMED"),
    "an empty run": (_claim(runs=((0, 0),)), "BUNDLE_MALFORMED"),
    "two runs of no case": (_claim(runs=((0, 9), (10, 60))), "BUNDLE_MALFORMED"),
    "checkpoint of another size": (
        lambda m: m.update({"checkpoints/10": m["checkpoints/33"]}), "MANIFEST_MISMATCH",
    ),
    "checkpoint no UTF-8": (_edit("checkpoints/10", lambda data: b"\xff" + data), "NOTE_MALFORMED"),
    "cosignature dropped": (
        lambda m: m.update({"checkpoints/10": b"".join(m["checkpoints/10"].splitlines(keepends=True)[:-1])}),
        "QUORUM_MISSING",
    ),
    "checkpoint left out": (lambda m: m.pop("checkpoints/33"), "BUNDLE_MALFORMED"),
    "proof left out": (lambda m: m.pop("consistency/1-10"), "BUNDLE_MALFORMED"),
    "hash left out": (
        lambda m: m.update({"consistency/1-10": m["consistency/1-10"][45:]}), "CONSISTENCY_PROOF_INVALID",
    ),
    "hash added": (lambda m: m.update({"runs/0-60.proof": m["consistency/1-10"][:45]}), "RUN_PROOF_INVALID"),
    "proof without a last newline": (
        lambda m: m.update({"consistency/1-10": m["consistency/1-10"][:-1]}), "BUNDLE_MALFORMED",
    ),
    "entry left out": (lambda m: m.update({ENTRIES: bundle_bytes(GOOD.entries[:-1])}), "BUNDLE_INCOMPLETE"),
    "entry added": (lambda m: m.update({ENTRIES: bundle_bytes([*GOOD.entries, b"{}"])}), "MANIFEST_MISMATCH"),
    "entries swapped": (
        lambda m: m.update({ENTRIES: bundle_bytes([GOOD.entries[1], GOOD.entries[0], *GOOD.entries[2:]])}),
        "ROOT_MISMATCH",
    ),
    "entry cut": (lambda m: m.update({ENTRIES: m[ENTRIES][:-1]}), "BUNDLE_MALFORMED"),
    "entry no JSON": (
        lambda m: m.update({ENTRIES: bundle_bytes([b"{", *GOOD.entries[1:]])}), "ENTRY_MALFORMED",
    ),
    "member added": (lambda m: m.update({"more": b""}), "BUNDLE_MALFORMED"),
    "a name that leads outside": (
        lambda m: m.update({"../checkpoints/1": m.pop("checkpoints/1")}), "BUNDLE_MALFORMED",
    ),
    "a manifest without end": (lambda m: m.update({"manifest.json": b" " * (17 << 20)}), "BUNDLE_MALFORMED"),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_one_change_of_a_bundle_is_refused_with_its_code(name: str) -> None:
    change, code = MUTATIONS[name]
    assert _repacked(WHOLE, lambda _members: None) == WHOLE
    assert _refusal(_repacked(WHOLE, change))[0] == code


@pytest.mark.parametrize(
    ("bad", "code", "index"),
    [
        ({5: b"{"}, "ENTRY_MALFORMED", 5),
        ({5: b"{", 7: GOOD.entries[3]}, "ENTRY_MALFORMED", 5),
        ({5: GOOD.entries[1], 7: b"{"}, "SEQUENCE_GAP", 5),
    ],
)
def test_the_first_bad_entry_is_named_whatever_follows(bad: dict[int, bytes], code: str, index: int) -> None:
    changed = bundle_bytes([bad.get(number, entry) for number, entry in enumerate(GOOD.entries)])
    assert _refusal(_repacked(WHOLE, lambda m: m.update({ENTRIES: changed}))) == (code, index)


@pytest.mark.parametrize("field", ["mode", "uid", "mtime", "uname", "linkname", "type"])
def test_a_header_spelt_otherwise_is_refused(field: str) -> None:
    member = tarfile.TarInfo.frombuf(WHOLE[:512], "ascii", "strict")
    value = {"uname": "root", "linkname": "/etc/passwd", "type": tarfile.SYMTYPE}.get(field, 1)
    setattr(member, field, value)
    assert _refusal(member.tobuf(tarfile.USTAR_FORMAT) + WHOLE[512:])[0] == "BUNDLE_MALFORMED"


def test_a_header_has_these_literal_bytes() -> None:
    fields = (WHOLE[:14], WHOLE[100:148], WHOLE[156:157], WHOLE[257:265])
    size = f"{len(_member('manifest.json')):011o}\x00".encode()
    numbers = b"0000444\x000000000\x000000000\x00" + size + b"00000000000\x00"
    assert fields == (b"manifest.json\x00", numbers, b"0", b"ustar\x0000")


@pytest.mark.parametrize("cut", [0, 1, 511, 512, 5000, len(WHOLE) - 1024, len(WHOLE) - 1])
def test_a_bundle_that_ends_early_is_incomplete(cut: int) -> None:
    assert _refusal(WHOLE[:cut])[0] == "BUNDLE_INCOMPLETE"


def test_nothing_may_follow_or_fill_the_padding() -> None:
    assert _refusal(WHOLE + b"\x00")[0] == "BUNDLE_MALFORMED"
    end = int(WHOLE[124:135], 8) + 512
    assert _refusal(WHOLE[:end] + b"x" + WHOLE[end + 1 :])[0] == "BUNDLE_MALFORMED"


@given(st.lists(st.binary(max_size=300), max_size=20), st.integers(1, 50))
def test_entries_come_out_of_chunks_that_end_anywhere(items: list[bytes], width: int) -> None:
    data = bundle_bytes(items)
    chunks = iter([data[i : i + width] for i in range(0, len(data), width)])
    assert list(split_entries(chunks)) == items
