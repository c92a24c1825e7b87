"""Build the service from settings: the one place where ports meet adapters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from license_service.adapters.catalogue_files import load_catalogue
from license_service.adapters.clock_file import FileClock
from license_service.adapters.doorbell_rq import RqDoorbell, SilentDoorbell
from license_service.adapters.evidence_files import EvidenceFolder
from license_service.adapters.log_key_files import FileLogKey
from license_service.adapters.outgoing_http import HttpDataSource, HttpWebhookSender
from license_service.adapters.pinned_http import PinnedHttp
from license_service.adapters.revocation_cache import RevocationCache
from license_service.adapters.revocation_http import HttpEvidenceFetcher
from license_service.adapters.sql.store import SqlStore
from license_service.adapters.trust_files import load_policy, load_trust
from license_service.adapters.workday_calendar import china_calendar
from license_service.clock import Clock, SystemClock
from license_service.services.cases import CaseService
from license_service.services.followups import FollowUpService
from license_service.services.health import HealthService
from license_service.services.keys import KeyService
from license_service.services.log_integration import LogIntegrator
from license_service.services.matters import MatterService
from license_service.services.ports import Doorbell, EvidenceFetcher
from license_service.services.proofs import ProofService
from license_service.services.registry import Services
from license_service.services.verifications import VerificationService, Verifier
from license_service.services.webhooks import WebhookService
from license_service.settings import Settings, read_list, read_mapping
from license_service.verification.crypto.sm2 import provider


@dataclass(frozen=True)
class App:
    """Hold what entry points need."""

    services: Services
    follow_ups: FollowUpService
    log: LogIntegrator
    settings: Settings


def build(settings: Settings, hook: Callable[[str], None] = lambda _name: None) -> App:
    """Build the service; everything that can be wrong is found here, before the first request.

    Raises:
        ConfigurationError: if a setting, policy, anchor, key or catalogue entry is not usable.
        StoreUnavailableError: if the database does not answer.
    """
    clock: Clock = FileClock(Path(settings.clock_file)) if settings.clock_file else SystemClock()
    verifier = Verifier(
        load_policy(settings.policy_file),
        load_trust(settings.trust_dir),
        EvidenceFolder(settings.evidence_dir),
        _fetcher(settings, clock),
    )
    catalogue = load_catalogue(settings.catalogue_dir)
    key = FileLogKey(settings.private_dir, settings.log_origin)
    store = SqlStore(settings.database_url)
    doorbell = _doorbell(settings)
    facts = {
        "sm2_provider": provider().name,
        "policy": {"id": verifier.policy.id, "digest": verifier.policy.digest},
        "trust": {"anchors": len(verifier.trust.anchors), "digest": verifier.trust.digest},
        "catalogue": {"digest": catalogue.digest},
        "clock": "moved by a file" if settings.clock_file else "system",
    }
    services = Services(
        verifications=VerificationService(store, clock, verifier),
        matters=MatterService(catalogue, clock),
        cases=CaseService(store, clock, verifier, catalogue, china_calendar(), doorbell),
        proofs=ProofService(store, key),
        keys=KeyService(store, clock),
        webhooks=WebhookService(store),
        health=HealthService(store, clock, doorbell, facts),
    )
    follow_ups = FollowUpService(
        store,
        clock,
        HttpDataSource(read_mapping(settings.data_sources)),
        HttpWebhookSender(frozenset(read_list(settings.webhook_hosts))),
        hook,
    )
    return App(services, follow_ups, LogIntegrator(store, key), settings)


def _fetcher(settings: Settings, clock: Clock) -> EvidenceFetcher | None:
    hosts = read_list(settings.revocation_hosts)
    if not hosts:
        return None
    http = PinnedHttp(hosts, read_list(settings.revocation_networks))
    cache = RevocationCache(Path(settings.revocation_cache) if settings.revocation_cache else None)
    return HttpEvidenceFetcher(http, cache, clock)


def _doorbell(settings: Settings) -> Doorbell:
    if not settings.redis_url:
        return SilentDoorbell()
    doorbell = RqDoorbell(settings.redis_url)
    doorbell.require_noeviction()
    return doorbell
