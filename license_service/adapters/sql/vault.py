"""Seal and open the columns that hold personal data, under the data key of the dossier a row belongs to.

1. Opening a dossier draws its data key, which the newest wrapping key of the ring wraps.
2. A sealed value is bound to its table, row and column, to its dossier and to the version of the key.
   It is compressed before, where that makes it shorter: what is sealed the database cannot compress.
3. A data key is unwrapped once in a transaction and forgotten with it.
4. What was opened in a transaction is written before it commits, in one statement for each table.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from license_service.adapters.data_key_ring import DataKeyRing
from license_service.adapters.envelope import (
    Algorithm,
    SealBrokenError,
    SealingKey,
    context,
    draw_key,
    require_key,
)
from license_service.adapters.sql.schema import dossier, dossier_mark
from license_service.adapters.sql.statements import insert_into
from license_service.clock import Clock
from license_service.domain.identifiers import is_citizen_id, is_uscc
from license_service.domain.retention import DossierKind
from license_service.errors import ErasedError, StoreUnavailableError
from license_service.services.blind_index import BlindIndex

_WRAP_TAG = "license-service/wrapped/v1"
_TAGS = {"sealed:1:": "license-service/sealed/v1", "sealed:2:": "license-service/sealed/v2"}
_AS_IS, _COMPRESSED = _TAGS
_FIRST_VERSION = 1
_SHORT, _FASTEST = 200, 1
KEY: tuple[sa.Label[Any], ...] = (
    dossier.c.id.label("key_of"),
    dossier.c.version.label("key_version"),
    dossier.c.algorithm.label("key_algorithm"),
    dossier.c.wrapped_by.label("key_wrapped_by"),
    dossier.c.wrapped.label("key_wrapped"),
)
"""What a query of rows that open a dossier may bring along of its key."""
Value = str | bytes | None


@dataclass(frozen=True)
class Sealing:
    """Hold what sealing needs for as long as the process lives."""

    ring: DataKeyRing
    algorithm: Algorithm
    index: BlindIndex
    clock: Clock


@dataclass(frozen=True)
class SealedColumns:
    """Say which columns of a table are sealed, which name the row, and which its dossier.

    Of several that may, the first with a value does.
    """

    table: sa.Table
    row: tuple[str, ...]
    dossier: tuple[str, ...]
    columns: tuple[str, ...]

    def dossier_of(self, values: Mapping[str, Any]) -> str:
        """Return the dossier of a row."""
        return next((str(values[name]) for name in self.dossier if values.get(name)), "")

    def belongs_to(self, identifiers: Collection[str]) -> sa.ColumnElement[bool]:
        """Return the condition that a row belongs to one of some dossiers."""
        columns = [self.table.c[name] for name in self.dossier]
        ways = (
            sa.and_(columns[i].in_(identifiers), *(before.is_(None) for before in columns[:i]))
            for i in range(len(columns))
        )
        return sa.or_(*ways)


@dataclass(frozen=True)
class _DataKey:
    dossier: str
    version: int
    key: SealingKey

    def seal(self, value: str | bytes, place: tuple[str | int, ...]) -> str | bytes:
        plain = value.encode() if isinstance(value, str) else value
        packed = zlib.compress(plain, _FASTEST) if len(plain) > _SHORT else plain
        form, body = (_COMPRESSED, packed) if len(packed) < len(plain) else (_AS_IS, plain)
        sealed = self.key.seal(body, self._context(form, place))
        if isinstance(value, bytes):
            return form.encode() + sealed
        return form + base64.urlsafe_b64encode(sealed).decode()

    def open(self, value: str | bytes, place: tuple[str | int, ...]) -> str | bytes:
        if isinstance(value, bytes):
            form = value[: len(_AS_IS)].decode()
            return self._open(form, value[len(form) :], place)
        form = value[: len(_AS_IS)]
        return self._open(form, base64.urlsafe_b64decode(value[len(form) :]), place).decode()

    def _open(self, form: str, sealed: bytes, place: tuple[str | int, ...]) -> bytes:
        if form not in _TAGS:
            raise SealBrokenError("not sealed")
        body = self.key.open(sealed, self._context(form, place))
        return zlib.decompress(body) if form == _COMPRESSED else body

    def _context(self, form: str, place: tuple[str | int, ...]) -> bytes:
        return context(_TAGS[form], *place, self.dossier, self.version)


class Vault:
    """Seal and open on one connection, in one transaction."""

    def __init__(self, connection: sa.Connection, sealing: Sealing) -> None:
        self._connection, self._sealing = connection, sealing
        self._keys: dict[str, _DataKey | None] = {}
        self._erased: set[str] = set()
        self._opened: list[dict[str, Any]] = []
        self._marks: set[tuple[str, str]] = set()

    @property
    def index(self) -> BlindIndex:
        """Return what finds people without naming them."""
        return self._sealing.index

    def open_dossier(self, identifier: str, tenant: str, kind: DossierKind, said: object) -> None:
        """Open a dossier, and mark it with everybody whom `said` names."""
        drawn = draw_key(self._sealing.algorithm)
        wrapping, key = self._sealing.ring.active()
        row = {
            "id": identifier,
            "tenant": tenant,
            "kind": kind.value,
            "opened_at": self._sealing.clock.now().timestamp(),
            "version": _FIRST_VERSION,
            "algorithm": drawn.algorithm.value,
            "wrapped_by": wrapping,
            "wrapped": key.seal(drawn.secret, _wrap_context(identifier, _FIRST_VERSION)),
        }
        self._opened.append(row)
        self._keys[identifier] = _DataKey(identifier, _FIRST_VERSION, drawn)
        self.mark(identifier, (self.index.of_applicant(tenant, person) for person in people_in(said)))

    def mark(self, identifier: str, marks: Iterable[str]) -> None:
        """Let a dossier be found by blind indexes."""
        self._marks.update((mark, identifier) for mark in marks)

    def flush(self) -> None:
        """Write what was opened."""
        if self._opened:
            self._connection.execute(insert_into(dossier), self._opened)
        if self._marks:
            rows = [{"mark": mark, "dossier": identifier} for mark, identifier in sorted(self._marks)]
            self._connection.execute(insert_into(dossier_mark), rows)
        self._opened, self._marks = [], set()

    def seal(self, sealed: SealedColumns, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row with its sealed columns sealed; it names its own keys.

        Raises:
            ErasedError: if its dossier was erased.
        """
        key = self._key(sealed.dossier_of(row))
        if key is None:
            return dict(row)
        found = {name: row[name] for name in sealed.columns if row.get(name) is not None}
        return {**row, **{name: key.seal(value, _place(sealed, row, name)) for name, value in found.items()}}

    def unseal(self, sealed: SealedColumns, row: sa.Row[Any]) -> dict[str, Any]:
        """Return the values of a row, opened; one of an earlier version is in the clear.

        Raises:
            ErasedError: if its dossier was erased.
            StoreUnavailableError: if a value is not what was sealed there.
        """
        values = _values(row)
        key = self._key(sealed.dossier_of(values))
        if key is None:
            return values
        try:
            opened = {
                name: key.open(values[name], _place(sealed, values, name))
                for name in sealed.columns
                if values.get(name) is not None
            }
        except (SealBrokenError, binascii.Error, UnicodeDecodeError) as error:
            raise StoreUnavailableError("the database is damaged: a sealed value does not open") from error
        return {**values, **opened}

    def unseal_all(
        self, sealed: SealedColumns, rows: Sequence[sa.Row[Any]]
    ) -> Iterator[tuple[dict[str, Any], bool]]:
        """Yield the values of rows, and whether each was erased: then what was sealed is empty."""
        self.fetch({sealed.dossier_of(_values(row)) for row in rows})
        for row in rows:
            try:
                yield self.unseal(sealed, row), False
            except ErasedError:
                yield _values(row), True

    def fetch(self, identifiers: Collection[str]) -> None:
        """Read the data keys of some dossiers at once."""
        wanted = {name for name in identifiers if name} - self._keys.keys() - self._erased
        if not wanted:
            return
        self._keys.update(dict.fromkeys(wanted))
        self.learn(self._connection.execute(sa.select(*KEY).where(dossier.c.id.in_(wanted))).all())

    def learn(self, rows: Iterable[sa.Row[Any]]) -> None:
        """Take the data keys that came along with rows: a trip less than to fetch them."""
        for row in rows:
            if row.key_of is None or row.key_of in self._erased or self._keys.get(row.key_of):
                continue
            if row.key_wrapped is None:
                self._erased.add(row.key_of)
            else:
                self._keys[row.key_of] = self._unwrap(row)

    def forget(self, identifiers: Iterable[str]) -> None:
        """Forget keys that are being destroyed."""
        for identifier in identifiers:
            self._keys.pop(identifier, None)

    def rewrapped(self, row: sa.Row[Any]) -> dict[str, Any]:
        """Return what changes where the newest wrapping key wraps a data key."""
        wrapping, key = self._sealing.ring.active()
        held = self._unwrap(row)
        sealed = key.seal(held.key.secret, _wrap_context(held.dossier, held.version))
        return {"wrapped_by": wrapping, "wrapped": sealed}

    def is_wrapped_by_newest(self) -> sa.ColumnElement[bool]:
        """Return the condition that the newest wrapping key wraps a dossier's key."""
        return dossier.c.wrapped_by == self._sealing.ring.active()[0]

    def _key(self, identifier: str) -> _DataKey | None:
        self.fetch({identifier})
        if identifier in self._erased:
            raise ErasedError("this was erased")
        return self._keys.get(identifier)

    def _unwrap(self, row: sa.Row[Any]) -> _DataKey:
        wrapping = self._sealing.ring.key(row.key_wrapped_by)
        try:
            secret = wrapping.open(bytes(row.key_wrapped), _wrap_context(row.key_of, row.key_version))
        except SealBrokenError as error:
            raise StoreUnavailableError("the database is damaged: a data key does not open") from error
        key = require_key(Algorithm(row.key_algorithm), secret)
        return _DataKey(row.key_of, row.key_version, key)


def people_in(said: object) -> Iterator[str]:
    """Yield the ids of people in a JSON value: those beside a name, and whatever is one by its check."""
    if isinstance(said, Mapping):
        if isinstance(said.get("name"), str) and isinstance(said.get("id"), str) and said["id"]:
            yield said["id"]
        for value in said.values():
            yield from people_in(value)
    elif isinstance(said, list | tuple):
        for value in said:
            yield from people_in(value)
    elif isinstance(said, str) and (is_citizen_id(said.upper()) or is_uscc(said.upper())):
        yield said


def said_in(value: Value) -> object:
    """Return the JSON value of a text, or nothing."""
    try:
        return json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _values(row: sa.Row[Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row._mapping.items()}  # noqa: SLF001 - so that columns have room


def _place(sealed: SealedColumns, row: Mapping[str, Any], column: str) -> tuple[str | int, ...]:
    return (sealed.table.name, column, *(row[name] for name in sealed.row))


def _wrap_context(identifier: str, version: int) -> bytes:
    return context(_WRAP_TAG, identifier, version)
