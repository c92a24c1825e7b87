"""How a sharing service is asked and what its answers mean, as an operator declares it in TOML.

GB/T 36906 fixes what such a service does and leaves room for dialects: paths, envelopes, names of members
and words for a status differ from province to province.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from license_service.adapters.answer_members import find_member, find_text, read_instant
from license_service.errors import ConfigurationError
from license_service.verification.register import RegisterEntry, RegisterField, Silence, read_fields
from license_service.verification.status import LicenseStatus
from license_service.verification.strict_json import parse_object

KIND = "http"
_LONGEST_WORD = 40


class SilentRegisterError(Exception):
    """Say why an answer says nothing of the license."""

    def __init__(self, reason: Silence) -> None:
        super().__init__(reason)
        self.reason = reason


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Request(_Closed):
    """Say how something is asked: a GET, or a POST of `body` where there is one."""

    path: str = Field(pattern="^/")
    body: dict[str, Any] | None = None

    def fill(self, identifier: str, token: str) -> tuple[str, bytes | None]:
        """Return path and body with `{identifier}` and `{token}` filled in."""
        path = self.path.replace("{identifier}", quote(identifier, safe=""))
        if self.body is None:
            return path, None
        filled = _filled(self.body, {"{token}": token, "{identifier}": identifier})
        return path, json.dumps(filled, ensure_ascii=False).encode()


class Download(Request):
    """Say how a document is asked for; `content` is the member that holds it in base64, else it is all."""

    content: str = ""


class Result(_Closed):
    """Say in which member a service tells how it went, and with which words; others mean that it failed."""

    member: str
    found: list[str]
    not_known: list[str]


class Answer(_Closed):
    """Say which member of an answer holds what, by names with dots between."""

    identifier: str
    status: str
    current: str = ""
    as_of: str = ""
    result: Result | None = None
    fields: dict[RegisterField, str] = {}


class RegisterMapping(_Closed):
    """Hold the whole declaration."""

    kind: str = Field(pattern=f"^{KIND}$")
    name: str = Field(min_length=1)
    base: str = Field(pattern="^https?://[^/?#@]+$")
    networks: list[str]
    seconds: float = Field(gt=0, le=10)
    headers: dict[str, str] = {}
    query: Request
    download: Download
    answer: Answer
    statuses: dict[str, LicenseStatus]

    @property
    def host(self) -> str:
        """Return the one host that is asked."""
        return urlsplit(self.base).netloc.lower()

    def read(self, identifier: str, body: bytes, now: datetime) -> RegisterEntry:
        """Return what an answer says of the license that was asked for.

        A service that keeps one record of a license names its current version, whichever was asked for.

        Raises:
            SilentRegisterError: if it knows none, failed, or tells of another license.
            FormatError: if it is no JSON.
            ValueError: if a member has not the declared shape.
        """
        members = self.members(body)
        named = find_text(members, self.answer.identifier)
        if _license(named) != _license(identifier):
            raise SilentRegisterError(Silence.UNREADABLE)
        word = find_text(members, self.answer.status)
        status = self.statuses.get(word, LicenseStatus.UNKNOWN)
        unmapped = f"status {word[:_LONGEST_WORD]} is not declared" if word not in self.statuses else ""
        return RegisterEntry(
            identifier=identifier,
            source=self.name,
            as_of=read_instant(find_text(members, self.answer.as_of)) if self.answer.as_of else now,
            status=status,
            reason=unmapped,
            current=(find_text(members, self.answer.current) if self.answer.current else "") or named,
            fields=read_fields({name: find_member(members, at) for name, at in self.answer.fields.items()}),
        )

    def members(self, body: bytes) -> Mapping[str, Any]:
        """Return an answer's members, once it says that there is such a license.

        Raises:
            SilentRegisterError: if it knows none or failed.
            FormatError: if it is no JSON.
            ValueError: if the result is no text.
        """
        members = parse_object(body)
        result = self.answer.result
        if result is None:
            return members
        word = find_text(members, result.member)
        if word in result.found:
            return members
        raise SilentRegisterError(Silence.NOT_KNOWN if word in result.not_known else Silence.UNREACHABLE)

    def content(self, body: bytes) -> str:
        """Return the member of an answer that holds a document.

        Raises:
            SilentRegisterError: if it knows none or failed.
            FormatError: if it is no JSON.
            ValueError: if the member is no text.
        """
        return find_text(self.members(body), self.download.content)


def parse_mapping(text: str, where: str) -> RegisterMapping:
    """Read a declaration; `where` names it in errors.

    Raises:
        ConfigurationError: if it is not complete, or has a member nobody knows.
    """
    try:
        return RegisterMapping.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _filled(value: object, words: Mapping[str, str]) -> object:
    match value:
        case str():
            for word, meant in words.items():
                value = value.replace(word, meant)
            return value
        case dict():
            return {name: _filled(item, words) for name, item in value.items()}
        case list():
            return [_filled(item, words) for item in value]
    return value


def _license(identifier: str) -> str:
    """Return an identifier without version and check character (GB/T 36904)."""
    return identifier.rsplit(".", 2)[0]
