"""Sealed columns on each engine: what is moved, changed, bare or of a lost key does not open."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from license_service.adapters.data_key_ring import DataKeyRing
from license_service.adapters.envelope import (
    Algorithm,
    SealBrokenError,
    SealingKey,
    context,
    draw_key,
    require_algorithm,
)
from license_service.adapters.sql import sealed_columns
from license_service.adapters.sql.schema import dossier, idempotency, verification
from license_service.adapters.sql.store import SqlStore
from license_service.adapters.sql.vault import Sealing, people_in
from license_service.clock import SystemClock
from license_service.domain.retention import DossierKind
from license_service.errors import ConfigurationError, ErasedError, KeyStateError, StoreUnavailableError
from license_service.services.caller import IdempotencyClaim
from license_service.services.records import ErasedVerification, StoredCase

_CITIZEN = "11010519491231002X"
_ANSWER = {"id": "v1", "report": {"license": {"holders": [{"name": "示例", "id": _CITIZEN}]}}}
_CLAIM = IdempotencyClaim("/v1/cases", "k", "f")


@pytest.fixture
def raw(any_database_url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(any_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def kept(store: SqlStore) -> SqlStore:
    with store.begin() as tx:
        tx.add_verification("county", "v1", _ANSWER)
        tx.add_verification("county", "v2", {"id": "v2"})
    return store


def _read(store: SqlStore, name: str = "v1") -> Any:
    with store.begin() as tx:
        return tx.verification("county", name)


def _change(raw: sa.Engine, statement: sa.Executable) -> None:
    with raw.begin() as connection:
        connection.execute(statement)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_what_is_sealed_opens_with_its_key_in_its_context_unchanged_alone(algorithm: Algorithm) -> None:
    key, here = draw_key(algorithm), context("table", "row")
    sealed = key.seal(b"secret", here)
    assert key.open(sealed, here) == b"secret"
    assert sealed != key.seal(b"secret", here)
    flipped = (bytes([*sealed[:i], sealed[i] ^ 1, *sealed[i + 1 :]]) for i in range(len(sealed)))
    others = ((each, key, here) for each in (*flipped, sealed[:-1], sealed[:12], b""))
    for data, with_key, where in (*others, (sealed, draw_key(algorithm), here), (sealed, key, b"")):
        with pytest.raises(SealBrokenError):
            with_key.open(data, where)


def test_sm4_gcm_gives_the_bytes_of_rfc_8998() -> None:
    # Clause: RFC 8998, A.1.
    key = SealingKey(Algorithm.SM4_GCM, bytes.fromhex("0123456789abcdeffedcba9876543210"))
    plain = bytes.fromhex("".join(each * 16 for each in "abcdefea"))
    sealed = bytes.fromhex(
        "00001234567800000000abcd"
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    aad = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    assert key.open(sealed, aad) == plain


@pytest.mark.parametrize("name", ["", "AES-128-GCM", "aes-256-gcm"])
def test_an_algorithm_nobody_knows_stops_the_start(name: str) -> None:
    with pytest.raises(ConfigurationError):
        require_algorithm(name)


def test_a_value_opens_in_its_own_row_alone(kept: SqlStore, raw: sa.Engine) -> None:
    first = sa.select(verification.c.answer).where(verification.c.id == "v1").scalar_subquery()
    _change(raw, sa.update(verification).where(verification.c.id == "v2").values(answer=first))
    assert _read(kept) == _ANSWER
    with pytest.raises(StoreUnavailableError):
        _read(kept, "v2")


@pytest.mark.parametrize(
    "answer", ['{"id":"v1"}', "sealed:1:", "sealed:1:AAAA", "sealed:2:AAAA", "sealed:1:?"]
)
def test_what_was_not_sealed_there_is_no_answer(kept: SqlStore, raw: sa.Engine, answer: str) -> None:
    _change(raw, sa.update(verification).where(verification.c.id == "v1").values(answer=answer))
    with pytest.raises(StoreUnavailableError):
        _read(kept)


@pytest.mark.parametrize(("said", "form"), [("示例" * 999, "sealed:2:"), ("示", "sealed:1:")])
def test_what_grows_shorter_is_compressed_and_opens_in_its_own_form_alone(
    store: SqlStore, raw: sa.Engine, said: str, form: str
) -> None:
    answer = {"id": "v1", "said": said}
    with store.begin() as tx:
        tx.add_verification("county", "v1", answer)
    assert _read(store) == answer
    with raw.begin() as connection:
        kept = connection.execute(sa.select(verification.c.answer)).scalar_one()
    assert kept.startswith(form)
    assert len(kept) < len(json.dumps(answer)) + 99
    other = {"sealed:1:": "sealed:2:", "sealed:2:": "sealed:1:"}[form] + kept.removeprefix(form)
    _change(raw, sa.update(verification).values(answer=other))
    with pytest.raises(StoreUnavailableError):
        _read(store)


def test_a_key_of_another_dossier_or_version_does_not_open(kept: SqlStore, raw: sa.Engine) -> None:
    second = sa.select(dossier.c.wrapped).where(dossier.c.id == "v2").scalar_subquery()
    _change(raw, sa.update(dossier).where(dossier.c.id == "v1").values(wrapped=second))
    with pytest.raises(StoreUnavailableError):
        _read(kept)
    _change(raw, sa.update(dossier).where(dossier.c.id == "v2").values(version=2))
    with pytest.raises(StoreUnavailableError):
        _read(kept, "v2")


def test_what_is_erased_has_no_key_no_text_and_no_name(
    kept: SqlStore, raw: sa.Engine, sealing: Sealing
) -> None:
    mark = sealing.index.of_applicant("county", _CITIZEN)
    with kept.begin() as tx:
        tx.keep_answer("county", _CLAIM, _ANSWER, "v1")
        (found,) = tx.dossiers_of("county", mark)
        assert tx.dossiers_of("elsewhere", mark) == []
        tx.erase_dossiers([found.id], found.opened_at)
        assert tx.dossiers_of("county", mark) == []
    with pytest.raises(ErasedError), kept.begin() as tx:
        tx.verification("county", "v1")
    with pytest.raises(ErasedError), kept.begin() as tx:
        tx.stored_answer("county", _CLAIM)
    with kept.begin() as tx:
        assert tx.verifications_after("", 9) == [ErasedVerification("v1"), {"id": "v2"}]
    with raw.begin() as connection:
        query = sa.select(dossier.c.wrapped, dossier.c.wrapped_by, verification.c.answer)
        joined = query.join(verification, verification.c.id == dossier.c.id).where(dossier.c.id == "v1")
        assert connection.execute(joined).one() == (None, "", "")
        assert connection.execute(sa.select(idempotency.c.answer, idempotency.c.fingerprint)).one() == (
            "",
            "",
        )


def test_rows_of_an_earlier_version_are_read_and_sealed_and_found(
    store: SqlStore, raw: sa.Engine, sealing: Sealing, a_case: Callable[..., StoredCase]
) -> None:
    with store.begin() as tx:
        tx.add_verification("county", "v1", _ANSWER)
        tx.add_case(a_case("c1"))
        tx.keep_answer("county", _CLAIM, {"id": "v1"}, "v1")
        opened = tx.verification("county", "v1")
    clear = json.dumps(_ANSWER)
    _change(raw, sa.delete(dossier).where(dossier.c.id == "v1"))
    _change(raw, sa.text("DELETE FROM dossier_mark WHERE dossier = 'v1'"))
    _change(raw, sa.update(verification).values(answer=clear))
    _change(raw, sa.update(idempotency).values(answer='{"id": "v1"}', dossier="", fingerprint="f"))
    assert _read(store) == opened
    with store.begin() as tx:
        sealed = {kind: tx.seal_earlier(kind, "", 1) for kind in DossierKind}
        assert [tx.seal_answers(10), tx.seal_answers(10)] == [1, 0]
    assert sealed[DossierKind.VERIFICATION] == (1, "v1")
    assert sealed[DossierKind.CASE] == (0, "c1")  # it was
    assert sealed[DossierKind.CREDIT] == (0, "")
    with raw.begin() as connection:
        texts = [*connection.execute(sa.select(verification.c.answer)).scalars()]
        texts += connection.execute(sa.select(idempotency.c.answer)).scalars()
    assert [text[:9] for text in texts] == ["sealed:1:"] * 2
    assert _read(store) == opened
    with store.begin() as tx:
        assert tx.stored_answer("county", _CLAIM) == {"id": "v1"}
        mark = sealing.index.of_applicant("county", _CITIZEN)
        assert [item.id for item in tx.dossiers_of("county", mark)] == ["v1"]


def test_every_wrapping_key_that_wraps_something_is_needed(kept: SqlStore, sealing: Sealing) -> None:
    (first,) = sealing.ring.records()
    second = sealing.ring.rotate(SystemClock().now() + timedelta(seconds=1))
    assert sealing.ring.active()[0] == second.id
    with kept.begin() as tx:
        assert (tx.wrapped_by(first.id), tx.rewrap(1), tx.rewrap(9), tx.rewrap(9)) == (2, 1, 1, 0)
        assert tx.wrapped_by(first.id) == 0
    sealing.ring.destroy(first.id)
    assert _read(kept) == _ANSWER
    with pytest.raises(KeyStateError):
        sealing.ring.destroy(second.id)
    with pytest.raises(ConfigurationError):
        sealing.ring.key(first.id)


def test_a_wrapping_key_that_others_may_read_stops_the_start(tmp_path: Path) -> None:
    arguments = (tmp_path / "private", Algorithm.AES_256_GCM, SystemClock())
    (record,) = DataKeyRing(*arguments).records()
    key = tmp_path / "private" / "data" / record.id / "key"
    assert DataKeyRing(*arguments).active()[0] == record.id
    key.chmod(0o640)
    _refuses(*arguments)
    key.chmod(0o600)
    key.write_bytes(b"short")
    _refuses(*arguments)
    key.unlink()
    _refuses(*arguments)


def _refuses(private: Path, algorithm: Algorithm, clock: SystemClock) -> None:
    with pytest.raises(ConfigurationError):
        DataKeyRing(private, algorithm, clock)


def test_people_are_found_by_name_and_id_or_by_the_check_character() -> None:
    said = {"fields": {"spouse": _CITIZEN.lower(), "serial": "11010519491231002A"}, "name": "x", "id": ""}
    assert list(people_in(said)) == [_CITIZEN.lower()]
    assert list(people_in([{"name": "x", "id": "passport"}, None, 3])) == ["passport"]


def test_no_column_of_text_is_forgotten() -> None:
    """Every table is sealed where it holds what people say, or listed here with why it names nobody."""
    sealed = {item.table.name for item in sealed_columns.ALL}
    named = {
        *("event", "log_node", "checkpoint", "witness", "checkpoint_stamp", "log_state"),  # the log
        *("follow_up", "follow_up_attempt", "breaker", "source_call"),  # ids, codes and counts
        *("api_key", "webhook_endpoint"),  # the operator's own
        *("verification_batch", "paper_number", "dossier"),  # ids and counts
        *("license_use_holder", "dossier_mark"),  # blind indexes, deleted with the dossier
    }
    assert sealed | named == set(verification.metadata.tables)
    assert sealed & named == set()
