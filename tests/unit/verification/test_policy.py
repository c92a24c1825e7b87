"""A policy is complete or refused: a rule left out would be a rule passed."""

from __future__ import annotations

import dataclasses
import hashlib
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from license_service.adapters.trust_files import load_policy
from license_service.errors import ConfigurationError
from license_service.verification.policy import (
    CredentialPolicy,
    Level,
    PathRules,
    RegisterPolicy,
    RegisterRule,
    VerificationPolicy,
    parse_policy,
)
from license_service.verification.report import CheckName

_TOP = (
    "id", "version", "exempt_critical_extensions", "trailing_bytes_issuers", "levels", "algorithms", "paths",
    "trust", "time", "cms", "credentials", "status",
)  # fmt: skip
_ALGORITHMS = ("signatures", "digests", "min_rsa_bits", "until")


def _complete() -> dict[str, Any]:
    return {
        "id": "test",
        "version": "1",
        "exempt_critical_extensions": [],
        "trailing_bytes_issuers": [],
        "levels": dict.fromkeys((name.value for name in CheckName), "fail"),
        "algorithms": {
            "signatures": ["SM2-SM3"],
            "digests": ["SM3"],
            "min_rsa_bits": 2048,
            "until": {"SM3": date(2040, 1, 1), "RSA<3072": date(2031, 1, 1)},
        },
        "trust": {"max_list_age_days": 400},
        "time": {"signing_time_tolerance_seconds": 60},
        "cms": {"require_signed_attributes": True, "require_signing_certificate": True},
        "credentials": {
            "types": {"urn:example:type": "T1"},
            "key_binding_required": True,
            "key_binding_seconds": 300,
            "status_list_seconds": 3600,
        },
        "status": {"register_max_age_seconds": 3600, "register_required": []},
        "paths": {
            "acceptable_policies": ["2.16.840.1.101.3.2.1.48.1"],
            "require_explicit_policy": True,
            "inhibit_policy_mapping": True,
            "inhibit_any_policy": True,
            "max_ocsp_age_hours": 24,
        },
    }


def _toml(data: Mapping[str, Any]) -> str:
    plain = {name: value for name, value in data.items() if not isinstance(value, dict)}
    tables = {name: value for name, value in data.items() if isinstance(value, dict)}
    lines = [f"{name} = {_value(value)}" for name, value in plain.items()]
    for table, members in tables.items():
        lines += [f"[{table}]", *(f"{name} = {_value(value)}" for name, value in members.items())]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{name}" = {_value(item)}' for name, item in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _refused(data: Mapping[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_policy(_toml(data))
    assert refused.value.code == "configuration_invalid"


def test_complete() -> None:
    text = _toml(_complete())
    policy = parse_policy(text)
    assert (policy.id, policy.version) == ("test", "1")
    assert policy.digest == "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    assert {policy.level(name) for name in CheckName} == {Level.FAIL}
    assert policy.algorithms.signatures == {"SM2-SM3"}
    assert policy.algorithms.digests == {"SM3"}
    assert policy.algorithms.min_rsa_bits == 2048
    assert policy.algorithms.until == {
        "SM3": datetime(2039, 12, 31, 16, tzinfo=UTC),
        "RSA<3072": datetime(2030, 12, 31, 16, tzinfo=UTC),
    }
    assert policy.exempt_critical_extensions == frozenset()
    assert policy.trailing_bytes_issuers == frozenset()
    assert policy.signing_time_tolerance == timedelta(seconds=60)
    assert policy.tolerated_format_failures == frozenset()
    assert policy.credentials == CredentialPolicy({"urn:example:type": "T1"}, True, 300, 3600)  # noqa: FBT003 - as the table has them
    accepted = frozenset({"2.16.840.1.101.3.2.1.48.1"})
    assert policy.paths == PathRules(
        accepted,
        require_explicit_policy=True,
        inhibit_policy_mapping=True,
        inhibit_any_policy=True,
        max_ocsp_age=timedelta(hours=24),
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("require_signed_attributes", "CMS_SIGNED_ATTRIBUTES_MISSING"),
        ("require_signing_certificate", "CMS_SIGNING_CERTIFICATE_MISSING"),
    ],
)
def test_what_is_not_required_is_tolerated(name: str, code: str) -> None:
    data = _complete()
    data["cms"][name] = False
    assert parse_policy(_toml(data)).tolerated_format_failures == {code}


