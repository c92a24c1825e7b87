"""Release records: one file for each catalogue that somebody else than its author has released.

A record names a catalogue by its digest, so a changed file is a catalogue nobody released.
"""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime
from pathlib import Path

from license_service.clock import format_instant
from license_service.errors import ConfigurationError

_TAG = "license-service/catalogue-release/v1"


def write_release(folder: Path, digest: str, author: str, releaser: str, now: datetime) -> Path:
    """Write the record of a release; return its path.

    Raises:
        ConfigurationError: unless author and releaser are two people, or if there is a record already.
    """
    names = [_name(author), _name(releaser)]
    if not all(names) or names[0].casefold() == names[1].casefold():
        raise ConfigurationError("author and releaser are two different people")
    record = {
        "type": _TAG,
        "catalogue": digest,
        "author": names[0],
        "releaser": names[1],
        "released_at": format_instant(now),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = _path(folder, digest)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    except FileExistsError as error:
        raise ConfigurationError(f"{digest} is released already: {path.name}") from error
    return path


def read_release(folder: Path, digest: str) -> dict[str, str] | None:
    """Return who wrote and who released a catalogue, and when; None where no record says so."""
    try:
        record = json.loads(_path(folder, digest).read_text(encoding="utf-8"))
        return {name: str(record[name]) for name in ("author", "releaser", "released_at")}
    except (OSError, ValueError, TypeError, KeyError):
        return None


def require_release(folder: Path, digest: str) -> None:
    """Refuse a catalogue that nobody released.

    Raises:
        ConfigurationError: if the folder holds no readable record of it, by two people.
    """
    try:
        record = json.loads(_path(folder, digest).read_text(encoding="utf-8"))
        author, releaser = _name(record["author"]), _name(record["releaser"])
        released = (record["type"], record["catalogue"]) == (_TAG, digest)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigurationError(f"the catalogue {digest} has no release record in {folder}") from error
    if not released or not author or not releaser or author.casefold() == releaser.casefold():
        raise ConfigurationError(f"the release record of {digest} does not name it and two people")


def _path(folder: Path, digest: str) -> Path:
    return folder / f"{digest.removeprefix('sha256:')}.json"


def _name(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
