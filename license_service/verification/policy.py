"""The verification policy: every check has a level, and nothing is left to default.

An incomplete policy is refused, since a rule left out would be a rule passed.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from license_service.clock import SHANGHAI
from license_service.errors import ConfigurationError
from license_service.verification.report import CheckName

_LONGEST_SECONDS = 366 * 24 * 3600
_MEMBERS = {
    "id",
    "version",
    "levels",
    "algorithms",
    "paths",
    "exempt_critical_extensions",
    "trailing_bytes_issuers",
    "trust",
    "time",
    "cms",
    "credentials",
    "status",
}
_LONGEST_TOLERANCE = 3600
"""Clocks that differ by more are wrong, and every hour given to one is given to a forger."""

_SHORTER_RSA = re.compile(r"RSA<([1-9]\d{2,4})")
"""How a rule names RSA keys: by the length that they do not reach."""

_CMS_RULES = {
    # member: the code of the structural rule it may switch off
    "require_signed_attributes": "CMS_SIGNED_ATTRIBUTES_MISSING",
    "require_signing_certificate": "CMS_SIGNING_CERTIFICATE_MISSING",
}


class Level(StrEnum):
    """What a check that does not pass does to the verdict."""

    FAIL = "fail"
    REFUTE = "refute"
    """A failed check decides; an undetermined one is listed, as what a verdict need not rest on."""
    WARN = "warn"


@dataclass(frozen=True)
class AlgorithmPolicy:
    """Allow signature and digest algorithms by canonical name; what is not listed is refused.

    `until` says from when on one proves nothing, by its name or by `RSA<bits>` for shorter keys.
    """

    signatures: frozenset[str]
    digests: frozenset[str]
    min_rsa_bits: int
    until: Mapping[str, datetime]

    def ended(self, names: Iterable[str], rsa_bits: Iterable[int], at: datetime) -> list[str]:
        """Return the rules by which algorithms or RSA keys used for a signature have ended `at` an instant.

        A digest that has ended takes the signature algorithms with it that are made of it.
        Clause: ETSI EN 319 102-1, 5.2.8; ETSI TS 119 312 (hash functions and key sizes versus time).
        """
        used = {part for name in names for part in (name, name.rpartition("-")[2])}
        shortest = min(rsa_bits, default=None)
        ended = (rule for rule, end in self.until.items() if at >= end)
        return sorted(rule for rule in ended if rule in used or _is_shorter(rule, shortest))


def _is_shorter(rule: str, rsa_bits: int | None) -> bool:
    shorter = _SHORTER_RSA.fullmatch(rule)
    return shorter is not None and rsa_bits is not None and rsa_bits < int(shorter[1])


@dataclass(frozen=True)
class CredentialPolicy:
    """Fix how presented credentials are judged.

    `types` maps the `vct` of a credential to a license type code; `key_binding_seconds` is how far the
    holder's signature may lie from the validation time, `status_list_seconds` how long a status list
    speaks that says nothing of its own life.
    """

    types: Mapping[str, str]
    key_binding_required: bool
    key_binding_seconds: int
    status_list_seconds: int


@dataclass(frozen=True)
class RegisterRule:
    """Name licenses by patterns of type and issuer; one that does not state them is named too."""

    license_types: frozenset[str]
    issuers: frozenset[str]

    def names(self, type_code: str, issuer_code: str) -> bool:
        """Tell whether the rule is about licenses of this type from this issuer."""
        pairs = ((self.license_types, type_code), (self.issuers, issuer_code))
        return all(
            not code or any(fnmatchcase(code, pattern) for pattern in listed) for listed, code in pairs
        )


@dataclass(frozen=True)
class RegisterPolicy:
    """Fix which licenses a register must speak for, and how long what it said counts."""

    max_age: timedelta
    required: tuple[RegisterRule, ...]

    def requires(self, type_code: str, issuer_code: str) -> bool:
        """Tell whether a register must speak for licenses of this type from this issuer."""
        return any(rule.names(type_code, issuer_code) for rule in self.required)


@dataclass(frozen=True)
class PathRules:
    """Hold the inputs of path validation that a policy sets; policies are dotted OIDs.

    No acceptable policies means that any will do. Clause: RFC 5280, 6.1.1 c), e), f), g).
    """

    acceptable_policies: frozenset[str] = frozenset()
    require_explicit_policy: bool = False
    inhibit_policy_mapping: bool = False
    inhibit_any_policy: bool = False
    max_ocsp_age: timedelta = timedelta(days=7)
    """How long after its `thisUpdate` an OCSP response still counts, whatever its `nextUpdate` says."""


@dataclass(frozen=True)
class VerificationPolicy:
    """Fix how a document is judged; `digest` identifies `text`, the exact text it was read from."""

    id: str
    version: str
    text: str = field(repr=False)
    digest: str
    levels: Mapping[CheckName, Level]
    algorithms: AlgorithmPolicy
    paths: PathRules
    exempt_critical_extensions: frozenset[str]
    trailing_bytes_issuers: frozenset[str]
    max_trust_list_age: timedelta
    credentials: CredentialPolicy
    register: RegisterPolicy
    signing_time_tolerance: timedelta
    """How far the clocks of a signer, a timestamp authority and this machine may differ."""
    tolerated_format_failures: frozenset[str]

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
            text=text,
            digest="sha256:" + hashlib.sha256(text.encode()).hexdigest(),
            levels=_levels(data["levels"]),
            algorithms=_algorithms(data["algorithms"]),
            paths=_paths(data["paths"]),
            exempt_critical_extensions=_texts(data, "exempt_critical_extensions"),
            trailing_bytes_issuers=_texts(data, "trailing_bytes_issuers"),
            max_trust_list_age=_trust(data["trust"]),
            credentials=_credentials(data["credentials"]),
            register=_register(data["status"]),
            signing_time_tolerance=_tolerance(data["time"]),
            tolerated_format_failures=_tolerated(data["cms"]),
        )
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise ConfigurationError(f"verification policy: {error}") from error


def _levels(table: Mapping[str, Any]) -> dict[CheckName, Level]:
    _require_members(table, {name.value for name in CheckName}, "policy levels")
    return {CheckName(name): Level(level) for name, level in table.items()}


def _algorithms(table: Mapping[str, Any]) -> AlgorithmPolicy:
    _require_members(table, {"signatures", "digests", "min_rsa_bits", "until"}, "policy algorithms")
    signatures, digests = _texts(table, "signatures"), _texts(table, "digests")
    return AlgorithmPolicy(
        signatures=signatures,
        digests=digests,
        min_rsa_bits=int(table["min_rsa_bits"]),
        until=_until(table["until"], signatures | digests),
    )


def _until(table: object, allowed: frozenset[str]) -> dict[str, datetime]:
    """Read from which day on, in Chinese time, each rule's algorithms prove nothing."""
    if not isinstance(table, dict):
        raise TypeError("until must be a table")
    ends = {}
    for name, day in table.items():
        if name not in allowed and not _SHORTER_RSA.fullmatch(name):
            raise ValueError(f"until: {name} is no allowed algorithm, nor RSA<bits>")
        if type(day) is not date:
            raise TypeError(f"until: {name} must be a date")
        ends[name] = datetime.combine(day, time(), SHANGHAI)
    return ends


