"""The contract of the store, on each engine: applications for bundles, ratings and complaints."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from license_service.adapters.sql.store import SqlStore
from license_service.domain.feedback import Feedback, FeedbackState
from license_service.domain.feedback_rule import Channel, FeedbackKind, Said
from license_service.errors import CaseStateError
from license_service.services.accepting.bundle_ports import StoredBundleApplication
from license_service.services.cases.feedback_ports import StoredFeedback

APPLICATION = StoredBundleApplication("a1", "county", 1, {"bundle": "件"}, {"applicant": {"name": "示例甲"}})


@pytest.fixture
def said(moment: datetime) -> StoredFeedback:
    codes = Said(FeedbackKind.COMPLAINT, Channel.SMS, ("too-slow",))
    return StoredFeedback(
        "county", 1, Feedback("f1", "c1", codes, FeedbackState.OPEN, moment, 3, "1"), "慢 \u2028"
    )


def test_an_application_comes_back_as_it_was_to_its_tenant_alone(store: SqlStore) -> None:
    with store.begin() as tx:
        tx.add_bundle_application(APPLICATION)
    with store.begin() as tx:
        assert tx.bundle_application("county", "a1") == APPLICATION
        assert tx.bundle_application("elsewhere", "a1") is None
        assert tx.bundle_application("county", "a2") is None


def test_applications_of_all_tenants_are_listed_from_behind_one(store: SqlStore) -> None:
    others = [replace(APPLICATION, id="a2", tenant="elsewhere"), replace(APPLICATION, id="a3")]
    with store.begin() as tx:
        for application in (*reversed(others), APPLICATION):
            tx.add_bundle_application(application)
    with store.begin() as tx:
        assert tx.bundle_applications_after("", 2) == [APPLICATION, others[0]]
        assert tx.bundle_applications_after("a2", 2) == [others[1]]
        assert tx.bundle_applications_after("a3", 2) == []


def test_saving_an_application_needs_the_version_that_was_read(store: SqlStore) -> None:
    changed = replace(APPLICATION, handed_in={})
    with store.begin() as tx:
        tx.add_bundle_application(APPLICATION)
        tx.save_bundle_application(changed)
    with store.begin() as tx:
        assert tx.bundle_application("county", "a1") == replace(changed, version=2)
        with pytest.raises(CaseStateError):
            tx.save_bundle_application(changed)


def test_what_was_said_comes_back_as_it_was_to_its_tenant_alone(
    store: SqlStore, said: StoredFeedback
) -> None:
    with store.begin() as tx:
        tx.add_feedback(said)
    with store.begin() as tx:
        assert tx.feedback("county", "f1") == said
        assert tx.feedback("elsewhere", "f1") is None
        assert list(tx.feedback_of("county", "c1")) == [said]
        assert list(tx.feedback_of("elsewhere", "c1")) == []


def test_saving_what_was_said_needs_the_version_that_was_read(store: SqlStore, said: StoredFeedback) -> None:
    answered = replace(said.feedback, state=FeedbackState.ANSWERED)
    changed = replace(said, feedback=answered, answer="已整改")
    with store.begin() as tx:
        tx.add_feedback(said)
        tx.save_feedback(changed)
    with store.begin() as tx:
        assert tx.feedback("county", "f1") == replace(changed, version=2)
        with pytest.raises(CaseStateError):
            tx.save_feedback(changed)
