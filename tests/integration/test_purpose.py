"""The purpose a copy is presented for reaches the verdict, over HTTP and on the command line."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from license_service.cli.verify import verify
from license_service.demo.issuer import samples
from license_service.demo.ofd import Content, build_members, pack, sign_members
from license_service.demo.pki import DemoPki
from license_service.demo.seals import Sealing

_PURPOSE, _OTHER = "办理食品经营许可", "办理贷款"


@pytest.fixture
def copy(pki: DemoPki, now: datetime) -> bytes:
    details = next(sample.details for sample in samples(now) if sample.file.endswith(".ofd"))
    signer = pki["business-signer"]
    sealing = Sealing(pki["seal-maker"], signer, (signer.certificate,), "示例电子印章")
    content = Content({**details.fields(), "JZJZZSY": _PURPOSE})
    return pack(sign_members(build_members([content]), sealing, now - timedelta(days=1)))


@pytest.mark.parametrize("form", [False, True])
@pytest.mark.parametrize(
    ("asked", "codes"),
    [({}, []), ({"purpose": _PURPOSE}, []), ({"purpose": _OTHER}, ["COPY_FOR_ANOTHER_PURPOSE"])],
    ids=["none", "this", "other"],
)
def test_over_http(
    form: bool, asked: Mapping[str, str], codes: list[str], copy: bytes, api: Any, headers: dict[str, str]
) -> None:
    if form:
        data = {"file": (io.BytesIO(copy), "a.ofd"), **asked}
        answer = api.client.post("/v1/verifications", data=data, headers=headers)
    else:
        body = {"document": base64.b64encode(copy).decode(), **asked}
        answer = api.client.post("/v1/verifications", json=body, headers=headers)
    assert (answer.status_code, answer.json["codes"]) == (201, codes)


def test_another_purpose_under_one_idempotency_key_is_another_request(
    copy: bytes, api: Any, headers: dict[str, str]
) -> None:
    def post(purpose: str) -> Any:
        body = {"document": base64.b64encode(copy).decode(), "purpose": purpose}
        keyed = {**headers, "Idempotency-Key": "purpose"}
        return api.client.post("/v1/verifications", json=body, headers=keyed)

    assert post(_PURPOSE).json == post(_PURPOSE).json
    assert post(_OTHER).status_code == 422


@pytest.mark.parametrize(
    ("asked", "status", "codes"),
    [([], 0, []), (["--purpose", _PURPOSE], 0, []), (["--purpose", _OTHER], 1, ["COPY_FOR_ANOTHER_PURPOSE"])],
    ids=["none", "this", "other"],
)
def test_on_the_command_line(
    asked: list[str], status: int, codes: list[str], copy: bytes, tmp_path: Path, pki_dir: Path,
    policy_file: Path,
) -> None:  # fmt: skip
    file = tmp_path / "copy.ofd"
    file.write_bytes(copy)
    folders = ["--trust", str(pki_dir / "trust"), "--evidence", str(pki_dir / "evidence")]
    result = CliRunner().invoke(verify, [str(file), "--policy", str(policy_file), *folders, "--json", *asked])
    assert result.exit_code == status
    (signature,) = json.loads(result.output)["signatures"]
    assert [check["code"] for check in signature["checks"] if check["outcome"] != "passed"] == codes
