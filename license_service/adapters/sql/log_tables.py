"""Events, and the log over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from license_service.adapters.sql.schema import checkpoint, event, log_node, log_state, witness
from license_service.adapters.sql.statements import given, given_rows, insert_into, insert_one
from license_service.adapters.sql.table import SqlTable, instant, seconds
from license_service.audit.errors import AuditError
from license_service.audit.storage import HashStorage, Node, Subtree
from license_service.services.records import StoredEvent

_LOG_LOCK = 7242001
_ADDED = sa.insert(event).inline()  # nobody asks which position it got
_LAST_SEQ = sa.select(sa.func.max(event.c.seq)).where(given(event.c.case_id))
_HASH_ROW = (
    sa.select(log_node.c.hash)
    .where(given(log_node.c.level))
    .where(log_node.c.index >= sa.bindparam("begin"), log_node.c.index < sa.bindparam("end"))
    .order_by(log_node.c.index)
)
_HASHES = sa.select(log_node).where(
    sa.tuple_(log_node.c.level, log_node.c.index).in_(sa.bindparam("nodes", expanding=True))
)
_IS_UNLOGGED = event.c.leaf_index.is_(None)
_UNLOGGED = sa.select(event.c.id, event.c.entry).where(_IS_UNLOGGED).order_by(event.c.position)
_ENTRIES = (
    sa.select(event.c.entry)
    .where(event.c.leaf_index >= sa.bindparam("begin"), event.c.leaf_index < sa.bindparam("end"))
    .order_by(event.c.leaf_index)
)
_SET_LEAF = sa.update(event).where(event.c.id == sa.bindparam("of")).values(leaf_index=sa.bindparam("place"))
_PLACES = given_rows(sa.column("of", sa.Text), sa.column("place", sa.BigInteger))
_SET_LEAVES = sa.update(event).where(event.c.id == _PLACES.c.of).values(leaf_index=_PLACES.c.place)
_ADD_NODE = insert_into(log_node)
_NODES = given_rows(
    sa.column("level", sa.Integer), sa.column("index", sa.BigInteger), sa.column("hash", sa.Text)
)
_ADD_NODES = _ADD_NODE.from_select(
    _NODES.c.keys(), sa.select(_NODES.c.level, _NODES.c.index, sa.func.decode(_NODES.c.hash, "hex"))
)


class SqlEventTable(SqlTable):
    """Keep events."""

    def next_seq(self, case_id: str) -> int:
        """Return the next sequence number of a case, which the transaction has locked."""
        return (self._connection.execute(_LAST_SEQ, {"case_id": case_id}).scalar() or 0) + 1

    def add_events(self, *items: StoredEvent) -> None:
        """Keep events."""
        rows = [{**vars(item), "created_at": seconds(item.created_at)} for item in items]
        if len(rows) == 1:
            insert_one(self._connection, _ADDED, rows[0])
        else:
            self._connection.execute(_ADDED, rows)

    def event(self, tenant: str, event_id: str) -> StoredEvent | None:
        """Return an event of this tenant."""
        query = sa.select(event).where(event.c.id == event_id, event.c.tenant == tenant)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else read_event(row)

    def events_of(self, tenant: str, case_id: str) -> Sequence[StoredEvent]:
        """Return the events of a case in order."""
        query = sa.select(event).where(event.c.case_id == case_id, event.c.tenant == tenant)
        return [read_event(row) for row in self._connection.execute(query.order_by(event.c.seq))]


class SqlLogTable(SqlTable):
    """Keep the log."""

    def lock_log(self) -> None:
        """Wait until no other integrator works; SQLite has one writer anyway."""
        if self._is_postgresql:
            self._connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOG_LOCK})

    def unlogged_entries(self, limit: int) -> Sequence[tuple[str, bytes]]:
        """Return id and entry of committed events without an index, oldest first."""
        rows = self._connection.execute(_UNLOGGED.limit(limit)).all()
        return [(event_id, bytes(entry)) for event_id, entry in rows]

    def count_unlogged(self, limit: int) -> int:
        """Count committed events without an index, up to a limit."""
        some = sa.select(event.c.position).where(_IS_UNLOGGED).limit(limit).subquery()
        return int(self._connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())

    def set_leaves(self, event_ids: Sequence[str], begin: int) -> None:
        """Give events indexes in a row, the first of them `begin`."""
        rows = [{"of": event_id, "place": index} for index, event_id in enumerate(event_ids, begin)]
        self._run_for_each(rows, _SET_LEAF, _SET_LEAVES)

    def hashes(self) -> HashStorage:
        """Return the hashes of complete subtrees."""
        return _SqlHashes(self._connection)

    def add_hashes(self, nodes: Sequence[Node]) -> None:
        """Keep hashes of complete subtrees, many at once."""
        rows = [{"level": level, "index": index, "hash": value} for level, index, value in nodes]
        self._run_for_each(rows, _ADD_NODE, _ADD_NODES)

    def add_checkpoint(self, size: int, note: str) -> None:
        """Keep a checkpoint."""
        self._connection.execute(insert_into(checkpoint), {"size": size, "note": note})

    def last_checkpoint(self) -> tuple[int, str] | None:
        """Return the largest checkpoint."""
        query = sa.select(checkpoint.c.size, checkpoint.c.note).order_by(checkpoint.c.size.desc()).limit(1)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else (row.size, row.note)

    def checkpoint_after(self, size: int, *, witnessed: bool = False) -> tuple[int, str] | None:
        """Return the smallest checkpoint of more than `size` entries, of those witnessed or of all."""
        query = sa.select(checkpoint.c.size, checkpoint.c.note).where(checkpoint.c.size > size)
        if witnessed:
            query = query.where(checkpoint.c.witnessed)
        row = self._connection.execute(query.order_by(checkpoint.c.size).limit(1)).one_or_none()
        return None if row is None else (row.size, row.note)

    def witnessed_checkpoint(self) -> tuple[int, str] | None:
        """Return the largest checkpoint that a quorum of witnesses has cosigned."""
        query = sa.select(checkpoint.c.size, checkpoint.c.note).where(checkpoint.c.witnessed)
        row = self._connection.execute(query.order_by(checkpoint.c.size.desc()).limit(1)).one_or_none()
        return None if row is None else (row.size, row.note)

    def save_checkpoint(self, size: int, note: str, *, witnessed: bool) -> None:
        """Keep what witnesses added to a checkpoint."""
        change = sa.update(checkpoint).where(checkpoint.c.size == size)
        self._connection.execute(change.values(note=note, witnessed=witnessed))

    def witnesses(self) -> dict[str, tuple[int, str]]:
        """Return the size each witness last cosigned, and why it did not since."""
        rows = self._connection.execute(sa.select(witness).order_by(witness.c.name))
        return {row.name: (row.size, row.problem) for row in rows}

    def set_witness(self, name: str, size: int, problem: str) -> None:
        """Keep how far a witness is."""
        self._connection.execute(sa.delete(witness).where(witness.c.name == name))
        self._connection.execute(insert_into(witness), {"name": name, "size": size, "problem": problem})

    def logged_entries(self, begin: int, end: int) -> Sequence[bytes]:
        """Return the entries of logged events by index: fewer where the log ends before `end`."""
        rows = self._connection.execute(_ENTRIES, {"begin": begin, "end": end})
        return list(map(bytes, rows.scalars().all()))

    def any_events_of(self, case_id: str) -> Sequence[StoredEvent]:
        """Return the events of a case in order, whoever's it is."""
        query = sa.select(event).where(event.c.case_id == case_id).order_by(event.c.seq)
        return [read_event(row) for row in self._connection.execute(query)]

    def logged_events(self, tenant: str, after: int, limit: int) -> Sequence[StoredEvent]:
        """Return a tenant's events whose index in the log is above `after`, in its order."""
        query = sa.select(event).where(event.c.tenant == tenant, event.c.leaf_index > after)
        rows = self._connection.execute(query.order_by(event.c.leaf_index).limit(limit))
        return [read_event(row) for row in rows]

    def log_problem(self) -> str:
        """Return why nothing is signed."""
        return str(self._connection.execute(sa.select(log_state.c.problem)).scalar_one())

    def set_log_problem(self, code: str) -> None:
        """Keep why nothing is signed."""
        self._connection.execute(sa.update(log_state).values(problem=code))


