"""Bundles with timestamps: what is dropped, swapped, foreign or out of order is found."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from license_service.audit.errors import AuditError
from license_service.audit.stamps import StampAuthority
from license_service.audit.verify_bundle import BundleState, verify_bundle
from license_service.audit.witness import text_of
from license_service.demo.certificates import Identity, Life, Subject, issue, only_for
from license_service.demo.cms import Authority
from license_service.demo.keys import KeyFamily, generate_key
from license_service.services.proving.stamps import StoredStamp
from tests.tamper.material import MOMENT, POLICY, POLICY_TEXT, ReadableLog, entries
from tests.tamper.mutations import pack, unpack

SIZES, STAMPED = (1, 20, 47, 90), (20, 47, 90)
SECOND = Path(__file__).with_name("second_verifier.mjs")


def _identity() -> Identity:
    changes, key = only_for("time_stamping"), generate_key(KeyFamily.EC)
    return issue(Subject("tsa", "tsa"), key, None, Life.around(MOMENT), changes=changes)


TSA, OTHER = _identity(), _identity()
PINNED = [StampAuthority.parse(TSA.certificate)]


def _time(size: int) -> datetime:
    return MOMENT + timedelta(hours=size)


def _stamp(made: ReadableLog, size: int, time: datetime, identity: Identity = TSA) -> StoredStamp:
    return StoredStamp(size, Authority(identity, (), time)(text_of(made.notes[size]).encode()), time)


def _log(identity: Identity = TSA) -> ReadableLog:
    made = ReadableLog(entries(90), SIZES)
    made.stamped = [
        StoredStamp(
            size, Authority(identity, (), _time(size))(text_of(made.notes[size]).encode()), _time(size)
        )
        for size in STAMPED
    ]
    return made


GOOD = _log().bundle()


def _verify(data: bytes) -> BundleState:
    return verify_bundle(io.BytesIO(data), POLICY, authorities=PINNED)


def _code(data: bytes) -> str:
    with pytest.raises(AuditError) as caught:
        _verify(data)
    return caught.value.code


def test_stamps_say_by_when_all_entries_were_there() -> None:
    state = _verify(GOOD)
    assert state.stamps == [(size, _time(size)) for size in STAMPED]
    assert state.existed_by == _time(90)
    assert _verify(_log().bundle(0, 30)).existed_by == _time(47)
    assert verify_bundle(io.BytesIO(GOOD), POLICY).existed_by is None  # nobody asked
    assert pack(unpack(GOOD)) == GOOD


def test_a_bundle_without_stamps_keeps_its_first_format() -> None:
    plain = ReadableLog(entries(90), SIZES).bundle()
    assert b"evidence-bundle/v1" in plain
    assert b"evidence-bundle/v2" in GOOD
    assert _code(plain) == "STAMP_MISSING"


def test_a_stamp_before_the_last_entry_is_not_enough() -> None:
    made = _log()
    made.stamped = made.stamped[:2]
    assert _code(made.bundle()) == "STAMP_MISSING"
    assert _verify(made.bundle(0, 47)).existed_by == _time(47)


def test_stamps_of_another_authority_count_for_nothing() -> None:
    assert _code(_log(OTHER).bundle()) == "STAMP_AUTHORITY_UNKNOWN"


def test_times_do_not_run_backwards() -> None:
    made = _log()
    made.stamped = [*made.stamped[:2], _stamp(made, 90, _time(46))]
    assert _code(made.bundle()) == "STAMPS_DISORDERED"


def test_whatever_happens_to_a_stamp_is_found() -> None:
    members = unpack(GOOD)
    name = "stamps/47"
    token = members[name]
    for place in range(len(token)):
        spoilt = token[:place] + bytes([token[place] ^ 4]) + token[place + 1 :]
        assert _code(pack({**members, name: spoilt})).startswith("STAMP")
    assert _code(pack({**members, name: members["stamps/20"]})) == "STAMP_IMPRINT_MISMATCH"
    assert (
        _code(pack({other: data for other, data in members.items() if other != name})) == "BUNDLE_MALFORMED"
    )


def _claiming(**changes: object) -> bytes:
    members = unpack(GOOD)
    manifest = {**json.loads(members["manifest.json"]), **changes}
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    return pack({**members, "manifest.json": text.encode()})


def test_the_manifest_claims_stamps_of_its_own_checkpoints_in_order() -> None:
    assert _claiming() == GOOD
    for stamps in ([20, 48, 90], [47, 20, 90], [20, 20, 90], [20.0, 47, 90], ["20"], []):
        assert _code(_claiming(stamps=stamps)) == "BUNDLE_MALFORMED"
    assert _code(_claiming(format="license-service/evidence-bundle/v1")) == "BUNDLE_MALFORMED"


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the second verifier")
def test_the_second_verifier_reads_stamped_bundles_too(tmp_path: Path) -> None:
    members = unpack(GOOD)
    swapped = pack({**members, "stamps/47": members["stamps/20"]})
    for name, data in (("policy", POLICY_TEXT.encode()), ("a.tar", GOOD), ("b.tar", swapped)):
        (tmp_path / name).write_bytes(data)
    command: list[str | Path] = ["node", SECOND, "policy", "a.tar", "b.tar"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["ok", "refused stamp"]
