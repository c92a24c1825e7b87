"""What a register says of a license now, as a value and as the bytes that verdicts rest on.

A register that did not answer is kept too, as an entry of unknown status that says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from license_service.clock import format_instant, parse_instant
from license_service.verification.canonical import canonical_json
from license_service.verification.document import FormatError
from license_service.verification.metadata import read_date
from license_service.verification.report import LicenseMetadata
from license_service.verification.status import LicenseStatus
from license_service.verification.strict_json import parse_object

_TAG = "license-service/register-entry/v1"
_NO_END = "9999-12-31"


class Silence(StrEnum):
    """Why a register says nothing of a license."""

    UNREACHABLE = "unreachable"
    NOT_KNOWN = "not-known"
    UNREADABLE = "unreadable"


class RegisterField(StrEnum):
    """What a register states beside the status, to be compared with the signed bytes (核验)."""

    HOLDER_ID = "holder_id"
    NUMBER = "number"
    ISSUER_CODE = "issuer_code"
    VALID_UNTIL = "valid_until"


RegisterFields = Mapping[RegisterField, tuple[str, ...]]


@dataclass(frozen=True)
class RegisterEntry:
    """Hold what the register called `source` said of the license `identifier` as of an instant.

    `current` is the identifier of the version in force, empty where that is this one. `fields` holds
    what the register states and nothing else.
    """

    identifier: str
    source: str
    as_of: datetime
    status: LicenseStatus
    reason: str = ""
    current: str = ""
    fields: RegisterFields = field(default_factory=dict)

    @property
    def superseded(self) -> bool:
        """Tell whether another version is the one in force."""
        return self.current not in ("", self.identifier)

    def to_bytes(self) -> bytes:
        """Return the bytes that evidence holds."""
        return canonical_json({"tag": _TAG, **vars(self), "as_of": format_instant(self.as_of)})

    def differing(self, license_: LicenseMetadata) -> list[str]:
        """Return the names of the fields that the signed bytes state otherwise.

        Only what both state is compared. Clause: GB/T 36906-2018 (verification of license data).
        """
        signed = _signed(license_)
        return [name for name, texts in self.fields.items() if signed[name] and set(texts) != signed[name]]


def read_register_entry(data: bytes) -> RegisterEntry:
    """Read an entry from its bytes.

    Raises:
        ValueError: if they are not such bytes.
    """
    try:
        stated = parse_object(data)
        texts = (text for name, text in stated.items() if name != "fields")
        if not all(isinstance(text, str) for text in texts) or stated.pop("tag") != _TAG:
            raise ValueError("not an entry of this version")
        return RegisterEntry(
            **stated
            | {
                "as_of": parse_instant(stated["as_of"]),
                "status": LicenseStatus(stated["status"]),
                "fields": read_fields(stated["fields"]),
            }
        )
    except (FormatError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a register entry") from error


def entries_about(identifier: str, items: Iterable[bytes]) -> Iterator[RegisterEntry]:
    """Yield what evidence says of a license; what cannot be read says nothing."""
    for data in items:
        try:
            entry = read_register_entry(data)
        except ValueError:
            continue
        if identifier and entry.identifier == identifier:
            yield entry


def read_fields(stated: Mapping[str, object]) -> RegisterFields:
    """Return the fields as a register writes them, dates as ISO 8601; what it leaves empty is not there.

    Raises:
        ValueError: for a name that is none, a value that is neither text nor texts, a date that is none.
    """
    read = {RegisterField(name): _texts(RegisterField(name), value) for name, value in stated.items()}
    return {name: read[name] for name in RegisterField if read.get(name)}


def _texts(name: RegisterField, value: object) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [value]
    plain = {text.strip().upper() for text in texts if isinstance(text, str)}
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{name} must be a text or texts")
    plain.discard("")
    return tuple(sorted(map(_day, plain) if name is RegisterField.VALID_UNTIL else plain))


def _day(text: str) -> str:
    day, unreadable = read_date(text)
    if unreadable:
        raise ValueError("valid_until must be a date")
    return day.isoformat() if day else _NO_END


def _signed(license_: LicenseMetadata) -> Mapping[RegisterField, set[str]]:
    return {
        RegisterField.HOLDER_ID: {holder.id.upper() for holder in license_.holders} - {""},
        RegisterField.NUMBER: {license_.number.upper()} - {""},
        RegisterField.ISSUER_CODE: {license_.issuer_code.upper()} - {""},
        RegisterField.VALID_UNTIL: {license_.valid_until.isoformat() if license_.valid_until else _NO_END},
    }
