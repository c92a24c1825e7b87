"""Whatever is changed is found. `make tamper` runs every round, `make test` a sample of the same ones."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from license_service.audit import log
from license_service.audit.errors import AuditError
from license_service.audit.merkle import leaf_hash, root_of
from license_service.audit.proofs import verify_consistency, verify_inclusion
from license_service.audit.storage import MemoryStorage
from license_service.audit.verify import verify_export
from license_service.audit.verify_bundle import verify_bundle
from tests.tamper.material import POLICY, POLICY_TEXT
from tests.tamper.mutations import GOOD_BUNDLES, export_mutants, export_rows, mutant, pack, unpack

FULL = os.environ.get("TAMPER") == "full"
SHARDS, ROUNDS = 8, 1000 if FULL else 35
LARGEST = 300
SIZES = range(1, LARGEST + 1) if FULL else (1, 2, 3, 64, 65, 127, 300)
SECOND = Path(__file__).with_name("second_verifier.mjs")

LEAVES = [leaf_hash(b"%d" % index) for index in range(LARGEST)]
STORAGE = MemoryStorage()
for _index, _leaf in enumerate(LEAVES):
    log.append(STORAGE, _index, _leaf)
ROOTS = [root_of(LEAVES[:size]) for size in range(LARGEST + 1)]


def _passes(data: bytes) -> bool:
    try:
        verify_bundle(io.BytesIO(data), POLICY)
    except AuditError:
        return False
    return True


def test_what_nobody_touched_passes() -> None:
    assert all(map(_passes, GOOD_BUNDLES))
    assert [pack(unpack(bundle)) for bundle in GOOD_BUNDLES] == GOOD_BUNDLES
    assert verify_export(map(_text, export_rows()), POLICY).checked == 90


@pytest.mark.parametrize("seed", range(SHARDS))
def test_no_mutated_bundle_passes(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - to be had again
    assert [n for n in range(ROUNDS) if _passes(mutant(random))] == []


@pytest.mark.parametrize("seed", range(SHARDS))
def test_no_mutated_export_passes(seed: int) -> None:
    passed = []
    for lines in islice(export_mutants(Random(seed)), ROUNDS):  # noqa: S311 - to be had again
        try:
            verify_export(lines, POLICY)
        except AuditError:
            continue
        passed.append(lines)
    assert passed == []


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the second verifier")
def test_a_verifier_in_another_language_agrees_on_good_and_on_a_thousand_mutants(tmp_path: Path) -> None:
    random = Random(2026)  # noqa: S311 - to be had again
    samples = [*GOOD_BUNDLES, *(mutant(random) for _ in range(1000))]
    policy = tmp_path / "policy"
    policy.write_text(POLICY_TEXT)
    for number, data in enumerate(samples):
        (tmp_path / f"{number:04}.tar").write_bytes(data)
    files = sorted(tmp_path.glob("*.tar"))
    done = subprocess.run(["node", SECOND, policy, *files], capture_output=True, text=True, check=True)
    ours = ["ok" if _passes(data) else "refused" for data in samples]
    assert ours[:6] == ["ok"] * 5 + ["refused"]
    assert [line.split(" ")[0] for line in done.stdout.splitlines()] == ours


@pytest.mark.parametrize("size", SIZES)
def test_every_inclusion_proof_verifies_and_one_flipped_bit_does_not(size: int) -> None:
    random = Random(size)  # noqa: S311 - to be had again
    for index in range(size):
        proof = log.inclusion_proof(STORAGE, index, size)
        verify_inclusion(index, size, LEAVES[index], proof, ROOTS[size])
        leaf, root, *changed = _flipped([LEAVES[index], ROOTS[size], *proof], random)
        with pytest.raises(AuditError):
            verify_inclusion(index, size, leaf, changed, root)


@pytest.mark.parametrize("new", SIZES)
def test_every_consistency_proof_verifies_and_one_flipped_bit_does_not(new: int) -> None:
    random = Random(new)  # noqa: S311 - to be had again
    for old in range(1, new + 1):
        proof = log.consistency_proof(STORAGE, old, new)
        verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)
        before, after, *changed = _flipped([ROOTS[old], ROOTS[new], *proof], random)
        with pytest.raises(AuditError):
            verify_consistency(old, new, before, after, changed)


def _flipped(values: list[bytes], random: Random) -> list[bytes]:
    place, bit = random.randrange(len(values)), random.randrange(256)
    hurt = (int.from_bytes(values[place]) ^ (1 << bit)).to_bytes(32)
    return [*values[:place], hurt, *values[place + 1 :]]


def _text(row: dict[str, object]) -> str:

    return json.dumps(row)
