"""The contract of the register of licenses, for a file and for a service; and how each is declared."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from license_service.adapters.registers import load_register
from license_service.clock import FixedClock
from license_service.errors import ConfigurationError, LicenseNotInRegisterError, RegisterUnavailableError
from license_service.verification.register import RegisterField, Silence
from license_service.verification.status import LicenseStatus

_DOCS = Path(__file__).resolve().parents[3] / "docs"
_NOW = datetime(2026, 3, 10, tzinfo=UTC)
_LICENSE = "1.2.156.3005.2.T.I.1.001.A"
_NEXT = "1.2.156.3005.2.T.I.1.002.B"
_STRANGE = "1.2.156.3005.2.T.I.2.001.C"
_DOCUMENT = b"\x00a signed document"


@pytest.mark.parametrize("status", [status for status in LicenseStatus if status != "unknown"])
def test_each_status_is_told(status: LicenseStatus, world: Any) -> None:
    world.keep(status=status.value)
    entry = world.register.query(_LICENSE)
    assert (entry.identifier, entry.status, entry.reason) == (_LICENSE, status, "")
    assert entry.as_of == _NOW
    assert entry.source
    assert not entry.superseded


def test_the_current_version_and_the_fields_are_told(world: Any) -> None:
    fields = {"holder_id": "91a", "number": "7", "issuer_code": "11", "valid_until": "20290101"}
    world.keep(status="changed", current=_NEXT, fields=fields)
    entry = world.register.query(_LICENSE)
    assert entry.current == _NEXT
    assert entry.fields == {
        RegisterField.HOLDER_ID: ("91A",),
        RegisterField.NUMBER: ("7",),
        RegisterField.ISSUER_CODE: ("11",),
        RegisterField.VALID_UNTIL: ("2029-01-01",),
    }


def test_a_license_the_register_does_not_have_is_not_known(world: Any) -> None:
    entry = world.register.query(_STRANGE)
    assert (entry.identifier, entry.status) == (_STRANGE, LicenseStatus.UNKNOWN)
    assert entry.reason == Silence.NOT_KNOWN
    with pytest.raises(LicenseNotInRegisterError):
        world.register.download(_STRANGE)


def test_a_document_is_downloaded_by_identifier(world: Any) -> None:
    assert world.register.download(_LICENSE) == _DOCUMENT


def test_a_register_that_is_not_there_is_unreachable(world: Any) -> None:
    assert world.register.query(_LICENSE).status is LicenseStatus.VALID
    world.break_()
    entry = world.register.query(_LICENSE)
    assert (entry.status, entry.reason) == (LicenseStatus.UNKNOWN, Silence.UNREACHABLE)
    with pytest.raises(RegisterUnavailableError):
        world.register.download(_LICENSE)


@pytest.mark.parametrize("name", ["register-file.sample.toml", "register-http.sample.toml"])
def test_the_samples_are_usable(name: str, clock: FixedClock) -> None:
    load_register(_DOCS / name, clock)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("file", 'kind = "file"', 'kind = "files"'),
        ("file", 'kind = "file"', "kind = ["),
        ("file", 'name = "示例县证照库"', 'name = ""'),
        ("file", 'status = "changed"', 'status = "fine"'),
        ("file", "2026-03-10T00:00:00Z", "today"),
        ("file", '"business-license.ofd"', '"../business-license.ofd"'),
        ("file", "fields = { ", 'fields = { color = "red", '),
        ("file", "document =", "dokument ="),
        ("file", "[[licenses]]", "[licenses]"),
        ("http", "https://", "ftp://"),
        ("http", "certshare.example", "certshare.example/path"),
        ("http", "seconds = 5", "seconds = 0"),
        ("http", "seconds = 5", "seconds = 11"),
        ("http", "10.0.0.0/8", "10.0.0.1/8"),
        ("http", '"/certshare/queryCertInfo"', '"certshare/queryCertInfo"'),
        ("http", 'status = "data.certState"', ""),
        ("http", 'identifier = "data.certificateIdentifier"', ""),
        ("http", '"valid"', '"fine"'),
        ("http", "holder_id =", "color ="),
        ("http", "seconds =", "minutes ="),
    ],
)
def test_a_declaration_that_is_not_whole_stops_the_start(
    name: str, before: str, after: str, tmp_path: Path, clock: FixedClock
) -> None:
    text = (_DOCS / f"register-{name}.sample.toml").read_text()
    assert before in text
    path = tmp_path / "register.toml"
    path.write_text(text.replace(before, after))
    with pytest.raises(ConfigurationError):
        load_register(path, clock)


def test_a_register_that_is_not_there_stops_the_start(tmp_path: Path, clock: FixedClock) -> None:
    with pytest.raises(ConfigurationError):
        load_register(tmp_path / "nowhere.toml", clock)
