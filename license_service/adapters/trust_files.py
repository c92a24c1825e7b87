"""Read trust anchors, evidence and the verification policy from files.

Anything unusable stops start-up with the file and the reason: a trust list that loads in part is a
trust list nobody has approved.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from license_service.clock import parse_instant
from license_service.errors import ConfigurationError
from license_service.verification.crypto.certificates import read_certificate
from license_service.verification.document import FormatError
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy, parse_policy
from license_service.verification.trust import AnchorPurpose, TrustAnchor, TrustStore

MANIFEST = "manifest.toml"
_MEMBERS = frozenset(
    {
        "name",
        "file",
        "sha256",
        "purposes",
        "license_types",
        "issuers",
        "valid_from",
        "valid_until",
        "source",
    }
)


def load_policy(path: Path) -> VerificationPolicy:
    """Read the policy at `path`.

    Raises:
        ConfigurationError: if it cannot be read or is incomplete.
    """
    return parse_policy(_read(path).decode(errors="replace"))


def load_trust(directory: Path) -> TrustStore:
    """Read `manifest.toml` and the anchors it names.

    Raises:
        ConfigurationError: if the manifest or any anchor is unusable.
    """
    manifest = directory / MANIFEST
    try:
        data = tomllib.loads(_read(manifest).decode())
        return TrustStore(tuple(_anchor(directory, table) for table in _tables(data)))
    except (ValueError, TypeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{manifest}: {error}") from error


def load_evidence(directory: Path) -> Evidence:
    """Read every `*.crl` and `*.cer` in `directory`; a folder that is not there holds nothing."""
    return Evidence(
        crls=tuple(_read(path) for path in sorted(directory.glob("*.crl"))),
        certificates=tuple(_read(path) for path in sorted(directory.glob("*.cer"))),
    )


def _tables(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if data.keys() != {"version", "anchors"} or data["version"] != 1:
        raise ValueError("expected version = 1 and anchors, nothing else")
    return list(data["anchors"])


def _anchor(directory: Path, table: Mapping[str, Any]) -> TrustAnchor:
    _require_members(table)
    certificate = _read(directory / table["file"])
    _require_digest(certificate, table)
    return TrustAnchor(
        name=table["name"],
        certificate=certificate,
        purposes=frozenset(map(AnchorPurpose, table["purposes"])),
        license_types=tuple(table["license_types"]),
        issuers=tuple(table["issuers"]),
        valid_from=parse_instant(table["valid_from"]),
        valid_until=parse_instant(table["valid_until"]),
        source=table["source"],
    )


def _require_members(table: Mapping[str, Any]) -> None:
    missing, unknown = _MEMBERS - table.keys(), table.keys() - _MEMBERS
    if missing or unknown:
        raise ValueError(
            f"anchor {table.get('name', '?')}: missing {sorted(missing)}, unknown {sorted(unknown)}"
        )
    empty = sorted(name for name in _MEMBERS if not table[name])
    if empty:
        raise ValueError(f"anchor {table.get('name', '?')}: empty {empty}")


def _require_digest(certificate: bytes, table: Mapping[str, Any]) -> None:
    actual = hashlib.sha256(certificate).hexdigest()
    if actual != str(table["sha256"]).lower():
        raise ValueError(f"anchor {table['name']}: {table['file']} has SHA-256 {actual}")
    try:
        read_certificate(certificate)
    except FormatError as error:
        raise ValueError(f"anchor {table['name']}: {table['file']} is no DER certificate") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