@pytest.mark.parametrize(
    "until",
    [
        "2031-01-01",
        {"SM3": "2031-01-01"},
        {"SM3": 2031},
        {"SM3": datetime(2031, 1, 1, tzinfo=UTC)},
        {"SHA256": date(2031, 1, 1)},
        {"RSA": date(2031, 1, 1)},
        {"RSA<3072 ": date(2031, 1, 1)},
        {"RSA<0": date(2031, 1, 1)},
    ],
)
def test_an_end_that_is_no_day_or_of_nothing_is_refused(until: object) -> None:
    data = _complete()
    data["algorithms"]["until"] = until
    _refused(data)


@pytest.mark.parametrize("seconds", [-1, 3601, "60", True, 1.5])
def test_a_tolerance_out_of_range_is_refused(seconds: object) -> None:
    data = _complete()
    data["time"]["signing_time_tolerance_seconds"] = seconds
    _refused(data)


@pytest.mark.parametrize("required", ["true", 1, 0])
def test_a_requirement_that_is_neither_true_nor_false_is_refused(required: object) -> None:
    data = _complete()
    data["cms"]["require_signed_attributes"] = required
    _refused(data)


def test_which_licenses_a_register_must_speak_for() -> None:
    data = _complete()
    data["status"]["register_required"] = [{"license_types": ["T1"], "issuers": ["*"]}]
    rule = RegisterRule(frozenset({"T1"}), frozenset({"*"}))
    assert parse_policy(_toml(data)).register == RegisterPolicy(timedelta(hours=1), (rule,))


@pytest.mark.parametrize(
    "required",
    [
        "*",
        {},
        ["*"],
        [{"license_types": ["*"]}],
        [{"license_types": "*", "issuers": ["*"]}],
        [{"license_types": [], "issuers": ["*"]}],
        [{"license_types": ["*"], "issuers": []}],
        [{"license_types": ["*"], "issuers": ["*"], "regions": ["*"]}],
    ],
)
def test_a_rule_that_names_no_license_is_refused(required: object) -> None:
    data = _complete()
    data["status"]["register_required"] = required
    _refused(data)


def test_the_repositorys_policy_fails_everything_but_an_unknown_timestamp(policy: VerificationPolicy) -> None:
    levels = {name: policy.level(name) for name in CheckName}
    assert levels.pop(CheckName.TIMESTAMP) is Level.REFUTE
    assert set(levels.values()) == {Level.FAIL}
    assert policy.tolerated_format_failures == frozenset()
    assert policy.signing_time_tolerance <= timedelta(minutes=5)
    assert not {"SHA1", "MD5"} & policy.algorithms.digests
    assert not any(name.endswith(("SHA1", "MD5")) for name in policy.algorithms.signatures)
    assert policy.algorithms.min_rsa_bits >= 2048


def test_the_digest_is_of_the_exact_text(policy_file: Path) -> None:
    text = policy_file.read_text()
    first, second = parse_policy(text), parse_policy(text + "# a comment\n")
    assert first.digest != second.digest
    assert dataclasses.replace(second, digest=first.digest, text=text) == first


@pytest.mark.parametrize("name", _TOP)
def test_a_missing_member_is_refused(name: str) -> None:
    data = _complete()
    del data[name]
    _refused(data)


@pytest.mark.parametrize("name", [name.value for name in CheckName])
def test_a_missing_level_is_refused(name: str) -> None:
    data = _complete()
    del data["levels"][name]
    _refused(data)


