"""The catalogue as one listing and its files, each under its SHA-256, as bundles carry it.

The digest of a catalogue is that of its listing.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from license_service.adapters.catalogue_files import load_catalogue
from license_service.domain.matter import Catalogue

_TAG = "license-service/catalogue/v1"
_NAME = re.compile(r"(?:matters|notices|calendars|bundles|feedback)(?:/[\w-][\w.-]*)+\.yaml")


def catalogue_items(directory: Path) -> Iterator[bytes]:
    """Yield every file of a catalogue, then the listing that names them."""
    lines = [_TAG]
    for path in sorted(directory.rglob("*.yaml")):
        content = path.read_bytes()
        yield content
        lines.append(f"{path.relative_to(directory).as_posix()} {hashlib.sha256(content).hexdigest()}")
    yield "\n".join(lines).encode()


def listed_files(listing: bytes) -> dict[str, str]:
    """Return the SHA-256 of each file by its name.

    Raises:
        ValueError: if it is no listing, or a name could lead out of the catalogue.
    """
    tag, *lines = listing.decode().split("\n")
    found = dict(line.rsplit(" ", 1) for line in lines)
    if tag != _TAG or not all(_NAME.fullmatch(name) for name in found):
        raise ValueError("no listing of a catalogue")
    return found


def read_catalogue(files: Mapping[str, bytes]) -> Catalogue:
    """Read a catalogue from the content of its files, whose names `listed_files` has checked.

    Raises:
        ConfigurationError: if it is not usable.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return load_catalogue(Path(folder))
