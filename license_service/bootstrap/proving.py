"""Build what proves: the log, witnesses, timestamps, and what auditors are given."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

from license_service.adapters.catalogue_archive import catalogue_items
from license_service.adapters.catalogue_releases import read_release
from license_service.adapters.log_files import LogFolder
from license_service.adapters.outgoing_http import HttpWitnessClient
from license_service.adapters.timestamp_http import HttpTimestampAuthority, read_chain
from license_service.adapters.trust_folder import TrustFolder
from license_service.audit.errors import AuditError
from license_service.audit.policy import TrustPolicy, parse_policy, trusting
from license_service.audit.stamps import StampAuthority
from license_service.clock import Clock
from license_service.domain.matter import Catalogue
from license_service.domain.workdays import WorkCalendar
from license_service.errors import ConfigurationError
from license_service.services.catalogue.calendars import calendar_text
from license_service.services.ports import InputArchive, Store
from license_service.services.proving.anchoring import AnchoringService
from license_service.services.proving.auditing import ReleaseRecord
from license_service.services.proving.cosigning import CosigningService
from license_service.services.proving.evidence import EvidenceService
from license_service.services.proving.evidence_inputs import InputCollector
from license_service.services.proving.key_records import LogKey
from license_service.services.proving.log_integration import LogIntegrator
from license_service.services.proving.releases import InForce
from license_service.services.proving.stamping import StampingService
from license_service.settings import Settings, read_list
from license_service.verification.crypto.sm2 import provider
from license_service.verification.policy import VerificationPolicy


def log_services(
    settings: Settings, store: Store, key: LogKey, clock: Clock, collector: InputCollector | None
) -> tuple[LogIntegrator, CosigningService, StampingService | None, EvidenceService]:
    """Return what keeps the log and hands it out.

    Raises:
        ConfigurationError: if witnesses or the timestamp authority are not usable.
    """
    folder, policy = LogFolder(settings.log_dir), _witnesses(settings)
    urls = [witness.url for witness in policy.witnesses.values() if witness.url]
    client = HttpWitnessClient(urls, read_list(settings.outgoing_networks))
    cosigning = CosigningService(store, key, policy, client, folder)
    stamping = _stamping(settings, store, clock, folder)
    return LogIntegrator(store, key, folder), cosigning, stamping, EvidenceService(store, key, collector)


def input_collector(
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


def anchoring_of(settings: Settings, store: Store, clock: Clock) -> AnchoringService:
    """Return what knows since when nobody else has vouched for the log.

    Raises:
        ConfigurationError: if accepting should stop for want of what nobody is asked for.
    """
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


def release_record(settings: Settings) -> ReleaseRecord:
    """Return what reads who released a catalogue."""
    folder = settings.catalogue_releases
    return partial(read_release, Path(folder)) if folder else lambda _digest: None


def in_force(
    policy: VerificationPolicy, trust: TrustFolder, catalogue: Catalogue, calendar: WorkCalendar
) -> list[InForce]:
    """Return the digests of what decides now."""
    return [
        InForce("policy", policy.digest),
        InForce("trust", trust().digest, trust.signed_by()),
        InForce("catalogue", catalogue.digest),
        InForce("calendar", calendar.digest),
    ]
