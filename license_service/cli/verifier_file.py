"""Make the single-file verifier: the audit room and its entry point in one zip that Python runs.

It is a zip, so every module in it can be read and compared with the sources; times are fixed, so anybody who
builds it from the same sources gets the same bytes.
Clause: PEP 441.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_SHEBANG = b"#!/usr/bin/env python3\n"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_verifier(out: Path) -> None:
    """Write the verifier to a file."""
    modules = [_PACKAGE / "__init__.py", *sorted((_PACKAGE / "audit").glob("*.py"))]
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("wb") as file:
        file.write(_SHEBANG)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            _add(archive, "__main__.py", Path(__file__).with_name("offline.py"))
            for path in modules:
                _add(archive, path.relative_to(_PACKAGE.parent).as_posix(), path)
    out.chmod(0o755)


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), path.read_bytes())
