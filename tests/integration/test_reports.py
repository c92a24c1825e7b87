"""A kept verdict over HTTP: with sentences, as a page, on paper; and computed again from the archive."""

from __future__ import annotations

import base64
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from prometheus_client import REGISTRY

from license_service.api.app import create_app
from license_service.bootstrap import App, build
from license_service.bootstrap.erasing import open_store
from license_service.errors import ConfigurationError, NotFoundError
from license_service.services.caller import Scope
from license_service.services.verifying.replay import ReplayOutcome
from license_service.settings import Settings

_OFD = "genuine/business-license.ofd"
_ALTERED = "altered/business-license.ofd"
_HOLDER = "91999900MADEM0AX2A"

Archived = Callable[[str], tuple[App, Any, dict[str, str]]]


@pytest.fixture
def archived(settings: Settings, tmp_path: Path) -> Archived:
    """Build the service with an archive, with documents or without."""

    def make(documents: str) -> tuple[App, Any, dict[str, str]]:
        app = build(replace(settings, archive_dir=str(tmp_path / "archive"), archive_documents=documents))
        token = app.services.keys.create("county", "test", tuple(Scope))
        return app, create_app(app.services).test_client(), {"Authorization": f"Bearer {token}"}

    return make


def _send(client: Any, headers: dict[str, str], path: Path) -> Any:
    body = {"document": base64.b64encode(path.read_bytes()).decode(), "holder": _HOLDER}
    return client.post("/v1/verifications", json=body, headers=headers)


def _failures() -> float:
    return REGISTRY.get_sample_value("license_service_archive_failures_total") or 0


def test_an_answer_explains_what_did_not_pass(api: Any, headers: dict[str, str], samples_dir: Path) -> None:
    assert _send(api.client, headers, samples_dir / _OFD).json["messages"] == []
    (told,) = _send(api.client, headers, samples_dir / _ALTERED).json["messages"]
    assert (told["check"], told["code"]) == ("references", "REFERENCE_MISMATCH")
    assert told["parts"] == ["/Doc_0/Pages/Page_0/Content.xml"]


def test_the_report_of_an_answer_has_the_published_schema(
    api: Any, headers: dict[str, str], samples_dir: Path
) -> None:
    published = api.client.get("/v1/schemas/report")
    assert published.status_code == 200
    validator = Draft202012Validator(json.loads(published.data))
    report = _send(api.client, headers, samples_dir / _OFD).json["report"]
    assert list(validator.iter_errors(report)) == []
    assert list(validator.iter_errors({**report, "format": "docx"})) != []


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_a_verdict_is_a_page_and_a_paper_of_its_tenant_alone(
    kind: str, api: Any, headers: dict[str, str], samples_dir: Path
) -> None:
    at = f"{_send(api.client, headers, samples_dir / _ALTERED).headers['Location']}/report.{kind}"
    page = api.client.get(at, headers=headers)
    assert page.status_code == 200
    assert page.mimetype == {"html": "text/html", "pdf": "application/pdf"}[kind]
    assert page.data.startswith({"html": b"<!doctype html>", "pdf": b"%PDF-"}[kind])
    assert page.headers["Content-Security-Policy"].startswith("sandbox;")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert api.client.get(at, headers=api.key(tenant="elsewhere")).json["code"] == "not_found"
    assert api.client.get(at).json["code"] == "unauthenticated"


def test_the_seal_is_on_the_page_where_the_document_is_archived(
    archived: Archived, samples_dir: Path
) -> None:
    for documents, shown in (("no", False), ("yes", True)):
        _, client, headers = archived(documents)
        at = _send(client, headers, samples_dir / _OFD).headers["Location"]
        assert (b"data:image/png" in client.get(f"{at}/report.html", headers=headers).data) is shown


def test_every_kept_verdict_is_computed_again_to_the_same_bytes(
    archived: Archived, samples_dir: Path
) -> None:
    app, client, headers = archived("yes")
    files = [path for path in sorted(samples_dir.glob("*/*")) if path.suffix in {".ofd", ".jws"}]
    kept = {_send(client, headers, path).json["id"] for path in files}
    kept.add(
        client.post("/v1/verifications", data={"file": (io.BytesIO(b"x"), "a")}, headers=headers).json["id"]
    )
    results = dict(app.replays.all())
    assert results.keys() == kept
    assert {result.outcome for result in results.values()} == {ReplayOutcome.SAME}
    assert app.replays.one(min(kept)).outcome is ReplayOutcome.SAME


def test_replay_needs_the_document_where_it_was_not_kept(archived: Archived, samples_dir: Path) -> None:
    app, client, headers = archived("no")
    name = _send(client, headers, samples_dir / _OFD).json["id"]
    missing = app.replays.one(name)
    assert (missing.outcome, missing.inputs) == (ReplayOutcome.INPUTS_DIFFER, ("document",))
    assert app.replays.one(name, (samples_dir / _OFD).read_bytes()).outcome is ReplayOutcome.SAME
    assert app.replays.one(name, (samples_dir / _ALTERED).read_bytes()).inputs == ("document",)
    with pytest.raises(NotFoundError):
        app.replays.one("0" * 32)


def test_without_an_archive_replay_says_so(api: Any, headers: dict[str, str], samples_dir: Path) -> None:
    name = _send(api.client, headers, samples_dir / _OFD).json["id"]
    assert api.app.replays.one(name).inputs == ("archive",)


def test_a_verdict_of_an_earlier_version_is_named_and_not_guessed(
    archived: Archived, settings: Settings
) -> None:
    app, client, headers = archived("yes")
    answer = client.post("/v1/verifications", data={"file": (io.BytesIO(b"x"), "a")}, headers=headers).json
    earlier = {**answer, "id": "f" * 32, "report": {**answer["report"], "software": None}}
    with open_store(settings).begin() as tx:
        tx.add_verification("county", earlier["id"], earlier)
    assert app.replays.one(earlier["id"]).inputs == ("report",)
    page = client.get(f"/v1/verifications/{earlier['id']}/report.html", headers=headers)
    assert (page.status_code, page.json["code"]) == (422, "request_invalid")


def test_an_archive_that_fails_stops_no_verdict(
    archived: Archived, samples_dir: Path, tmp_path: Path
) -> None:
    _, client, headers = archived("yes")
    shutil.rmtree(tmp_path / "archive")
    (tmp_path / "archive").write_bytes(b"a file in the place of the folder")
    before = _failures()
    answer = _send(client, headers, samples_dir / _OFD)
    assert (answer.status_code, answer.json["report"]["indication"]) == (201, "TOTAL_PASSED")
    assert _failures() > before


def test_a_walkthrough_archives_no_document(archived: Archived, samples_dir: Path, tmp_path: Path) -> None:
    _, client, headers = archived("yes")
    document = base64.b64encode((samples_dir / _OFD).read_bytes()).decode()
    before = sorted((tmp_path / "archive").rglob("*"))
    body = {"applicant": {"name": "示例", "id": _HOLDER}, "documents": [{"content": document}]}
    answer = client.post("/v1/matters/food-business-license-new/walkthroughs", json=body, headers=headers)
    assert answer.status_code == 200
    assert sorted((tmp_path / "archive").rglob("*")) == before


@pytest.mark.parametrize(("directory", "documents"), [("", "yes"), ("archive", "maybe")])
def test_settings_that_contradict_stop_the_start(
    directory: str, documents: str, settings: Settings, tmp_path: Path
) -> None:
    given = str(tmp_path / directory) if directory else ""
    with pytest.raises(ConfigurationError):
        build(replace(settings, archive_dir=given, archive_documents=documents))
