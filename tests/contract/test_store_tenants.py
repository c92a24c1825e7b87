"""The contract of the store, on each engine: stored answers, API keys, webhook endpoints."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from license_service.adapters.sql.store import SqlStore
from license_service.errors import IdempotencyConflictError, IdempotencyKeyReusedError
from license_service.services.caller import Caller, IdempotencyClaim, Scope
from license_service.services.records import IssuedKey, WebhookEndpoint

_CLAIM = IdempotencyClaim("/v1/cases", "k1", "fingerprint")
_ANSWER = {"id": "c1", "name": "示例"}
_ENDPOINT = WebhookEndpoint("e1", "county", "https://approval.example/hook", "whsec_AAAA")


def test_an_answer_that_was_kept_is_given_again(store: SqlStore) -> None:
    with store.begin() as tx:
        assert tx.stored_answer("county", _CLAIM) is None
        tx.keep_answer("county", _CLAIM, _ANSWER, "-")
    with store.begin() as tx:
        assert tx.stored_answer("county", _CLAIM) == _ANSWER


@pytest.mark.parametrize(
    ("tenant", "claim"),
    [
        ("elsewhere", _CLAIM),
        ("county", replace(_CLAIM, route="/v1/verifications")),
        ("county", replace(_CLAIM, key="k2")),
    ],
)
def test_a_key_is_known_to_one_tenant_on_one_route(
    store: SqlStore, tenant: str, claim: IdempotencyClaim
) -> None:
    with store.begin() as tx:
        tx.keep_answer("county", _CLAIM, _ANSWER, "-")
        assert tx.stored_answer(tenant, claim) is None
        tx.keep_answer(tenant, claim, {}, "-")


def test_a_key_that_comes_with_another_payload_is_refused(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.keep_answer("county", _CLAIM, _ANSWER, "-")
    with pytest.raises(IdempotencyKeyReusedError), store.begin() as tx:
        tx.stored_answer("county", replace(_CLAIM, fingerprint="another"))


def test_an_answer_is_kept_once_and_the_loser_writes_nothing(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.keep_answer("county", _CLAIM, _ANSWER, "-")

    def lose() -> None:
        with store.begin() as tx:
            tx.add_verification("county", "v1", {})
            tx.keep_answer("county", _CLAIM, {"id": "c2"}, "-")

    with pytest.raises(IdempotencyConflictError):
        lose()
    with store.begin() as tx:
        assert tx.stored_answer("county", _CLAIM) == _ANSWER
        assert tx.verification("county", "v1") is None


def test_of_requests_that_race_one_wins(store: SqlStore) -> None:
    together = Barrier(6)

    def ask(number: int) -> bool:
        together.wait()
        try:
            with store.begin() as tx:
                tx.add_verification("county", f"v{number}", {})
                tx.keep_answer("county", _CLAIM, {"id": number}, "-")
        except IdempotencyConflictError:
            return False
        return True

    with ThreadPoolExecutor(6) as askers:
        won = list(askers.map(ask, range(6)))
    assert won.count(True) == 1
    with store.begin() as tx:
        assert tx.stored_answer("county", _CLAIM) == {"id": won.index(True)}
        kept = [tx.verification("county", f"v{number}") is not None for number in range(6)]
    assert kept == won


def test_a_key_names_its_tenant_scopes_and_end(store: SqlStore, moment: datetime) -> None:
    caller = Caller("county", "0123456789abcdef", frozenset({Scope.VERIFY, Scope.CASES_WRITE}))
    with store.begin() as tx:
        tx.add_key(caller, "counter 3", "digest", moment)
    with store.begin() as tx:
        assert tx.key("0123456789abcdef") == (caller, "digest", moment)
        assert tx.key("fedcba9876543210") is None


def test_a_key_that_is_ended_ends_then_and_no_later_key_with_it(store: SqlStore, moment: datetime) -> None:
    year, day = moment + timedelta(days=365), moment + timedelta(days=1)
    callers = [Caller(tenant, f"{tenant}-key", frozenset({Scope.VERIFY})) for tenant in ("b", "a")]
    with store.begin() as tx:
        for caller in callers:
            tx.add_key(caller, "n", "digest", year)
    with store.begin() as tx:
        assert [tx.end_key("b-key", day), tx.end_key("c-key", day)] == [True, False]
        assert not tx.end_key("b-key", year)
    with store.read() as tx:
        assert tx.issued_keys() == [IssuedKey(callers[1], "n", year), IssuedKey(callers[0], "n", day)]


def test_endpoints_belong_to_their_tenant(store: SqlStore) -> None:
    other = replace(_ENDPOINT, id="e2", tenant="elsewhere")
    with store.begin() as tx:
        tx.add_endpoint(_ENDPOINT)
        tx.add_endpoint(other)
    with store.begin() as tx:
        assert tx.endpoints_of("county") == [_ENDPOINT]
        assert tx.endpoints_of("nowhere") == []
        assert tx.endpoint("e2") == other
        assert tx.endpoint("e3") is None


def test_a_disabled_endpoint_is_not_found_and_the_others_are(store: SqlStore) -> None:
    second = replace(_ENDPOINT, id="e2")
    with store.begin() as tx:
        tx.add_endpoint(_ENDPOINT)
        tx.add_endpoint(second)
        tx.disable_endpoint("e1")
        tx.disable_endpoint("e9")
    with store.begin() as tx:
        assert tx.endpoint("e1") is None
        assert tx.endpoints_of("county") == [second]
        listed = {item.endpoint: item.enabled for item in tx.registered_endpoints()}
        assert listed == {_ENDPOINT: False, second: True}