class _SqlHashes(HashStorage):
    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def read(self, level: int, index: int) -> bytes:
        return self.read_all([(level, index)])[0]

    def read_all(self, nodes: Sequence[Subtree]) -> Sequence[bytes]:
        rows = self._connection.execute(_HASHES, {"nodes": list(nodes)}).all()
        kept = {(level, index): bytes(value) for level, index, value in rows}
        if any(node not in kept for node in nodes):
            raise AuditError("LOG_DIVERGED", f"of the hashes {nodes} some are not there")
        return [kept[node] for node in nodes]

    def read_row(self, level: int, begin: int, end: int) -> Sequence[bytes]:
        asked = {"level": level, "begin": begin, "end": end}
        row = list(map(bytes, self._connection.execute(_HASH_ROW, asked).scalars().all()))
        if len(row) != end - begin:
            raise AuditError("LOG_DIVERGED", f"hashes {begin} to {end} of level {level} are not all there")
        return row

    def write(self, level: int, index: int, value: bytes) -> None:
        self._connection.execute(_ADD_NODE, {"level": level, "index": index, "hash": value})


def read_event(row: sa.Row[Any]) -> StoredEvent:
    """Return what a row of the event table holds."""
    return StoredEvent(
        id=row.id,
        tenant=row.tenant,
        case_id=row.case_id,
        seq=row.seq,
        kind=row.kind,
        entry=bytes(row.entry),
        created_at=instant(row.created_at),
        leaf_index=row.leaf_index,
    )
