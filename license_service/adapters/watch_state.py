"""The checkpoint a watcher keeps from its last look: a file that is whole or as it was."""

from __future__ import annotations

import os
from pathlib import Path


def read_kept(path: Path) -> str | None:
    """Return what was kept, None before the first look."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def keep(path: Path, note: str) -> None:
    """Keep a checkpoint in place of the last."""
    draft = path.with_name(f"{path.name}.draft")
    with draft.open("w", encoding="utf-8") as file:
        file.write(note)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
