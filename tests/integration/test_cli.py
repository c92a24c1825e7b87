"""The commands that operate the service, on a real database."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from license_service.cli import main
from license_service.clock import parse_instant
from license_service.services.caller import Scope
from license_service.settings import PREFIX, Settings

Run = Callable[..., Result]


_BODY = {
    "matter_code": "food-business-license-new",
    "applicant": {"name": "示例", "id": "91999900MADEM0AY10"},
}


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(settings).items()}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def call(*arguments: str, **changed: str) -> Result:
        settings = {f"{PREFIX}{name}": value for name, value in changed.items()}
        return CliRunner().invoke(main, arguments, env={**environment, **settings})

    return call


@pytest.fixture
def verified(api: Any, headers: dict[str, str]) -> dict[str, Any]:
    """Return the answer of a verification, whose event waits for the log."""
    answer = api.client.post("/v1/verifications", json={"document": ""}, headers=headers).json
    return dict(answer)


def _one_line(result: Result, code: str) -> None:
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {code}")
    assert result.stderr.count("\n") == 1


def test_a_key_that_was_created_opens_what_its_scopes_say(run: Run, api: Any) -> None:
    made = run("keys", "create", "--tenant", "county", "--name", "counter 3", "--scope", "matters:read")
    assert made.exit_code == 0
    headers = {"Authorization": f"Bearer {made.stdout.strip()}"}
    assert api.client.get("/v1/matters", headers=headers).status_code == 200
    assert api.client.post("/v1/verifications", headers=headers).json["code"] == "forbidden"


def test_a_key_that_was_revoked_opens_nothing_and_the_others_do(run: Run, api: Any) -> None:
    made = [
        run("keys", "create", "--tenant", "county", "--name", name, "--scope", "matters:read").stdout.strip()
        for name in ("leaked", "kept")
    ]
    rows = {row["name"]: row for row in _rows(run("keys", "issued"))}
    assert rows["leaked"].keys() == {"id", "tenant", "name", "scopes", "expires_at"}
    assert run("keys", "revoke", rows["leaked"]["id"]).exit_code == 0
    statuses = [
        api.client.get("/v1/matters", headers={"Authorization": f"Bearer {key}"}).status_code for key in made
    ]
    assert statuses == [401, 200]
    for identifier in (rows["leaked"]["id"], "0" * 16, made[1]):
        _one_line(run("keys", "revoke", identifier), "not_found")


@pytest.mark.parametrize("days", ["0", "-1", "366"])
def test_a_key_lives_for_a_year_at_most(run: Run, days: str) -> None:
    made = run("keys", "create", "--tenant", "t", "--name", "n", "--scope", "verify", "--days", days)
    _one_line(made, "request_invalid")


@pytest.mark.parametrize(
    "arguments",
    [
        ("keys", "create", "--tenant", "t", "--name", "n"),
        ("keys", "create", "--tenant", "t", "--name", "n", "--scope", "everything"),
        ("keys", "create", "--tenant", "t", "--name", "n", "--scope", "verify", "--days", "ten"),
        ("keys", "destroy"),
        ("followups", "retry"),
        ("followups", "list", "--state", "lost"),
        ("webhooks", "add", "https://approval.example/hook"),
        ("nonsense",),
        ("--nonsense",),
    ],
)
def test_wrong_usage_exits_3(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 3


def test_follow_ups_are_listed_run_and_revived(
    run: Run, api: Any, headers: dict[str, str], environment: dict[str, str]
) -> None:
    """A webhook to a host nobody listed is due at once, fails, and is dead when its attempts are spent."""
    added = json.loads(run("webhooks", "add", "--tenant", "county", "http://127.0.0.1:9/hook").stdout)
    assert api.open_case(_BODY, headers, "k1").status_code == 201

    (row,) = _rows(run("followups", "list", "--state", "open"))
    assert parse_instant(row["due_at"]) <= parse_instant(row["next_at"])
    assert (row["kind"], row["subject"].split(":")[0], row["tenant"]) == (
        "webhook_delivery",
        added["id"],
        "county",
    )
    assert _rows(run("followups", "list", "--tenant", "elsewhere")) == []

    assert run("followups", "run").exit_code == 0
    (row,) = _rows(run("followups", "list"))
    assert (row["attempts"], row["last_error"], row["state"]) == (1, "WEBHOOK_STATUS_0", "open")

    _one_line(run("followups", "retry", row["id"]), "no dead follow-up")
    with sa.create_engine(environment[f"{PREFIX}DATABASE_URL"]).begin() as connection:
        connection.execute(sa.text("UPDATE follow_up SET state = 'dead', attempts = 10"))
    assert run("followups", "retry", row["id"]).exit_code == 0
    (row,) = _rows(run("followups", "list", "--state", "open"))
    assert row["attempts"] == 0


def _rows(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_an_endpoint_that_was_added_shows_its_secret_once(run: Run, api: Any) -> None:
    added = run("webhooks", "add", "--tenant", "county", "https://approval.example/hook")
    endpoint = json.loads(added.stdout)
    assert endpoint.keys() == {"id", "url", "secret"}
    assert endpoint["secret"].startswith("whsec_")
    assert api.app.services.webhooks.add_endpoint("county", "https://b.example").secret != endpoint["secret"]


def test_endpoints_are_listed_without_secrets_and_removed(
    run: Run, api: Any, headers: dict[str, str]
) -> None:
    kept, gone = (
        json.loads(run("webhooks", "add", "--tenant", "county", f"http://127.0.0.1:9/{name}").stdout)
        for name in ("kept", "gone")
    )
    run("webhooks", "rotate", kept["id"])
    assert run("webhooks", "remove", gone["id"]).exit_code == 0
    listed = run("webhooks", "list")
    rows = [(row["id"], row["url"], row["enabled"], row["secrets"]) for row in _rows(listed)]
    assert rows == [(gone["id"], gone["url"], False, 1), (kept["id"], kept["url"], True, 2)]
    assert "whsec" not in listed.stdout
    assert api.open_case(_BODY, headers, "k1").status_code == 201
    assert {row["subject"].split(":")[0] for row in _rows(run("followups", "list"))} == {kept["id"]}
    _one_line(run("webhooks", "remove", gone["id"]), "not_found")


def test_the_log_is_exported_when_it_has_been_signed(
    run: Run, verified: dict[str, Any], tmp_path: Path
) -> None:
    _one_line(run("log", "export"), "receipt_pending")
    ran = run("followups", "run")
    assert ran.exit_code == 0
    lines = run("log", "export").stdout.splitlines()
    assert len(lines) == 3
    assert json.loads(lines[0])["format"] == "license-service/log-export/v1"
    file = tmp_path / "log.jsonl"
    assert run("log", "export", "--out", str(file)).exit_code == 0
    assert file.read_text(encoding="utf-8").splitlines() == lines
    assert verified["event_id"].encode() in base64.b64decode(json.loads(lines[1])["entry"])


def test_the_key_of_the_log_is_the_one_the_api_gives(run: Run, api: Any) -> None:
    assert run("log", "key").stdout == api.client.get("/v1/log/key").text


def test_a_log_that_diverged_is_told_in_one_line(
    run: Run, api: Any, headers: dict[str, str], verified: dict[str, Any], environment: dict[str, str]
) -> None:
    assert verified["event_id"]
    assert run("followups", "run").exit_code == 0
    with sa.create_engine(environment[f"{PREFIX}DATABASE_URL"]).begin() as connection:
        connection.execute(sa.update(sa.table("log_node", sa.column("hash"))).values(hash=bytes(32)))
    api.client.post("/v1/verifications", json={"document": ""}, headers=headers)
    _one_line(run("followups", "run"), "LOG_DIVERGED")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("SURPRISE", "1"),
        ("SWEEP_SECONDS", "soon"),
        ("SWEEP_SECONDS", "nan"),
        ("SWEEP_SECONDS", "0"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://u:secret@h/db"),
        ("REDIS_URL", "nonsense"),
        ("DATA_SOURCES", "nonsense"),
        ("CATALOGUE_DIR", "nowhere"),
        ("POLICY_FILE", "nowhere"),
        ("TRUST_DIR", "nowhere"),
        ("PRIVATE_DIR", "README.md"),
        ("LOG_ORIGIN", "two words"),
        ("LOG_ORIGIN", ""),
        ("LOG_ORIGIN", "a+b"),
    ],
)
def test_a_setting_that_is_not_usable_is_told_in_one_line(run: Run, setting: str, value: str) -> None:
    told = run("log", "key", **{setting: value})
    _one_line(told, "configuration_invalid")
    assert "secret" not in told.output


def test_a_database_that_does_not_answer_is_told_in_one_line(run: Run, tmp_path: Path) -> None:
    told = run("followups", "list", DATABASE_URL=f"postgresql+psycopg://u:secret@/db?host={tmp_path}")
    _one_line(told, "store_unavailable")
    assert "secret" not in told.output


def test_every_scope_can_be_given(run: Run) -> None:
    scopes = [part for scope in Scope for part in ("--scope", scope.value)]
    assert run("keys", "create", "--tenant", "t", "--name", "n", *scopes).exit_code == 0
