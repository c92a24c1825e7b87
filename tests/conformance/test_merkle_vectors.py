"""The proofs of transparency-dev/merkle."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from license_service.audit.errors import AuditError
from license_service.audit.proofs import verify_consistency, verify_inclusion

_VECTORS = Path(os.environ.get("VECTORS_DIR", "vectors-not-set")) / "merkle"

pytestmark = pytest.mark.skipif(not _VECTORS.is_dir(), reason="VECTORS_DIR has no merkle folder")


def _cases(kind: str) -> list[Path]:
    return sorted((_VECTORS / kind).rglob("*.json"))


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _accepts(path: Path) -> bool:
    case: dict[str, Any] = json.loads(path.read_text())
    proof = [_bytes(item) for item in case.get("proof") or []]
    try:
        if "leafIdx" in case:
            leaf, root = _bytes(case.get("leafHash")), _bytes(case.get("root"))
            verify_inclusion(case["leafIdx"], case["treeSize"], leaf, proof, root)
        else:
            roots = _bytes(case.get("root1")), _bytes(case.get("root2"))
            verify_consistency(case["size1"], case["size2"], *roots, proof)
    except AuditError:
        return False
    return True


@pytest.mark.parametrize("path", _cases("inclusion"), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_inclusion(path: Path) -> None:
    assert _accepts(path) != json.loads(path.read_text())["wantErr"]


@pytest.mark.parametrize("path", _cases("consistency"), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_consistency(path: Path) -> None:
    assert _accepts(path) != json.loads(path.read_text())["wantErr"]
