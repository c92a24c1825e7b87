"""The verification policy: every check has a level, and nothing is left to default.

An incomplete policy is refused, since a rule left out would be a rule passed.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from license_service.errors import ConfigurationError
from license_service.verification.report import CheckName

_MEMBERS = {
    "id",
    "version",
    "levels",
    "algorithms",
    "exempt_critical_extensions",
    "trailing_bytes_issuers",
}


class Level(StrEnum):
    """What a check that does not pass does to the verdict."""

    FAIL = "fail"
    WARN = "warn"


@dataclass(frozen=True)
class AlgorithmPolicy:
    """Allow signature and digest algorithms by canonical name; what is not listed is refused."""

    signatures: frozenset[str]
    digests: frozenset[str]
    min_rsa_bits: int


@dataclass(frozen=True)
class VerificationPolicy:
    """Fix how a document is judged; `digest` identifies the exact text it was read from."""

    id: str
    version: str
    digest: str
    levels: Mapping[CheckName, Level]
    algorithms: AlgorithmPolicy
    exempt_critical_extensions: frozenset[str]
    trailing_bytes_issuers: frozenset[str]

    def level(self, name: CheckName) -> Level:
        """Return the level of a check."""
        return self.levels[name]


def parse_policy(text: str) -> VerificationPolicy:
    """Read a TOML policy.

    Raises:
        ConfigurationError: if it is no TOML, misses or repeats anything, or has an unknown member.
    """
    try:
        data = tomllib.loads(text)
        _require_members(data, _MEMBERS, "policy")
        return VerificationPolicy(
            id=_text(data, "id"),
            version=_text(data, "version"),
            digest="sha256:" + hashlib.sha256(text.encode()).hexdigest(),
            levels=_levels(data["levels"]),
            algorithms=_algorithms(data["algorithms"]),
            exempt_critical_extensions=_texts(data, "exempt_critical_extensions"),
            trailing_bytes_issuers=_texts(data, "trailing_bytes_issuers"),
        )
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise ConfigurationError(f"verification policy: {error}") from error


def _levels(table: Mapping[str, Any]) -> dict[CheckName, Level]:
    _require_members(table, {name.value for name in CheckName}, "policy levels")
    return {CheckName(name): Level(level) for name, level in table.items()}


def _algorithms(table: Mapping[str, Any]) -> AlgorithmPolicy:
    _require_members(table, {"signatures", "digests", "min_rsa_bits"}, "policy algorithms")
    return AlgorithmPolicy(
        signatures=_texts(table, "signatures"),
        digests=_texts(table, "digests"),
        min_rsa_bits=int(table["min_rsa_bits"]),
    )


def _require_members(table: object, expected: set[str], where: str) -> None:
    if not isinstance(table, dict):
        raise TypeError(f"{where} must be a table")
    missing, unknown = expected - table.keys(), table.keys() - expected
    if missing or unknown:
        raise ValueError(f"{where}: missing {sorted(missing)}, unknown {sorted(unknown)}")


def _texts(table: Mapping[str, Any], name: str) -> frozenset[str]:
    value = table[name]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{name} must be a list of texts")
    return frozenset(value)


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} must be a non-empty text")
    return value
