"""Build the service from settings: the one place where ports meet adapters."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from license_service.adapters.archive_folder import ArchiveFolder
from license_service.adapters.catalogue_archive import catalogue_items
from license_service.adapters.catalogue_files import load_catalogue
from license_service.adapters.catalogue_releases import read_release, require_release
from license_service.adapters.clock_file import FileClock
from license_service.adapters.doorbell_rq import RqDoorbell, SilentDoorbell
from license_service.adapters.evidence_files import EvidenceFolder
from license_service.adapters.guide_html import render_guide
from license_service.adapters.key_ring import LogKeyRing
from license_service.adapters.log_files import LogFolder
from license_service.adapters.log_key_files import (
    BLIND_INDEX_KEY,
    CURSOR_KEY,
    read_secret,
    require_private,
    sm2_log_key,
)
from license_service.adapters.outgoing_http import HttpWebhookSender, HttpWitnessClient
from license_service.adapters.paper_html import render_paper_html
from license_service.adapters.paper_key_files import FilePaperKey
from license_service.adapters.paper_pdf import render_paper_pdf
from license_service.adapters.paper_pdf_signature import PdfSignature
from license_service.adapters.pinned_http import PinnedHttp
from license_service.adapters.pkcs11_token import Pkcs11Token
from license_service.adapters.rate_limit import LocalRateLimiter, NoRateLimit, RedisRateLimiter
from license_service.adapters.registers import load_register
from license_service.adapters.report_html import render_html
from license_service.adapters.report_pdf import render_pdf
from license_service.adapters.revocation_cache import RevocationCache
from license_service.adapters.revocation_http import HttpEvidenceFetcher
from license_service.adapters.source_http import load_sources
from license_service.adapters.sql.store import SqlStore
from license_service.adapters.timestamp_http import HttpTimestampAuthority, read_chain
from license_service.adapters.trust_files import load_policy
from license_service.adapters.trust_folder import TrustFolder
from license_service.adapters.workday_calendar import china_calendar
from license_service.audit.errors import AuditError
from license_service.audit.note import NoteVerifier
from license_service.audit.policy import TrustPolicy, parse_policy, trusting
from license_service.audit.stamps import StampAuthority
from license_service.clock import Clock, SystemClock
from license_service.domain.matter import Catalogue
from license_service.domain.workdays import WorkCalendar
from license_service.errors import ConfigurationError
from license_service.services.anchoring import AnchoringService
from license_service.services.archive import InputKeeper
from license_service.services.auditing import AuditingService, ReleaseRecord
from license_service.services.batches import BatchService
from license_service.services.blind_index import BlindIndex
from license_service.services.blockages import BlockageService
from license_service.services.bundle_applications import BundleApplicationService
from license_service.services.bundles import BundleService
from license_service.services.calendars import calendar_text
from license_service.services.case_book import CaseBook
from license_service.services.case_changes import CaseChanges
from license_service.services.case_clocks import CaseClockService
from license_service.services.cases import CaseService
from license_service.services.cosigning import CosigningService
from license_service.services.credit import CreditService
from license_service.services.cursor import CursorKey
from license_service.services.data_sharing import DataSharingService
from license_service.services.desk import Desk
from license_service.services.events import EventService
from license_service.services.evidence import EvidenceService
from license_service.services.evidence_inputs import InputCollector
from license_service.services.feedback import FeedbackService
from license_service.services.fetching import Fetching
from license_service.services.followups import FollowUpService
from license_service.services.health import HealthService
from license_service.services.key_records import LogKey
from license_service.services.key_rotation import KeyRotationService
from license_service.services.keys import KeyService
from license_service.services.license_uses import LicenseUseService, UseLog
from license_service.services.log_integration import LogIntegrator
from license_service.services.matters import MatterService
from license_service.services.obligations import ObligationService
from license_service.services.outside import EvidenceFetcher, LicenseRegister
from license_service.services.oversight import OversightService
from license_service.services.paper_checks import PaperCheckService
from license_service.services.paper_deliveries import PaperDeliveryService
from license_service.services.paper_sheet import PaperSheet
from license_service.services.papers import Office, PaperService
from license_service.services.ports import Doorbell, InputArchive, RateLimiter, Store
from license_service.services.proofs import ProofService
from license_service.services.recomputation import RecomputationService
from license_service.services.registry import BundleServices, InsightServices, Services
from license_service.services.releases import InForce, ReleaseService
from license_service.services.replay import ReplayService
from license_service.services.reports import ReportService
from license_service.services.sources import SourceService
from license_service.services.stamping import StampingService
from license_service.services.traces import TraceService
from license_service.services.verifications import VerificationService, Verifier
from license_service.services.walkthroughs import WalkthroughService
from license_service.services.webhooks import WebhookService
from license_service.settings import Settings, read_list
from license_service.verification.crypto.sm2 import provider
from license_service.verification.policy import VerificationPolicy
from license_service.verification.trust import Environment


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
    rotation: KeyRotationService
    releases: ReleaseService
    recomputation: RecomputationService
    settings: Settings


def build(settings: Settings, hook: Callable[[str], None] = lambda _name: None) -> App:
    """Build the service; everything that can be wrong is found here, before the first request.

    Raises:
        ConfigurationError: if a setting, policy, anchor, key or catalogue entry is not usable.
        StoreUnavailableError: if the database does not answer.
    """
    clock = _clock(settings)
    archive = ArchiveFolder(Path(settings.archive_dir)) if settings.archive_dir else None
    trust = _trust_folder(settings)
    verifier = _verifier(settings, clock, trust, archive)
    catalogue = _catalogue(settings)
    calendar = china_calendar(catalogue.years)
    key = _log_key(settings, clock)
    store = SqlStore(settings.database_url)
    doorbell = _doorbell(settings)
    client = load_sources(settings.data_sources, os.environ, clock, read_list(settings.outgoing_networks))
    sources = SourceService(store, clock, client)
    cursors = CursorKey(read_secret(settings.private_dir, CURSOR_KEY))
    index = BlindIndex(read_secret(settings.private_dir, BLIND_INDEX_KEY))
    office = _office(settings, catalogue, calendar)
    anchoring = _anchoring(settings, store, clock)
    verifications = VerificationService(store, clock, verifier)
    batches = BatchService(store, clock, verifier, doorbell)
    book = CaseBook(catalogue, calendar, index)
    changes = CaseChanges(store, clock, book, doorbell)
    desk = Desk(store, clock, verifier, book, sources, UseLog(index), doorbell)
    services = Services(
        verifications=verifications,
        batches=batches,
        reports=ReportService(verifications, archive, render_html, render_pdf),
        matters=MatterService(catalogue, clock, render_guide),
        cases=CaseService(desk, hook),
        bundles=_bundles(desk),
        insights=_insights(store, clock, catalogue, calendar),
        clocks=CaseClockService(changes),
        obligations=ObligationService(changes),
        credit=CreditService(store, clock, book),
        data_sharing=DataSharingService(store, clock, catalogue, client.described()),
        events=EventService(store, cursors),
        license_uses=LicenseUseService(store, cursors, index),
        papers=PaperService(store, clock, office, render_paper_html, _paper_pdf(settings, clock)),
        paper_deliveries=PaperDeliveryService(store, clock, index),
        paper_checks=PaperCheckService(store, office.key, key),
        proofs=ProofService(store, key),
        keys=KeyService(store, clock),
        webhooks=WebhookService(store, clock),
        oversight=OversightService(store, clock),
        health=HealthService(
            store, clock, doorbell, trust.describe, anchoring, _facts(settings, verifier, catalogue, calendar)
        ),
        anchoring=anchoring,
        auditing=AuditingService(store, key, _release_record(settings)),
        limiter=_limiter(settings),
    )
    return App(
        services,
        FollowUpService(store, clock, sources, _webhook_sender(settings), batches, book, hook),
        *_log(settings, store, key, clock, _collector(store, clock, archive, settings, catalogue, calendar)),
        ReplayService(store, archive),
        KeyRotationService(store, clock, key),
        ReleaseService(store, clock, partial(_in_force, verifier.policy, trust, catalogue, calendar)),
        RecomputationService(store, clock, catalogue, calendar),
        settings,
    )


def _bundles(desk: Desk) -> BundleServices:
    return BundleServices(
        BundleService(desk.book.catalogue, desk.clock),
        BundleApplicationService(desk),
        WalkthroughService(desk),
    )


def _insights(store: Store, clock: Clock, catalogue: Catalogue, calendar: WorkCalendar) -> InsightServices:
    return InsightServices(
        TraceService(store, catalogue),
        BlockageService(store, catalogue),
        FeedbackService(store, clock, catalogue, calendar),
    )


def _paper_pdf(settings: Settings, clock: Clock) -> Callable[[PaperSheet], bytes]:
    if not settings.paper_certificates:
        return render_paper_pdf
    signature = PdfSignature(settings.private_dir, Path(settings.paper_certificates))
    return lambda sheet: signature.sign(render_paper_pdf(sheet), clock.now())


def _office(settings: Settings, catalogue: Catalogue, calendar: WorkCalendar) -> Office:
    if not settings.public_url.startswith(("https://", "http://")) or settings.public_url.endswith("/"):
        raise ConfigurationError(f"public_url is no base of URLs: {settings.public_url!r}")
    return Office(catalogue, calendar, FilePaperKey(settings.private_dir), settings.public_url)


def _log_key(settings: Settings, clock: Clock) -> LogKeyRing:
    token = None
    if settings.pkcs11_module:
        path = Path(settings.pkcs11_pin_file)
        try:
            require_private(path)
            pin = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"pkcs11_pin_file: {path}: {error}") from error
        token = Pkcs11Token(settings.pkcs11_module, settings.pkcs11_token, pin)
    private = settings.private_dir
    return LogKeyRing(private, settings.log_origin, clock, sm2_log_key(private), token)


def _release_record(settings: Settings) -> ReleaseRecord:
    folder = settings.catalogue_releases
    return partial(read_release, Path(folder)) if folder else lambda _digest: None


def _in_force(
    policy: VerificationPolicy, trust: TrustFolder, catalogue: Catalogue, calendar: WorkCalendar
) -> list[InForce]:
    return [
        InForce("policy", policy.digest),
        InForce("trust", trust().digest, trust.signed_by()),
        InForce("catalogue", catalogue.digest),
        InForce("calendar", calendar.digest),
    ]


def _facts(
    settings: Settings, verifier: Verifier, catalogue: Catalogue, calendar: WorkCalendar
) -> dict[str, object]:
    """Return what `/readyz` says that does not change while the process lives."""
    return {
        "sm2_provider": provider().name,
        "policy": {"id": verifier.policy.id, "digest": verifier.policy.digest},
        "catalogue": {"digest": catalogue.digest},
        "calendar": {"digest": calendar.digest},
        "clock": "moved by a file" if settings.clock_file else "system",
    }


def _catalogue(settings: Settings) -> Catalogue:
    catalogue = load_catalogue(settings.catalogue_dir)
    if settings.catalogue_releases:
        require_release(Path(settings.catalogue_releases), catalogue.digest)
    return catalogue


def _webhook_sender(settings: Settings) -> HttpWebhookSender:
    networks, own = read_list(settings.outgoing_networks), _own_services(settings)
    return HttpWebhookSender(read_list(settings.webhook_hosts), networks, off_limits=own)


def _clock(settings: Settings) -> Clock:
    return FileClock(Path(settings.clock_file)) if settings.clock_file else SystemClock()


def _verifier(settings: Settings, clock: Clock, trust: TrustFolder, archive: InputArchive | None) -> Verifier:
    return Verifier(
        load_policy(settings.policy_file),
        trust,
        EvidenceFolder(settings.evidence_dir),
        _keeper(archive, settings),
        Fetching(_fetcher(settings, clock), _register(settings, clock)),
    )


def _log(
    settings: Settings, store: Store, key: LogKey, clock: Clock, collector: InputCollector | None
) -> tuple[LogIntegrator, CosigningService, StampingService | None, EvidenceService]:
    folder, policy = LogFolder(settings.log_dir), _witnesses(settings)
    urls = [witness.url for witness in policy.witnesses.values() if witness.url]
    client = HttpWitnessClient(urls, read_list(settings.outgoing_networks))
    cosigning = CosigningService(store, key, policy, client, folder)
    stamping = _stamping(settings, store, clock, folder)
    return LogIntegrator(store, key, folder), cosigning, stamping, EvidenceService(store, key, collector)


def _collector(
    store: Store,
    clock: Clock,
    archive: InputArchive | None,
    settings: Settings,
    catalogue: Catalogue,
    calendar: WorkCalendar,
) -> InputCollector | None:
    """Keep the calendar and the catalogue beside what verdicts rest on: deadlines rest on them."""
    if archive is None:
        return None
    for item in (calendar_text(calendar), *catalogue_items(settings.catalogue_dir)):
        archive.put(item)
    return InputCollector(store, clock, archive, catalogue.digest)


def _stamping(settings: Settings, store: Store, clock: Clock, folder: LogFolder) -> StampingService | None:
    if not settings.stamp_url:
        return None
    path = Path(settings.stamp_certificates)
    try:
        chain = read_chain(path.read_bytes())
        authority = StampAuthority.parse(chain[0], provider().verify)
    except (OSError, AuditError) as error:
        raise ConfigurationError(f"stamp_certificates: {path}: {error}") from error
    client = HttpTimestampAuthority(settings.stamp_url, chain, read_list(settings.outgoing_networks))
    every = timedelta(minutes=settings.stamp_minutes)
    return StampingService(store, clock, client, [authority], folder, every)


def _anchoring(settings: Settings, store: Store, clock: Clock) -> AnchoringService:
    anchored = bool(settings.witnesses or settings.stamp_url)
    if settings.unanchored_stop_minutes and not anchored:
        raise ConfigurationError("unanchored_stop_minutes needs witnesses or stamp_url")
    alarm = timedelta(minutes=settings.unanchored_alarm_minutes) if anchored else None
    stop = timedelta(minutes=settings.unanchored_stop_minutes) if settings.unanchored_stop_minutes else None
    return AnchoringService(store, clock, alarm, stop)


def _witnesses(settings: Settings) -> TrustPolicy:
    if not settings.witnesses:
        return trusting([])
    try:
        policy = parse_policy(Path(settings.witnesses).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, AuditError) as error:
        raise ConfigurationError(f"witnesses: {settings.witnesses}: {error}") from error
    silent = sorted(name for name, witness in policy.witnesses.items() if not witness.url)
    if silent:
        raise ConfigurationError(f"witnesses without a URL: {', '.join(silent)}")
    return policy


def _trust_folder(settings: Settings) -> TrustFolder:
    try:
        environment = Environment(settings.environment)
        publishers = [NoteVerifier.parse(key) for key in read_list(settings.trust_publishers)]
    except (ValueError, AuditError) as error:
        raise ConfigurationError(f"trust settings: {error}") from error
    return TrustFolder(settings.trust_dir, environment, publishers)


def _limiter(settings: Settings) -> RateLimiter:
    if not settings.rate_per_second:
        return NoRateLimit()
    if not settings.redis_url:
        return LocalRateLimiter(settings.rate_per_second, settings.rate_burst)
    return RedisRateLimiter(settings.redis_url, settings.rate_per_second, settings.rate_burst)


def _keeper(archive: InputArchive | None, settings: Settings) -> InputKeeper | None:
    if settings.archive_documents not in ("yes", "no"):
        raise ConfigurationError(f"archive_documents is yes or no, not {settings.archive_documents!r}")
    documents = settings.archive_documents == "yes"
    if documents and archive is None:
        raise ConfigurationError("archive_documents needs archive_dir")
    return None if archive is None else InputKeeper(archive, documents=documents)


def _fetcher(settings: Settings, clock: Clock) -> EvidenceFetcher | None:
    hosts = read_list(settings.revocation_hosts)
    if not hosts:
        return None
    http = PinnedHttp(hosts, read_list(settings.revocation_networks))
    cache = RevocationCache(Path(settings.revocation_cache) if settings.revocation_cache else None)
    return HttpEvidenceFetcher(http, cache, clock)


def _register(settings: Settings, clock: Clock) -> LicenseRegister | None:
    if not settings.register_file:
        return None
    return load_register(Path(settings.register_file), clock, settings.register_token)


def _own_services(settings: Settings) -> list[tuple[str, int]]:
    """Return where our own database and Redis listen: no webhook goes there."""
    found = []
    for url, usual in ((settings.database_url, 5432), (settings.redis_url, 6379)):
        for place in urlsplit(url).netloc.rpartition("@")[2].split(","):
            host, _, port = place.partition(":")
            if host:
                found.append((host, int(port or usual)))
    return found


def _doorbell(settings: Settings) -> Doorbell:
    if not settings.redis_url:
        return SilentDoorbell()
    doorbell = RqDoorbell(settings.redis_url)
    doorbell.require_noeviction()
    return doorbell