@pytest.mark.parametrize(
    ("table", "name"),
    [
        *(("algorithms", name) for name in _ALGORITHMS),
        ("time", "signing_time_tolerance_seconds"),
        ("cms", "require_signed_attributes"),
        ("cms", "require_signing_certificate"),
        ("status", "register_max_age_seconds"),
        ("status", "register_required"),
    ],
)
def test_a_missing_member_of_a_table_is_refused(table: str, name: str) -> None:
    data = _complete()
    del data[table][name]
    _refused(data)


@pytest.mark.parametrize(
    ("table", "name"),
    [
        (None, "extra"),
        ("levels", "taste"),
        ("algorithms", "max_rsa_bits"),
        ("time", "zone"),
        ("cms", "require_seal"),
        ("status", "register_optional"),
    ],
)
def test_an_unknown_member_is_refused(table: str | None, name: str) -> None:
    data = _complete()
    (data if table is None else data[table])[name] = "fail"
    _refused(data)


@pytest.mark.parametrize("level", ["", "FAIL", "ignore", "warning", "none"])
def test_an_unknown_level_is_refused(level: str) -> None:
    data = _complete()
    data["levels"]["format"] = level
    _refused(data)


@pytest.mark.parametrize("value", ["", 1, True])
@pytest.mark.parametrize("name", ["id", "version"])
def test_an_id_or_version_that_is_no_text_is_refused(name: str, value: object) -> None:
    _refused({**_complete(), name: value})


@pytest.mark.parametrize(
    "change",
    [
        {"levels": "fail"},
        {"levels": ["format"]},
        {"algorithms": "SM2-SM3"},
        {"time": 60},
        {"cms": True},
        {"exempt_critical_extensions": 1},
        {"trailing_bytes_issuers": "11999900DEM0000001"},
    ],
    ids=[
        "levels-text",
        "levels-list",
        "algorithms-text",
        "time-number",
        "cms-boolean",
        "extensions-number",
        "issuers-text",
    ],
)
def test_a_member_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    _refused({**_complete(), **change})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("min_rsa_bits", "many"),
        ("signatures", 1),
        ("digests", 1),
        ("signatures", "SM2-SM3"),
        ("digests", "SM3"),
    ],
)
def test_algorithms_of_another_shape_are_refused(name: str, value: object) -> None:
    data = _complete()
    data["algorithms"][name] = value
    _refused(data)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("types", []),
        ("types", {"urn:example:type": 1}),
        ("types", {"urn:example:type": ""}),
        ("key_binding_required", 1),
        ("key_binding_required", "no"),
        ("key_binding_seconds", 0),
        ("key_binding_seconds", True),
        ("status_list_seconds", "3600"),
        ("status_list_seconds", 366 * 24 * 3600 + 1),
    ],
)
def test_credentials_of_another_shape_are_refused(name: str, value: object) -> None:
    data = _complete()
    data["credentials"][name] = value
    _refused(data)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("acceptable_policies", "any"),
        ("require_explicit_policy", 1),
        ("inhibit_policy_mapping", "yes"),
        ("inhibit_any_policy", 0),
        ("max_ocsp_age_hours", 0),
        ("max_ocsp_age_hours", True),
        ("max_ocsp_age_hours", "24"),
        ("unknown", True),
    ],
)
def test_paths_of_another_shape_are_refused(name: str, value: object) -> None:
    data = _complete()
    data["paths"][name] = value
    _refused(data)


@pytest.mark.parametrize("text", ["", "id = ", "id = 'a'\nid = 'b'", "= 1", "[levels", "\x00", '{"id": 1}'])
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_policy(text)
    assert refused.value.code == "configuration_invalid"


def test_a_repeated_level_is_refused() -> None:
    text = _toml(_complete()).replace('format = "fail"', 'format = "fail"\nformat = "warn"', 1)
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    with pytest.raises(ConfigurationError):
        parse_policy(text)


def test_a_policy_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        load_policy(tmp_path / "none.toml")


def test_a_policy_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(_toml(_complete()).encode("utf-16"))
    with pytest.raises(ConfigurationError):
        load_policy(path)
