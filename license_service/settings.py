"""All settings, read once from the environment by entry points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from license_service.errors import ConfigurationError

PREFIX = "LICENSE_SERVICE_"
_LEAST = {"sweep_seconds": 0.001, "rate_burst": 1}
"""The least that makes sense of a number, where that is not 0."""


@dataclass(frozen=True)
class Settings:
    """Hold every setting; `docs/operations.md` documents each by the name of its variable."""

    database_url: str = "sqlite:///var/license-service.db"
    redis_url: str = ""
    """Empty: no doorbell; follow-ups run by sweep alone."""
    catalogue_dir: Path = Path("catalogue")
    catalogue_releases: str = ""
    """Folder of release records; where given, only a catalogue that two people released is used."""
    policy_file: Path = Path("policy/verification.toml")
    trust_dir: Path = Path("keys/trust")
    trust_publishers: str = ""
    """Comma-separated verifier keys; where given, only lists they signed are trusted."""
    environment: str = "production"
    """Or `test`: which trust lists may be used."""
    evidence_dir: Path = Path("keys/evidence")
    private_dir: Path = Path("keys/private")
    sealing: str = "AES-256-GCM"
    """Or `SM4-GCM`: how personal data is sealed from now on; what was sealed otherwise still opens."""
    retention_file: Path = Path("policy/retention.toml")
    pkcs11_module: str = ""
    """Path of a PKCS#11 library whose token may hold the log's key; empty: files hold it."""
    pkcs11_token: str = ""
    """Label of the token."""
    pkcs11_pin_file: str = ""
    """Path of a file with its PIN, which nobody else may read."""
    archive_dir: str = ""
    """Where the inputs of verdicts are kept; empty: nowhere."""
    archive_documents: str = "no"
    """`yes`: documents too."""
    data_sources: str = ""
    """The declaration of the data sources of other authorities, in TOML; empty: none is asked."""
    webhook_hosts: str = ""
    """Comma-separated `host:port` or `scheme://host:port` a webhook may go to; empty: none."""
    outgoing_networks: str = ""
    """Comma-separated CIDR networks data sources and webhook receivers may be in although not public."""
    revocation_hosts: str = ""
    """Comma-separated `host` or `host:port` CRLs and OCSP responses may be fetched from; empty: none."""
    revocation_networks: str = ""
    """Comma-separated CIDR networks those hosts may be in although they are not public."""
    revocation_cache: str = ""
    """Folder where what was fetched is kept; empty: in memory alone."""
    register_file: str = ""
    """The register of licenses, or where one is asked; empty: none is."""
    register_token: str = field(default="", repr=False)
    """What `{token}` stands for in the declaration of a register that is asked."""
    rate_per_second: float = 100.0
    """Writing requests of one tenant; 0 limits nobody."""
    rate_burst: int = 500
    log_origin: str = "license-service.invalid/log"
    log_dir: Path = Path("var/log")
    """Where the log is published as static files, outside the database."""
    public_url: str = "https://license-service.invalid"
    """Where people reach the service: what QR codes on papers begin with."""
    paper_certificates: str = ""
    """Path of PEM certificates, that of the key of papers first; where given, PDF papers are signed."""
    witnesses: str = ""
    """Path of a c2sp.org/tlog-policy file that names witnesses, their keys and URLs, and the quorum."""
    stamp_url: str = ""
    """Where a timestamp authority (RFC 3161) stamps checkpoints; empty: none does."""
    stamp_certificates: str = ""
    """Path of its certificate in PEM and, but for SM2, of those that issued it up to its root."""
    stamp_minutes: float = 10.0
    """Between two stamps, at least."""
    unanchored_alarm_minutes: float = 60.0
    """After which `/readyz` calls: nobody outside has seen what was accepted."""
    unanchored_stop_minutes: float = 0.0
    """After which nothing is accepted; 0: accepting never stops for that."""
    sweep_seconds: float = 1.0
    clock_file: str = ""
    """Path of a file with an offset in seconds; only for demonstrations."""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Build settings from `LICENSE_SERVICE_*` variables.

    Raises:
        ConfigurationError: if a value is not usable or a name with the prefix is unknown.
    """
    known = {f"{PREFIX}{name.upper()}": name for name in Settings.__dataclass_fields__}
    given = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
    unknown = sorted(given.keys() - known.keys())
    if unknown:
        raise ConfigurationError(f"unknown settings: {', '.join(unknown)}")
    return Settings(**{known[name]: _convert(name, known[name], value) for name, value in given.items()})


def read_list(text: str) -> list[str]:
    """Read `item,item`."""
    return [item.strip() for item in text.split(",") if item.strip()]


def _convert(variable: str, name: str, value: str) -> Any:  # noqa: ANN401 - the type is that of the field's default
    default = getattr(Settings, name)
    try:
        converted = Path(value) if isinstance(default, Path) else type(default)(value)
    except ValueError as error:
        raise ConfigurationError(f"{variable}={value!r} is not a {type(default).__name__}") from error
    if isinstance(converted, int | float) and not _LEAST.get(name, 0) <= converted < inf:
        raise ConfigurationError(f"{variable}={value!r} is out of range")
    return converted
