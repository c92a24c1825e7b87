"""Build what seals personal data and erases it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from license_service.adapters.archive_folder import ArchiveFolder, DocumentSeal
from license_service.adapters.data_key_ring import DataKeyRing
from license_service.adapters.envelope import require_algorithm
from license_service.adapters.log_files import LogFolder
from license_service.adapters.log_key_files import BLIND_INDEX_KEY, DOCUMENT_KEY, read_secret
from license_service.adapters.retention_file import load_retention
from license_service.adapters.sql.store import SqlStore
from license_service.adapters.sql.vault import Sealing
from license_service.clock import Clock, SystemClock
from license_service.services.blind_index import BlindIndex
from license_service.services.erasing.eraser import Eraser
from license_service.services.erasing.erasures import ErasureService
from license_service.services.erasing.nightly import RetentionService
from license_service.services.erasing.replaying import ErasureReplayService
from license_service.services.ports import InputArchive, Store
from license_service.services.proving.key_records import LogKey
from license_service.settings import Settings


@dataclass(frozen=True)
class ErasingServices:
    """Hold the use cases of erasing."""

    requests: ErasureService
    retention: RetentionService
    replays: ErasureReplayService


def sealing_of(settings: Settings, clock: Clock) -> Sealing:
    """Return what seals personal data.

    Raises:
        ConfigurationError: if this machine has no such algorithm, or a key is not usable.
    """
    algorithm = require_algorithm(settings.sealing)
    ring = DataKeyRing(settings.private_dir, algorithm, clock)
    return Sealing(ring, algorithm, index_of(settings), clock)


def open_store(settings: Settings, clock: Clock | None = None) -> SqlStore:
    """Return the store, sealed as the settings say.

    Raises:
        ConfigurationError: if URL, algorithm or a key is not usable.
        StoreUnavailableError: if the database does not answer.
    """
    return SqlStore(settings.database_url, sealing_of(settings, clock or SystemClock()))


def index_of(settings: Settings) -> BlindIndex:
    """Return what finds people without naming them."""
    return BlindIndex(read_secret(settings.private_dir, BLIND_INDEX_KEY))


def archive_of(settings: Settings) -> ArchiveFolder | None:
    """Return the archive, where one is set; documents in it are sealed."""
    if not settings.archive_dir:
        return None
    secret = read_secret(settings.private_dir, DOCUMENT_KEY)
    seal = DocumentSeal(secret, require_algorithm(settings.sealing), index_of(settings))
    return ArchiveFolder(Path(settings.archive_dir), seal)


def erasing_services(
    settings: Settings, store: Store, clock: Clock, key: LogKey, archive: InputArchive | None
) -> ErasingServices:
    """Return the use cases of erasing.

    Raises:
        ConfigurationError: if the retention policy is not usable.
    """
    policy, index = load_retention(settings.retention_file), index_of(settings)
    eraser = Eraser(archive, index)
    return ErasingServices(
        ErasureService(store, clock, policy, eraser, index),
        RetentionService(store, clock, policy, eraser),
        ErasureReplayService(store, clock, key, LogFolder(settings.log_dir), eraser),
    )
