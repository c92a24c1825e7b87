"""How data sources are asked and what their answers mean, as an operator declares them in TOML.

The shape is closed. An answer says yes or no by the word of one member, by fields that hold what was sent or
one of the declared words, or by both; where both are declared and disagree, it says nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Self, TypeAlias

from pydantic import Field, ValidationError, model_validator

from license_service.adapters.answer_members import find_text, read_instant
from license_service.adapters.condition_shape import Closed
from license_service.errors import ConfigurationError
from license_service.services.sharing.data_sources import Says, SourceDescription, SourceUse, Undecided
from license_service.verification.document import FormatError
from license_service.verification.strict_json import parse_object

_CLOCKS_DIFFER = timedelta(minutes=5)
_MOST_SOURCES = 200
_Text = Annotated[str, Field(min_length=1, max_length=400)]
_Member = Annotated[str, Field(pattern=r"^[^.\s]+(\.[^.\s]+)*$", max_length=200)]
_HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")]
_Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=100)]
_Value = Annotated[
    str,
    Field(
        pattern=r"^((applicant|legal_person|other_party)\.(name|id)|field\.[a-z][a-z0-9_]*"
        r"|case\.id|matter\.code|material)$"
    ),
]
_Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
_Words = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
Reading: TypeAlias = tuple[Says, Undecided | None, datetime | None]


class _Title(Closed):
    zh: _Text
    en: _Text


class _Authentication(Closed):
    """Say who asks: `value` with `{secret}` in a header, or a signature by HMAC-SHA256 over time and body."""

    secret: _Variable
    header: _HeaderName
    value: str = ""
    timestamp_header: _HeaderName | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if ("{secret}" in self.value) is (self.timestamp_header is not None):
            raise ValueError("either `value` with {secret}, or `timestamp_header`, which signs")
        return self

    def headers(self, secret: str, body: bytes, now: datetime) -> dict[str, str]:
        if self.timestamp_header is None:
            return {self.header: self.value.replace("{secret}", secret)}
        moment = str(int(now.timestamp()))
        signed = hmac.new(secret.encode(), f"{moment}\n".encode() + body, hashlib.sha256)
        return {self.timestamp_header: moment, self.header: signed.hexdigest()}


class _Result(Closed):
    member: _Member
    yes: _Words
    no: _Words

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if set(self.yes) & set(self.no):
            raise ValueError("a word says yes or no, not both")
        return self

    def says(self, members: Mapping[str, Any]) -> Says:
        word = find_text(members, self.member)
        return Says.YES if word in self.yes else Says.NO if word in self.no else Says.UNDETERMINED


class _FieldRule(Closed):
    equals: _Member | None = None
    """The member of the question it must repeat."""
    one_of: _Words | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.equals is None) is (self.one_of is None):
            raise ValueError("a field has one of equals and one_of")
        return self

    def holds(self, found: str, sent: Mapping[str, str]) -> bool:
        if self.one_of:
            return _plain(found) in map(_plain, self.one_of)
        was_sent = sent.get(self.equals or "")
        if was_sent is None:
            raise ValueError(f"{self.equals} was not sent")
        return _plain(found) == _plain(was_sent)


class _Answer(Closed):
    result: _Result | None = None
    fields: dict[_Member, _FieldRule] = {}
    as_of: _Member | None = None
    max_age_days: Annotated[float, Field(gt=0, le=3660)] | None = None

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if self.result is None and not self.fields:
            raise ValueError("an answer has `result`, `fields` or both")
        if (self.as_of is None) is not (self.max_age_days is None):
            raise ValueError("`as_of` and `max_age_days` come together")
        return self

    def read(self, body: bytes, sent: Mapping[str, str], now: datetime) -> Reading:
        """Return what an answer says, why it says nothing, and how old it is."""
        try:
            members = parse_object(body)
            as_of = read_instant(find_text(members, self.as_of)) if self.as_of else None
            says, reason = self._says(members, sent)
        except (FormatError, ValueError):
            return Says.UNDETERMINED, Undecided.UNREADABLE, None
        if as_of and not self._is_fresh(as_of, now):
            return Says.UNDETERMINED, Undecided.STALE, as_of
        return says, reason, as_of

    def _says(self, members: Mapping[str, Any], sent: Mapping[str, str]) -> tuple[Says, Undecided | None]:
        word = self.result.says(members) if self.result else None
        if word is Says.UNDETERMINED:
            return Says.UNDETERMINED, Undecided.WORD_UNKNOWN
        if word is Says.NO:
            return Says.NO, None
        agrees = all(rule.holds(find_text(members, at), sent) for at, rule in self.fields.items())
        if agrees:
            return Says.YES, None
        return (Says.NO, None) if word is None else (Says.UNDETERMINED, Undecided.CONTRADICTORY)

    def _is_fresh(self, as_of: datetime, now: datetime) -> bool:
        return -_CLOCKS_DIFFER <= now - as_of <= timedelta(days=self.max_age_days or 0)


class Source(Closed):
    """Declare one source."""

    title: _Title
    owner: _Text
    uses: Annotated[list[SourceUse], Field(min_length=1)]
    endpoint: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$", max_length=500)]
    seconds: Annotated[float, Field(gt=0, le=10)]
    authentication: _Authentication | None = None
    query: Annotated[dict[_Value, _Member], Field(min_length=1)]
    constants: dict[_Member, str] = {}
    answer: _Answer

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        members = list(self.query.values())
        if SourceUse.DATA in self.uses and "case.id" in self.query:
            raise ValueError("data is asked for before there is a case")
        if SourceUse.CHECK in self.uses:
            if any(name.startswith("field.") for name in self.query):
                raise ValueError("a check is asked long after the application, whose fields are not kept")
            if len(set(members)) != len(members):
                raise ValueError("two values under one name, of which a check sends both")
        compared = {rule.equals for rule in self.answer.fields.values() if rule.equals}
        if compared - set(members):
            raise ValueError(f"compared with what is not sent: {', '.join(sorted(compared - set(members)))}")
        _nested([*dict.fromkeys((member, "") for member in members), *self.constants.items()])
        return self

    def sent(self, use: SourceUse, values: Mapping[str, str]) -> dict[str, str] | None:
        """Return what is sent under which name; None where a check lacks a value, or nothing is left to ask.

        Data is asked for by what the matter's rule names, so one source may know a person by several roles.
        """
        given = {member: values[name] for name, member in self.query.items() if name in values}
        complete = use is SourceUse.DATA or self.query.keys() <= values.keys()
        return given if given and complete else None

    def body(self, sent: Mapping[str, str]) -> bytes:
        """Return a question as JSON."""
        return json.dumps(_nested([*self.constants.items(), *sent.items()]), ensure_ascii=False).encode()

    def headers(self, secret: str, body: bytes, now: datetime) -> dict[str, str]:
        """Return what says who asks."""
        return {} if self.authentication is None else self.authentication.headers(secret, body, now)

    def describe(self, name: str) -> SourceDescription:
        """Return what the lists of data sharing say; no secret, and no more of the network than the owner."""
        return SourceDescription(
            name=name,
            title_zh=self.title.zh,
            title_en=self.title.en,
            owner=self.owner,
            uses=frozenset(self.uses),
            query=self.query,
            answer=self.answer.model_dump(mode="json", exclude_none=True, exclude={"max_age_days"}),
            max_age_days=self.answer.max_age_days,
        )


class _Declarations(Closed):
    source: Annotated[dict[_Name, Source], Field(max_length=_MOST_SOURCES)]


def parse_sources(text: str, where: str) -> dict[str, Source]:
    """Read declarations; `where` names them in errors.

    Raises:
        ConfigurationError: naming the line of what is no TOML, or every member that is wrong by its path.
    """
    try:
        return _Declarations.model_validate(tomllib.loads(text)).source
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{where}: {error}") from error
    except ValidationError as error:
        raise ConfigurationError(f"{where}: {'; '.join(_problems(error))}") from error


def _problems(error: ValidationError) -> Iterator[str]:
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        yield f"{'.'.join(map(str, item['loc']))}: {item['msg']}"


def _nested(members: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return members whose names are paths as objects within objects.

    Raises:
        ValueError: if one lies within another, or is named twice.
    """
    whole: dict[str, Any] = {}
    for path, value in members:
        *outer, last = path.split(".")
        inner = whole
        for name in outer:
            inner = inner.setdefault(name, {})
            if not isinstance(inner, dict):
                raise ValueError(f"{path} lies within a text")  # noqa: TRY004 - what was declared
        if last in inner:
            raise ValueError(f"{path} is there twice")
        inner[last] = value
    return whole


def _plain(text: str) -> str:
    """Return a text without what full-width forms, case and blanks make different."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())
