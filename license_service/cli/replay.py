"""`license-service replay`: compute a verdict again; the same inputs must give the same bytes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from license_service.cli.building import build_app
from license_service.cli.presenting import PASSWORD, read_password
from license_service.cli.reading import REASON, noted
from license_service.cli.report import outcome_text, read, refuse
from license_service.errors import LicenseServiceError
from license_service.settings import Settings

if TYPE_CHECKING:
    from license_service.services.verifying.replay import Replay, ReplayInputs

_PATH = click.Path(path_type=Path)
_STATUS = {"differs": 1, "inputs_differ": 2, "same": 0, "erased": 0}
"""Exit status of each outcome; of several, the first in this order."""


@click.command()
@click.argument("report", type=_PATH, required=False)
@click.option("--document", type=_PATH, default=None, help="The verified file.")
@click.option("--policy", type=_PATH, default=Settings().policy_file, help="Verification policy.")
@click.option("--trust", type=_PATH, default=None, help="Folder of anchors.")
@click.option("--evidence", type=_PATH, default=None, help="Folder of CRLs.")
@click.option("--content", type=_PATH, default=None, help="What a detached signature is over.")
@PASSWORD
@click.option("--id", "identifier", default=None, help="A kept verdict, from store and archive.")
@click.option("--all", "everything", is_flag=True, help="Every kept verdict.")
@REASON
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def replay(
    report: Path | None,
    document: Path | None,
    policy: Path,
    trust: Path | None,
    evidence: Path | None,
    content: Path | None,
    password: bool,
    identifier: str | None,
    reason: str | None,
    *,
    everything: bool,
    as_json: bool,
) -> None:
    """Compute REPORT again from its inputs, or kept verdicts from store and archive.

    Exit 0 the same bytes, 1 differs, 2 an input is missing or has another digest, 3 usage.
    """
    if [report is not None, identifier is not None, everything].count(True) != 1:
        refuse("name a REPORT, or --id, or --all")
    results: Iterable[tuple[str, Replay]]
    try:
        if report is not None:
            opens = read_password() if password else None
            inputs = _inputs(report, document, policy, trust, evidence, content, opens)
            results = _computed(report, inputs)
        elif identifier is not None:
            given = document.read_bytes() if document else None
            app = build_app()
            found = [(identifier, app.replays.one(identifier, given))]
            results = noted(found, app.readings, reason, "replay")
        else:
            app = build_app()
            results = noted(app.replays.all(), app.readings, reason, "replay")
        sys.exit(_tell(results, as_json=as_json))
    except OSError as error:
        refuse(f"{error.filename}: {error.strerror}")
    except LicenseServiceError as error:
        refuse(error.detail)


def _computed(report: Path, inputs: ReplayInputs) -> list[tuple[str, Replay]]:
    from license_service.services.verifying.replay import replay as compute

    return [(str(report), compute(read(report), inputs))]


def _inputs(
    report: Path,
    document: Path | None,
    policy: Path,
    trust: Path | None,
    evidence: Path | None,
    content: Path | None,
    password: str | None,
) -> ReplayInputs:
    from license_service.adapters.trust_files import load_evidence, load_policy, load_trust
    from license_service.services.verifying.fetched import read_fetched
    from license_service.services.verifying.replay import ReplayInputs
    from license_service.verification.evidence import Evidence
    from license_service.verification.trust import TrustStore

    fetched = read_fetched(report.read_bytes())
    given = document.read_bytes() if document else fetched.document
    if given is None:
        refuse("a REPORT needs its --document")
    known = load_evidence(evidence) if evidence else Evidence()
    return ReplayInputs(
        document=given,
        policy=load_policy(policy),
        trust=load_trust(trust) if trust else TrustStore(),
        evidence=known.joined(fetched.evidence),
        content=content.read_bytes() if content else None,
        password=password,
    )


def _tell(results: Iterable[tuple[str, Replay]], *, as_json: bool) -> int:
    seen = {"same"}
    for name, result in results:
        click.echo(_json(name, result) if as_json else outcome_text(name, result))
        seen.add(result.outcome.value)
    return next(status for outcome, status in _STATUS.items() if outcome in seen)


def _json(name: str, result: Replay) -> str:
    return json.dumps({"report": name, **result.to_json()}, ensure_ascii=False)
