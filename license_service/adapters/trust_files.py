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
        return TrustStore(_distinct([_anchor(directory, table) for table in _tables(data)]))
    except (ValueError, TypeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{manifest}: {error}") from error


def load_evidence(directory: Path) -> Evidence:
    """Read every `*.crl`, `*.ocsp` and `*.cer` in `directory`; a folder that is not there holds nothing."""
    return Evidence(
        crls=tuple(_read(path) for path in sorted(directory.glob("*.crl"))),
        certificates=tuple(_read(path) for path in sorted(directory.glob("*.cer"))),
        ocsp_responses=tuple(_read(path) for path in sorted(directory.glob("*.ocsp"))),
    )


def _tables(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if data.keys() != {"version", "anchors"} or data["version"] != 1:
        raise ValueError("expected version = 1 and anchors, nothing else")
    tables = data["anchors"]
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise TypeError("anchors must be an array of tables")
    return tables


def _distinct(anchors: list[TrustAnchor]) -> tuple[TrustAnchor, ...]:
    # A second row for a certificate could widen what the first one says.
    if len({anchor.certificate for anchor in anchors}) != len(anchors):
        raise ValueError("a certificate is named twice")
    return tuple(anchors)


def _anchor(directory: Path, table: Mapping[str, Any]) -> TrustAnchor:
    _require_members(table)
    if Path(table["file"]).name != table["file"]:
        raise ValueError(f"anchor {table['name']}: {table['file']!r} is no file of the folder itself")
    certificate = _read(directory / table["file"])
    _require_digest(certificate, table)
    anchor = TrustAnchor(
        name=table["name"],
        certificate=certificate,
        purposes=frozenset(map(AnchorPurpose, _texts(table, "purposes"))),
        license_types=_texts(table, "license_types"),
        issuers=_texts(table, "issuers"),
        valid_from=parse_instant(table["valid_from"]),
        valid_until=parse_instant(table["valid_until"]),
        source=table["source"],
    )
    if anchor.valid_from >= anchor.valid_until:
        raise ValueError(f"anchor {anchor.name}: ends before it begins")
    return anchor


def _texts(table: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = table[name]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError(f"anchor {table['name']}: {name} must be a list of texts")
    return tuple(value)


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
