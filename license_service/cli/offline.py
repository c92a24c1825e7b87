"""Verify an evidence bundle with the standard library and `cryptography` alone.

This file is also the entry point of the single-file verifier that is handed to auditors (`make verifier`), so
it imports nothing but `license_service.audit`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from ssl import PEM_cert_to_DER_cert
from typing import Any

from license_service.audit.bundle import Manifest
from license_service.audit.errors import AuditError
from license_service.audit.note import Sm2Check
from license_service.audit.policy import TrustPolicy, parse_policy
from license_service.audit.stamps import StampAuthority
from license_service.audit.verify_bundle import EntryObserver, Extent, verify_bundle

TAMPERED, INCOMPLETE, USAGE = 1, 2, 3
_INCOMPLETE_CODES = frozenset(
    {
        "EXPORT_INCOMPLETE",
        "BUNDLE_INCOMPLETE",
        "QUORUM_MISSING",
        "LOG_UNREACHABLE",
        "TILE_MISSING",
        "INPUT_MISSING",
        "RECOMPUTE_UNAVAILABLE",
        "STAMP_MISSING",
        "STAMP_ALGORITHM_UNSUPPORTED",
    }
)
_USAGE_CODES = frozenset({"KEY_MALFORMED", "POLICY_MALFORMED", "AUTHORITY_MALFORMED"})
_ERASED = "erased"
_BAR_FROM, _BAR_WIDTH = 50_000, 40


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the single-file verifier; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="license-audit-verify",
        description="Verify an evidence bundle offline. Exit 0 ok, 1 tampered, 2 incomplete, 3 usage.",
        exit_on_error=False,
    )
    parser.add_argument("bundle", type=Path, help="what was handed over")
    parser.add_argument(
        "--policy", type=Path, required=True, help="whom you believe: a c2sp.org/tlog-policy file"
    )
    parser.add_argument(
        "--tsa",
        type=Path,
        action="append",
        default=[],
        help="certificate of a timestamp authority you believe; it must have stamped a log with all entries",
    )
    parser.add_argument("--recompute", action="store_true", help="needs the installed service: always 2 here")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    try:
        chosen = parser.parse_args(arguments)
    except argparse.ArgumentError as error:
        parser.print_usage(sys.stderr)
        sys.stderr.write(f"{error}\n")
        return USAGE
    except SystemExit as leaving:
        return USAGE if leaving.code else 0
    observer = Unavailable() if chosen.recompute else None
    result, status = judge(
        lambda: verify_file(chosen.bundle, read_policy(chosen.policy), read_authorities(chosen.tsa), observer)
    )
    sys.stdout.write(describe(result, as_json=chosen.json) + "\n")
    return status


def read_policy(path: Path, sm2: Sm2Check | None = None) -> TrustPolicy:
    """Read the auditor's policy.

    Raises:
        AuditError: `POLICY_MALFORMED` or `KEY_MALFORMED`.
        OSError: if there is no such file.
    """
    try:
        return parse_policy(path.read_text(encoding="utf-8"), sm2)
    except UnicodeDecodeError as error:
        raise AuditError("POLICY_MALFORMED", "not UTF-8") from error


def read_authorities(paths: Sequence[Path], sm2: Sm2Check | None = None) -> list[StampAuthority]:
    """Read the certificates of timestamp authorities.

    Raises:
        AuditError: `AUTHORITY_MALFORMED`.
        OSError: if there is no such file.
    """
    found = []
    for path in paths:
        data = path.read_bytes()
        try:
            der = PEM_cert_to_DER_cert(data.decode("ascii")) if data.startswith(b"-----BEGIN") else data
        except ValueError as error:
            raise AuditError("AUTHORITY_MALFORMED", str(path)) from error
        found.append(StampAuthority.parse(der, sm2))
    return found


class Unavailable:
    """Say at the end of a bundle that holds otherwise that nobody here can compute it again."""

    def begin(self, manifest: Manifest, inputs: Mapping[str, Extent]) -> None:
        """Take note of nothing."""

    def entry(self, index: int, entry: Mapping[str, Any]) -> None:
        """Look at nothing."""

    def end(self) -> None:
        """Refuse.

        Raises:
            AuditError: `RECOMPUTE_UNAVAILABLE`.
        """
        raise AuditError("RECOMPUTE_UNAVAILABLE", "license-service audit verify --recompute can")


def verify_file(
    path: Path,
    policy: TrustPolicy,
    authorities: Sequence[StampAuthority] = (),
    observer: EntryObserver | None = None,
) -> dict[str, Any]:
    """Verify a bundle and say what it proves; `existed_by` is null where no stamp was asked for.

    Raises:
        AuditError: saying what does not hold.
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        state = verify_bundle(file, policy, _bar, authorities, observer)
    manifest = state.manifest
    return {
        "origin": manifest.origin,
        "size": manifest.checkpoints[-1],
        "checkpoints": len(manifest.checkpoints),
        "entries": state.entries,
        "from": manifest.runs[0][0],
        "to": manifest.runs[-1][1],
        "cases": len(state.sequences),
        "case": manifest.case,
        "policies": list(manifest.policies),
        "inputs": len(manifest.inputs),
        "stamps": len(manifest.stamps),
        "erased": [{"index": index, "of": name} for name, index in state.erased.items()],
        "existed_by": state.existed_by.isoformat() if state.existed_by else None,
    }


def judge(check: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], int]:
    """Return what a check says and the exit status that goes with it."""
    try:
        return {"outcome": "ok", **check()}, 0
    except AuditError as error:
        result = {"outcome": "refused", "code": error.code, "first_bad_index": error.index}
        return result, _status(error.code)
    except (OSError, UnicodeDecodeError) as error:
        return {"outcome": "refused", "code": "FILE_UNREADABLE", "detail": str(error)}, USAGE


def describe(result: dict[str, Any], *, as_json: bool) -> str:
    """Return a result as one line, and a line for each thing that was erased."""
    if as_json:
        return json.dumps(result)
    pairs = (
        f"{name}={value}" for name, value in result.items() if value not in (None, []) and name != _ERASED
    )
    gone = (f"erased {item['of']}: said by entry {item['index']}" for item in result.get(_ERASED, []))
    return "\n".join([" ".join(pairs), *gone])


def _status(code: str) -> int:
    if code in _USAGE_CODES:
        return USAGE
    return INCOMPLETE if code in _INCOMPLETE_CODES else TAMPERED


def _bar(done: int, expected: int) -> None:
    if expected < _BAR_FROM or not sys.stderr.isatty():
        return
    filled = "#" * (_BAR_WIDTH * done // expected)
    end = "\n" if done == expected else ""
    sys.stderr.write(f"\r[{filled:<{_BAR_WIDTH}}] {done:,} / {expected:,}{end}")


if __name__ == "__main__":
    sys.exit(main())
