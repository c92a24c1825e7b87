"""Put the parts together: the use cases, what workers run, and what operators call."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from license_service.adapters.data_key_ring import DataKeyRing
from license_service.adapters.guide_html import render_guide
from license_service.adapters.paper_html import render_paper_html
from license_service.adapters.report_html import render_html
from license_service.adapters.report_pdf import render_pdf
from license_service.adapters.source_http import load_sources
from license_service.adapters.sql.store import SqlStore
from license_service.adapters.trust_folder import TrustFolder
from license_service.adapters.workday_calendar import china_calendar
from license_service.bootstrap.accepting import (
    bundle_services,
    catalogue_of,
    insight_services,
    office_of,
    paper_pdf,
)
from license_service.bootstrap.erasing import ErasingServices, archive_of, erasing_services, sealing_of
from license_service.bootstrap.judging import trust_folder, verifier_of
from license_service.bootstrap.neighbors import clock_facts, clock_of, doorbell_of, limiter_of, webhook_sender
from license_service.bootstrap.proving import (
    anchoring_of,
    in_force,
    input_collector,
    log_services,
    release_record,
)
from license_service.bootstrap.rings import Rings, rings_of
from license_service.clock import Clock
from license_service.domain.matter import Catalogue
from license_service.domain.obligation import FollowUpKind
from license_service.domain.workdays import WorkCalendar
from license_service.services.accepting.desk import Desk
from license_service.services.accepting.license_uses import LicenseUseService, UseLog
from license_service.services.blind_index import BlindIndex
from license_service.services.cases.case_book import CaseBook
from license_service.services.cases.case_changes import CaseChanges
from license_service.services.cases.case_clocks import CaseClockService
from license_service.services.cases.cases import CaseService
from license_service.services.cases.credit import CreditService
from license_service.services.cases.obligations import ObligationService
from license_service.services.cases.recomputation import RecomputationService
from license_service.services.catalogue.matters import MatterService
from license_service.services.cursor import CursorKey
from license_service.services.erasing.data_keys import DataKeyService
from license_service.services.erasing.erasures import ErasureService
from license_service.services.events import EventService
from license_service.services.following.followups import FollowUpService
from license_service.services.following.oversight import OversightService
from license_service.services.following.webhooks import WebhookService
from license_service.services.health import HealthService
from license_service.services.keys import KeyService
from license_service.services.papers.checks import PaperCheckService
from license_service.services.papers.deliveries import PaperDeliveryService
from license_service.services.papers.papers import PaperService
from license_service.services.ports import Doorbell, InputArchive, Store
from license_service.services.proving.auditing import AuditingService
from license_service.services.proving.cosigning import CosigningService
from license_service.services.proving.evidence import EvidenceService
from license_service.services.proving.key_rotation import KeyRotationService
from license_service.services.proving.log_integration import LogIntegrator
from license_service.services.proving.proofs import ProofService
from license_service.services.proving.readings import ReadingService
from license_service.services.proving.releases import ReleaseService
from license_service.services.proving.stamping import StampingService
from license_service.services.registry import Services
from license_service.services.sharing.data_sharing import DataSharingService
from license_service.services.sharing.data_sources import SourceClient
from license_service.services.sharing.sources import SourceService
from license_service.services.verifying.batches import BatchService
from license_service.services.verifying.replay import ReplayService
from license_service.services.verifying.reports import ReportService
from license_service.services.verifying.validation_tokens import ValidationTokenService
from license_service.services.verifying.verifications import VerificationService, Verifier
from license_service.settings import Settings, read_list
from license_service.verification.crypto.sm2 import provider


@dataclass(frozen=True)
class App:
    """Hold what entry points need."""

    services: Services
    follow_ups: FollowUpService
    log: LogIntegrator
    cosigning: CosigningService
    stamping: StampingService | None
    evidence: EvidenceService
    replays: ReplayService
    rotations: Mapping[str, KeyRotationService]
    releases: ReleaseService
    readings: ReadingService
    recomputation: RecomputationService
    erasing: ErasingServices
    data_keys: DataKeyService
    settings: Settings


@dataclass(frozen=True)
class _Parts:
    """Hold what the use cases share."""

    settings: Settings
    clock: Clock
    archive: InputArchive | None
    trust: TrustFolder
    verifier: Verifier
    catalogue: Catalogue
    calendar: WorkCalendar
    rings: Rings
    store: Store
    doorbell: Doorbell
    client: SourceClient
    sources: SourceService
    index: BlindIndex
    ring: DataKeyRing
    book: CaseBook
    batches: BatchService


def build(settings: Settings, hook: Callable[[str], None] = lambda _name: None) -> App:
    """Build the service; everything that can be wrong is found here, before the first request.

    Raises:
        ConfigurationError: if a setting, policy, anchor, key or catalogue entry is not usable.
        StoreUnavailableError: if the database does not answer.
    """
    parts = _parts(settings)
    store, clock, catalogue, calendar = parts.store, parts.clock, parts.catalogue, parts.calendar
    collector = input_collector(store, clock, parts.archive, settings, catalogue, calendar)
    erasing = erasing_services(settings, store, clock, parts.rings.log, parts.archive)
    nightly = {FollowUpKind.RETENTION.value: erasing.retention.handle}
    deciding = partial(in_force, parts.verifier.policy, parts.trust, catalogue, calendar)
    return App(
        _services(parts, erasing.requests, hook),
        FollowUpService(
            store, clock, parts.sources, webhook_sender(settings), parts.batches, parts.book, hook, nightly
        ),
        *log_services(settings, store, parts.rings.log, clock, collector),
        ReplayService(store, parts.archive),
        {use: KeyRotationService(store, clock, use, ring) for use, ring in parts.rings.by_use().items()},
        ReleaseService(store, clock, deciding),
        ReadingService(store, clock),
        RecomputationService(store, clock, catalogue, calendar),
        erasing,
        DataKeyService(store, clock, parts.ring),
        settings,
    )


def _parts(settings: Settings) -> _Parts:
    clock = clock_of(settings)
    archive, sealing = archive_of(settings), sealing_of(settings, clock)
    trust = trust_folder(settings)
    verifier = verifier_of(settings, clock, trust, archive)
    catalogue = catalogue_of(settings)
    calendar = china_calendar(catalogue.years)
    store, doorbell = SqlStore(settings.database_url, sealing), doorbell_of(settings)
    client = load_sources(settings.data_sources, os.environ, clock, read_list(settings.outgoing_networks))
    index = sealing.index
    return _Parts(
        settings=settings,
        clock=clock,
        archive=archive,
        trust=trust,
        verifier=verifier,
        catalogue=catalogue,
        calendar=calendar,
        rings=rings_of(settings, clock),
        store=store,
        doorbell=doorbell,
        client=client,
        sources=SourceService(store, clock, client),
        index=index,
        ring=sealing.ring,
        book=CaseBook(catalogue, calendar, index),
        batches=BatchService(store, clock, verifier, doorbell),
    )


def _services(parts: _Parts, erasures: ErasureService, hook: Callable[[str], None]) -> Services:
    settings, store, clock, rings = parts.settings, parts.store, parts.clock, parts.rings
    verifier, doorbell, catalogue, calendar = parts.verifier, parts.doorbell, parts.catalogue, parts.calendar
    cursors = CursorKey(rings.cursor.readable)
    office = office_of(settings, catalogue, calendar, rings.paper)
    anchoring = anchoring_of(settings, store, clock)
    verifications = VerificationService(store, clock, verifier)
    changes = CaseChanges(store, clock, parts.book, doorbell)
    desk = Desk(store, clock, verifier, parts.book, parts.sources, UseLog(parts.index), doorbell)
    facts = _facts(verifier, catalogue, calendar)
    return Services(
        verifications=verifications,
        batches=parts.batches,
        reports=ReportService(verifications, parts.archive, render_html, render_pdf),
        validation_tokens=ValidationTokenService(verifications, clock, rings.token, settings.public_url),
        matters=MatterService(catalogue, clock, render_guide),
        cases=CaseService(desk, hook),
        bundles=bundle_services(desk),
        insights=insight_services(store, clock, catalogue, calendar),
        clocks=CaseClockService(changes),
        obligations=ObligationService(changes),
        credit=CreditService(store, clock, parts.book),
        erasures=erasures,
        data_sharing=DataSharingService(store, clock, catalogue, parts.client.described()),
        events=EventService(store, cursors),
        license_uses=LicenseUseService(store, cursors, parts.index),
        papers=PaperService(store, clock, office, render_paper_html, paper_pdf(settings, rings.paper, clock)),
        paper_deliveries=PaperDeliveryService(store, clock, parts.index),
        paper_checks=PaperCheckService(store, office.key, rings.log),
        proofs=ProofService(store, rings.log),
        keys=KeyService(store, clock),
        webhooks=WebhookService(store, clock),
        oversight=OversightService(store, clock),
        health=HealthService(
            store, clock, doorbell, parts.trust.describe, partial(clock_facts, clock), anchoring, facts
        ),
        anchoring=anchoring,
        auditing=AuditingService(store, rings.signing(), release_record(settings)),
        limiter=limiter_of(settings),
    )


def _facts(verifier: Verifier, catalogue: Catalogue, calendar: WorkCalendar) -> dict[str, object]:
    """Return what `/readyz` says that does not change while the process lives."""
    return {
        "sm2_provider": provider().name,
        "policy": {"id": verifier.policy.id, "digest": verifier.policy.digest},
        "catalogue": {"digest": catalogue.digest},
        "calendar": {"digest": calendar.digest},
    }
