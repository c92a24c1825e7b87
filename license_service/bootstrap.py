"""Build the service from settings: the one place where ports meet adapters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from license_service.adapters.archive_folder import ArchiveFolder
from license_service.adapters.catalogue_files import load_catalogue
from license_service.adapters.clock_file import FileClock
from license_service.adapters.doorbell_rq import RqDoorbell, SilentDoorbell
from license_service.adapters.evidence_files import EvidenceFolder
from license_service.adapters.log_files import LogFolder
from license_service.adapters.log_key_files import CURSOR_KEY, FileLogKey, read_secret
from license_service.adapters.outgoing_http import HttpDataSource, HttpWebhookSender
from license_service.adapters.pinned_http import PinnedHttp
from license_service.adapters.rate_limit import LocalRateLimiter, NoRateLimit, RedisRateLimiter
from license_service.adapters.report_html import render_html
from license_service.adapters.report_pdf import render_pdf
from license_service.adapters.revocation_cache import RevocationCache
from license_service.adapters.revocation_http import HttpEvidenceFetcher
from license_service.adapters.sql.store import SqlStore
from license_service.adapters.trust_files import load_policy
from license_service.adapters.trust_folder import TrustFolder
from license_service.adapters.workday_calendar import china_calendar
from license_service.audit.checkpoint import NoteVerifier
from license_service.audit.errors import AuditError
from license_service.clock import Clock, SystemClock
from license_service.errors import ConfigurationError
from license_service.services.archive import InputKeeper
from license_service.services.batches import BatchService
from license_service.services.cases import CaseService
from license_service.services.cursor import CursorKey
from license_service.services.events import EventService
from license_service.services.followups import FollowUpService
from license_service.services.health import HealthService
from license_service.services.keys import KeyService
from license_service.services.log_integration import LogIntegrator
from license_service.services.matters import MatterService
from license_service.services.oversight import OversightService
from license_service.services.ports import Doorbell, EvidenceFetcher, InputArchive, RateLimiter
from license_service.services.proofs import ProofService
from license_service.services.registry import Services
from license_service.services.replay import ReplayService
from license_service.services.reports import ReportService
from license_service.services.verifications import VerificationService, Verifier
from license_service.services.webhooks import WebhookService
from license_service.settings import Settings, read_list, read_mapping
from license_service.verification.crypto.sm2 import provider
from license_service.verification.trust import Environment


@dataclass(frozen=True)
class App:
    """Hold what entry points need."""

    services: Services
    follow_ups: FollowUpService
    log: LogIntegrator
    replays: ReplayService
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
    verifier = Verifier(
        load_policy(settings.policy_file),
        trust,
        EvidenceFolder(settings.evidence_dir),
        _keeper(archive, settings),
        _fetcher(settings, clock),
    )
    catalogue = load_catalogue(settings.catalogue_dir)
    key = FileLogKey(settings.private_dir, settings.log_origin)
    store = SqlStore(settings.database_url)
    doorbell = _doorbell(settings)
    facts = {
        "sm2_provider": provider().name,
        "policy": {"id": verifier.policy.id, "digest": verifier.policy.digest},
        "catalogue": {"digest": catalogue.digest},
        "clock": "moved by a file" if settings.clock_file else "system",
    }
    verifications = VerificationService(store, clock, verifier)
    services = Services(
        verifications=verifications,
        batches=BatchService(store, clock, verifier, doorbell),
        reports=ReportService(verifications, archive, render_html, render_pdf),
        matters=MatterService(catalogue, clock),
        cases=CaseService(store, clock, verifier, catalogue, china_calendar(), doorbell, hook),
        events=EventService(store, CursorKey(read_secret(settings.private_dir, CURSOR_KEY))),
        proofs=ProofService(store, key),
        keys=KeyService(store, clock),
        webhooks=WebhookService(store, clock),
        oversight=OversightService(store, clock),
        health=HealthService(store, clock, doorbell, trust.describe, facts),
        limiter=_limiter(settings),
    )
    networks = read_list(settings.outgoing_networks)
    source = HttpDataSource(read_mapping(settings.data_sources), networks)
    own = _own_services(settings)
    sender = HttpWebhookSender(read_list(settings.webhook_hosts), networks, off_limits=own)
    follow_ups = FollowUpService(store, clock, source, sender, services.batches, hook)
    log = LogIntegrator(store, key, LogFolder(settings.log_dir))
    return App(services, follow_ups, log, ReplayService(store, archive), settings)


def _clock(settings: Settings) -> Clock:
    return FileClock(Path(settings.clock_file)) if settings.clock_file else SystemClock()


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