def _trust(table: Mapping[str, Any]) -> timedelta:
    _require_members(table, {"max_list_age_days"}, "policy trust")
    return timedelta(days=int(table["max_list_age_days"]))


def _credentials(table: Mapping[str, Any]) -> CredentialPolicy:
    _require_members(
        table,
        {"types", "key_binding_required", "key_binding_seconds", "status_list_seconds"},
        "policy credentials",
    )
    types, required = table["types"], table["key_binding_required"]
    if not isinstance(types, dict) or not all(isinstance(code, str) and code for code in types.values()):
        raise TypeError("types must map texts to license type codes")
    if not isinstance(required, bool):
        raise TypeError("key_binding_required must be true or false")
    return CredentialPolicy(
        types=types,
        key_binding_required=required,
        key_binding_seconds=_seconds(table, "key_binding_seconds"),
        status_list_seconds=_seconds(table, "status_list_seconds"),
    )


def _register(table: Mapping[str, Any]) -> RegisterPolicy:
    _require_members(table, {"register_max_age_seconds", "register_required"}, "policy status")
    required = table["register_required"]
    if not isinstance(required, list):
        raise TypeError("register_required must be a list of tables")
    max_age = timedelta(seconds=_seconds(table, "register_max_age_seconds"))
    return RegisterPolicy(max_age, tuple(map(_register_rule, required)))


def _register_rule(table: Mapping[str, Any]) -> RegisterRule:
    _require_members(table, {"license_types", "issuers"}, "policy status.register_required")
    rule = RegisterRule(_texts(table, "license_types"), _texts(table, "issuers"))
    if not rule.license_types or not rule.issuers:
        raise ValueError("register_required names no license: write `*` for any")
    return rule


def _seconds(table: Mapping[str, Any], name: str) -> int:
    value = table[name]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _LONGEST_SECONDS:
        raise ValueError(f"{name} must be a whole number of seconds from 1 to {_LONGEST_SECONDS}")
    return value


def _tolerance(table: Mapping[str, Any]) -> timedelta:
    _require_members(table, {"signing_time_tolerance_seconds"}, "policy time")
    seconds = table["signing_time_tolerance_seconds"]
    if type(seconds) is not int or not 0 <= seconds <= _LONGEST_TOLERANCE:
        raise ValueError(f"signing_time_tolerance_seconds must be 0 to {_LONGEST_TOLERANCE}")
    return timedelta(seconds=seconds)


def _tolerated(table: Mapping[str, Any]) -> frozenset[str]:
    _require_members(table, set(_CMS_RULES), "policy cms")
    if not all(isinstance(required, bool) for required in table.values()):
        raise TypeError("policy cms: true or false")
    return frozenset(code for name, code in _CMS_RULES.items() if not table[name])


def _paths(table: Mapping[str, Any]) -> PathRules:
    switches = ("require_explicit_policy", "inhibit_policy_mapping", "inhibit_any_policy")
    _require_members(table, {"acceptable_policies", "max_ocsp_age_hours", *switches}, "policy paths")
    hours = table["max_ocsp_age_hours"]
    if type(hours) is not int or hours < 1 or not all(isinstance(table[name], bool) for name in switches):
        raise ValueError("policy paths: max_ocsp_age_hours counts from 1, the switches are true or false")
    return PathRules(
        acceptable_policies=_texts(table, "acceptable_policies"),
        max_ocsp_age=timedelta(hours=hours),
        **{name: table[name] for name in switches},
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
