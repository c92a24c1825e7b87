"""Validation tokens over HTTP and on the command line: issued for a verdict, believed without the service."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from license_service.cli import main

_OFD = "genuine/business-license.ofd"
_ISSUER = "https://issuer.example"


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def _verified(api: Any, headers: dict[str, str], document: bytes) -> dict[str, Any]:
    body = {"document": base64.b64encode(document).decode()}
    answer: dict[str, Any] = api.client.post("/v1/verifications", json=body, headers=headers).json
    return answer


def _token(api: Any, headers: dict[str, str], answer: dict[str, Any]) -> Any:
    return api.client.get(f"/v1/verifications/{answer['id']}/validation-token", headers=headers)


def test_a_verdict_is_believed_by_its_token_alone(
    api: Any, headers: dict[str, str], samples_dir: Path, tmp_path: Path
) -> None:
    answer = _verified(api, headers, (samples_dir / _OFD).read_bytes())
    token, keys = tmp_path / "token", tmp_path / "keys.json"
    token.write_bytes(_token(api, headers, answer).data)
    keys.write_bytes(api.client.get("/v1/validation-token-keys").data)
    told = _run("token", "verify", token, samples_dir / _OFD, "--key", keys, "--json")
    assert told.exit_code == 0
    said = json.loads(told.stdout)
    assert (said["indication"], said["verification"]) == ("TOTAL_PASSED", answer["id"])
    assert said["event"] == answer["event_id"]
    other = _run("token", "verify", token, samples_dir / "altered/business-license.ofd", "--key", keys)
    assert (other.exit_code, "SVT_DOCUMENT_MISMATCH" in other.stdout) == (1, True)


def test_a_tenant_gets_tokens_of_its_own_verdicts_and_none_on_no_signature(
    api: Any, headers: dict[str, str], samples_dir: Path
) -> None:
    answer = _verified(api, headers, (samples_dir / _OFD).read_bytes())
    assert _token(api, headers, answer).mimetype == "application/jwt"
    assert _token(api, api.key(tenant="elsewhere"), answer).json["code"] == "not_found"
    unsigned = _verified(api, headers, b"%PDF-1.7")
    assert _token(api, headers, unsigned).json["code"] == "validation_token_unavailable"


def test_the_command_signs_its_verdicts(settings: Any, api: Any, samples_dir: Path, tmp_path: Path) -> None:
    assert api
    private, pki = settings.private_dir / "token.key", settings.trust_dir.parent
    inputs = ("--trust", pki / "trust", "--evidence", pki / "evidence", "--json")
    signing = ("--token-key", private, "--token-issuer", _ISSUER)
    told = _run("verify", samples_dir / _OFD, *inputs, *signing)
    assert told.exit_code == 0
    token, public = tmp_path / "token", tmp_path / "key.json"
    token.write_text(json.loads(told.stdout)["validation_token"])
    public.write_text(_run("token", "key", private).stdout)
    assert _run("token", "verify", token, samples_dir / _OFD, "--key", public).exit_code == 0
    assert "validation_token" not in json.loads(_run("verify", samples_dir / _OFD, *inputs).stdout)
    assert _run("verify", samples_dir / _OFD, *inputs, *signing[:2]).exit_code == 3


def test_what_is_no_token_or_no_key_is_told(samples_dir: Path, tmp_path: Path) -> None:
    token, key = tmp_path / "token", tmp_path / "key.json"
    token.write_text("no.token")
    key.write_text("[]")
    assert _run("token", "verify", token, samples_dir / _OFD, "--key", key).exit_code == 3
    key.write_text('{"kty": "EC"}')
    assert _run("token", "verify", token, samples_dir / _OFD, "--key", key).exit_code == 1
