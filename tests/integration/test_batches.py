"""Batches: sent as lines or as a zip, judged by workers, told in the order they were sent."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from license_service.bootstrap.erasing import open_store
from license_service.demo.issuer import Twin
from license_service.settings import Settings

_URL = "/v1/verifications/batches"
_LINES = "application/x-ndjson"


@pytest.fixture
def files(samples_dir: Path) -> dict[str, bytes]:
    paths = sorted([*(samples_dir / Twin.GENUINE).iterdir(), *(samples_dir / Twin.ALTERED).iterdir()])
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in paths}


def _lines(files: Mapping[str, bytes]) -> bytes:
    rows = ({"name": n, "document": base64.b64encode(d).decode()} for n, d in files.items())
    return "\n".join(map(json.dumps, rows)).encode()


def _zip(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _send(api: Any, headers: Mapping[str, str], body: bytes, kind: str, key: str = "k") -> Any:
    sent = {**headers, "Idempotency-Key": key, "Content-Type": kind}
    return api.client.post(_URL, data=body, headers=sent)


@pytest.mark.parametrize(("kind", "pack"), [(_LINES, _lines), ("application/zip", _zip)])
def test_a_batch_is_judged_by_workers(
    api: Any, headers: dict[str, str], files: dict[str, bytes], kind: str, pack: Any
) -> None:
    answer = _send(api, headers, pack(files), kind)
    assert answer.status_code == 202
    assert (answer.json["state"], answer.json["total"], answer.json["done"]) == ("running", len(files), 0)
    url = answer.headers["Location"]
    assert api.app.follow_ups.run_due() == 2
    progress = api.client.get(url, headers=headers).json
    assert (progress["state"], progress["done"]) == ("complete", len(files))
    assert progress["indications"] == {"TOTAL_FAILED": 4, "TOTAL_PASSED": 4}
    rows = [json.loads(line) for line in api.client.get(f"{url}/results", headers=headers).text.splitlines()]
    assert [row["name"] for row in rows] == list(files)
    expected = ["TOTAL_FAILED" if name.startswith(Twin.ALTERED) else "TOTAL_PASSED" for name in files]
    assert [row["report"]["indication"] for row in rows] == expected


def test_results_come_while_it_runs(api: Any, headers: dict[str, str], files: dict[str, bytes]) -> None:
    url = _send(api, headers, _lines(files), _LINES).headers["Location"]
    assert api.client.get(f"{url}/results", headers=headers).text == ""
    api.app.follow_ups.run()
    assert len(api.client.get(f"{url}/results", headers=headers).text.splitlines()) == 5
    assert api.client.get(url, headers=headers).json["state"] == "running"


def test_each_verdict_is_kept_and_documents_are_not(
    api: Any, headers: dict[str, str], files: dict[str, bytes], settings: Settings
) -> None:
    url = _send(api, headers, _lines(files), _LINES).headers["Location"]
    api.app.follow_ups.run_due()
    row = json.loads(api.client.get(f"{url}/results", headers=headers).text.splitlines()[0])
    kept = api.client.get(f"/v1/verifications/{row['id']}", headers=headers).json
    assert kept["report"] == row["report"]
    with open_store(settings).begin() as tx:
        assert all(item.content is None for item in tx.batch_items(url.rsplit("/", 1)[1], 0, 100))


def test_repeating_gives_the_same_batch(api: Any, headers: dict[str, str], files: dict[str, bytes]) -> None:
    first, again = (_send(api, headers, _lines(files), _LINES) for _ in range(2))
    assert first.json == again.json
    other = _send(api, headers, _lines(dict(list(files.items())[:1])), _LINES)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


def test_another_tenant_sees_nothing(api: Any, headers: dict[str, str], files: dict[str, bytes]) -> None:
    url = _send(api, headers, _lines(files), _LINES).headers["Location"]
    for path in (url, f"{url}/results"):
        assert api.client.get(path, headers=api.key(tenant="other")).status_code == 404


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"", _LINES, "request_invalid"),
        (b"\n\n", _LINES, "request_invalid"),
        (b"{", _LINES, "json_malformed"),
        (b"[]", _LINES, "json_malformed"),
        (b'{"name": "a"}', _LINES, "request_invalid"),
        (b'{"name": "a", "document": "%%%"}', _LINES, "request_invalid"),
        (b'{"name": "a", "document": "", "x": 1}', _LINES, "request_invalid"),
        (b"\n".join([b'{"name": "a", "document": ""}'] * 1001), _LINES, "request_invalid"),
        (b"no zip", "application/zip", "request_invalid"),
        (b"x", "text/plain", "request_invalid"),
    ],
)
def test_what_is_no_batch_is_refused(
    api: Any, headers: dict[str, str], body: bytes, kind: str, code: str
) -> None:
    answer = _send(api, headers, body, kind)
    assert answer.json["code"] == code
    assert 400 <= answer.status_code < 500


def test_a_key_is_required(api: Any, headers: dict[str, str], files: dict[str, bytes]) -> None:
    answer = api.client.post(_URL, data=_lines(files), headers={**headers, "Content-Type": _LINES})
    assert answer.json["code"] == "idempotency_key_missing"


def test_a_document_beyond_the_limit_is_refused(api: Any, headers: dict[str, str]) -> None:
    body = _zip({"large": bytes(20 * 1024 * 1024 + 1)})
    answer = _send(api, headers, body, "application/zip")
    assert (answer.status_code, answer.json["code"]) in {
        (413, "document_too_large"), (422, "request_invalid"),
    }  # fmt: skip
