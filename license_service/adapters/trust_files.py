"""Read trust anchors, evidence and the verification policy from files.

Anything unusable stops start-up with the file and the reason: a trust list that loads in part is a
trust list nobody has approved.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from license_service.clock import parse_instant
from license_service.domain.identifiers import is_uscc
from license_service.errors import ConfigurationError
from license_service.verification.crypto.certificates import read_certificate, read_public_key
from license_service.verification.crypto.jose import ALGORITHMS, is_key_id
from license_service.verification.crypto.jwk import parse_public_jwk
from license_service.verification.document import FormatError
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy, parse_policy
from license_service.verification.strict_json import parse_object
from license_service.verification.trust import AnchorPurpose, Environment, TrustAnchor, TrustedKey, TrustStore

MANIFEST = "manifest.toml"
_VERSION = 2
_HEAD = frozenset({"version", "environment", "sequence", "issued_at", "publishers", "anchors"})
_ROW = frozenset({"file", "sha256", "license_types", "valid_from", "valid_until", "source"})
_ANCHOR = _ROW | {"name", "purposes", "issuers", "regions"}
_KEY = _ROW | {"kid", "algorithm", "issuer_code", "issuer_name"}


def load_policy(path: Path) -> VerificationPolicy:
    """Read the policy at `path`.

    Raises:
        ConfigurationError: if it cannot be read or is incomplete.
    """
    return parse_policy(read_file(path).decode(errors="replace"))


def load_trust(directory: Path) -> TrustStore:
    """Read `manifest.toml` and the anchors and keys it names.

    Raises:
        ConfigurationError: if the manifest or any of them is unusable.
    """
    manifest = directory / MANIFEST
    return parse_trust(read_file(manifest).decode(errors="replace"), directory, str(manifest))


def parse_trust(text: str, directory: Path, where: str) -> TrustStore:
    """Read a manifest whose anchors and keys are files of `directory`; `where` names it in errors.

    Raises:
        ConfigurationError: if the manifest or any of them is unusable.
    """
    try:
        data = tomllib.loads(text)
        _require_head(data)
        anchors = [_anchor(directory, table) for table in _tables(data, "anchors")]
        keys = [_key(directory, table) for table in _tables(data, "keys")]
        # A second row for a certificate or key could widen what the first one says.
        _require_distinct("certificate", [anchor.certificate for anchor in anchors])
        _require_distinct("key", [key.spki for key in keys])
        _require_distinct("kid", [key.kid for key in keys])
        return TrustStore(
            anchors=tuple(anchors),
            keys=tuple(keys),
            environment=Environment(data["environment"]),
            sequence=_sequence(data["sequence"]),
            issued_at=parse_instant(data["issued_at"]),
            publishers=tuple(data["publishers"]),
        )
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"{where}: {error}") from error


def load_evidence(directory: Path) -> Evidence:
    """Read every file of each kind of evidence; a folder that is not there holds nothing."""
    return Evidence(
        crls=_files(directory, "crl"),
        certificates=_files(directory, "cer"),
        ocsp_responses=_files(directory, "ocsp"),
        status_lists=_files(directory, "statuslist"),
        register_entries=_files(directory, "register"),
    )


def _files(directory: Path, suffix: str) -> tuple[bytes, ...]:
    return tuple(read_file(path) for path in sorted(directory.glob(f"*.{suffix}")))


def _require_head(data: Mapping[str, Any]) -> None:
    if not _HEAD <= data.keys() <= _HEAD | {"keys"} or data["version"] != _VERSION:
        raise ValueError(f"expected version = {_VERSION}, {', '.join(sorted(_HEAD))}, perhaps keys, no more")


def _sequence(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("sequence must be a number from 1 up")
    return value


def _tables(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    tables = data.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise TypeError(f"{name} must be an array of tables")
    return tables


def _require_distinct(what: str, values: Sequence[object]) -> None:
    if len(set(values)) != len(values):
        raise ValueError(f"a {what} is named twice")


def _anchor(directory: Path, table: Mapping[str, Any]) -> TrustAnchor:
    where = f"anchor {table.get('name', '?')}"
    certificate = _row_file(directory, table, _ANCHOR, where)
    try:
        read_certificate(certificate)
    except FormatError as error:
        raise ValueError(f"{where}: {table['file']} is no DER certificate") from error
    begins, ends = _life(table, where)
    return TrustAnchor(
        name=table["name"],
        certificate=certificate,
        purposes=frozenset(map(AnchorPurpose, _texts(table, "purposes", where))),
        license_types=_texts(table, "license_types", where),
        issuers=_texts(table, "issuers", where),
        regions=_texts(table, "regions", where),
        valid_from=begins,
        valid_until=ends,
        source=table["source"],
    )


def _key(directory: Path, table: Mapping[str, Any]) -> TrustedKey:
    where = f"key {table.get('kid', '?')}"
    data = _row_file(directory, table, _KEY, where)
    begins, ends = _life(table, where)
    try:
        spki, algorithm = _public_key(data, table["algorithm"])
        key_type, key_bits = read_public_key(spki)
    except FormatError as error:
        raise ValueError(f"{where}: {table['file']}: {error.code}") from error
    if not is_key_id(table["kid"]) or not is_uscc(str(table["issuer_code"])):
        raise ValueError(f"{where}: kid or issuer_code is malformed")
    return TrustedKey(
        kid=table["kid"],
        spki=spki,
        key_type=key_type,
        key_bits=key_bits,
        algorithm=algorithm,
        issuer_code=table["issuer_code"],
        issuer_name=str(table["issuer_name"]),
        license_types=_texts(table, "license_types", where),
        not_before=begins,
        not_after=ends,
        source=table["source"],
    )


def _public_key(data: bytes, name: str) -> tuple[bytes, str]:
    """Return the key of a JWK or DER file, and the canonical name of its one algorithm."""
    wanted = ALGORITHMS.get(name)
    if wanted is None:
        raise FormatError("JWK_ALGORITHM_MISMATCH", name)
    if data.lstrip()[:1] == b"{":
        jwk = parse_public_jwk(parse_object(data))
        spki, allowed = jwk.spki, jwk.algorithms
    else:
        spki, allowed = data, frozenset({wanted.name})
    if wanted.name not in allowed or read_public_key(spki)[0] != wanted.key_type:
        raise FormatError("JWK_ALGORITHM_MISMATCH", name)
    return spki, wanted.name


def _row_file(directory: Path, table: Mapping[str, Any], members: frozenset[str], where: str) -> bytes:
    """Return the file a row names, once all its members are there and the digest is the one it says."""
    missing, unknown = members - table.keys(), table.keys() - members
    if missing or unknown:
        raise ValueError(f"{where}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    empty = sorted(name for name in members if not table[name])
    if empty:
        raise ValueError(f"{where}: empty {empty}")
    if Path(table["file"]).name != table["file"]:
        raise ValueError(f"{where}: {table['file']!r} is no file of the folder itself")
    data = read_file(directory / table["file"])
    actual = hashlib.sha256(data).hexdigest()
    if actual != str(table["sha256"]).lower():
        raise ValueError(f"{where}: {table['file']} has SHA-256 {actual}")
    return data


def _life(table: Mapping[str, Any], where: str) -> tuple[datetime, datetime]:
    begins, ends = parse_instant(table["valid_from"]), parse_instant(table["valid_until"])
    if begins >= ends:
        raise ValueError(f"{where}: ends before it begins")
    return begins, ends


def _texts(table: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = table[name]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError(f"{where}: {name} must be a list of texts")
    return tuple(value)


def read_file(path: Path) -> bytes:
    """Read a file.

    Raises:
        ConfigurationError: if it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
