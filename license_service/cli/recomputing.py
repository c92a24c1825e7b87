"""Open a bundle a second time, so that its inputs can be read while its entries go by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from license_service.adapters.catalogue_archive import listed_files, read_catalogue
from license_service.audit.verify_bundle import Extent
from license_service.domain.matter import Catalogue
from license_service.services.proving.bundle_recomputation import BundleRecomputation


@contextmanager
def recomputing(bundle: Path) -> Iterator[BundleRecomputation]:
    """Return what computes the entries of a bundle again."""
    with bundle.open("rb") as file:

        def read(extent: Extent) -> bytes:
            place, size = extent
            file.seek(place)
            return file.read(size)

        yield BundleRecomputation(read, _catalogue)


def _catalogue(listing: bytes, get: Callable[[str], bytes]) -> Catalogue:
    return read_catalogue({name: get(sha256) for name, sha256 in listed_files(listing).items()})
