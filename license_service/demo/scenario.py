"""The main job end to end, over HTTP, on signed files made a moment ago.

Every step compares what came back with what must come back; the first difference ends the run.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from license_service.adapters.clock_file import FileClock
from license_service.clock import SystemClock, parse_instant
from license_service.demo.http_client import HttpClient, ServiceRefusedError
from license_service.demo.issuer import ExpectedVerdict, issue_all
from license_service.demo.neighbors import ApprovalSystem, FireSafetyRegister, Neighbor
from license_service.demo.people import COMPANY, LEGAL_PERSON
from license_service.demo.pki import create_pki, load_pki, save_pki
from license_service.demo.registers import SharedRegisters
from license_service.demo.screen import Screen
from license_service.demo.stack import Stack
from license_service.demo.stamping import TimestampOffice

_MATTER = "food-business-license-new"
_BUNDLE = "open-a-restaurant"
_PAPERS = ("articles", "floor-plan", "employee-list")
_TENANT = "demo-county"
_SCOPES = (
    *("verify", "matters:read", "cases:read", "cases:write", "audit:read"),
    *("credit:read", "credit:write", "license-uses:read", "erasures:write"),
)
_PATIENCE_SECONDS = 30.0


class DemoFailedError(Exception):
    """Report that something did not come out as it must."""


@dataclass(frozen=True)
class Stage:
    """Hold what the acts of the demonstration share."""

    directory: Path
    stack: Stack
    client: HttpClient
    approval: ApprovalSystem
    register: FireSafetyRegister
    webhook_secret: str
    verdicts: list[ExpectedVerdict]
    screen: Screen

    def license(self, name: str) -> dict[str, str]:
        """Return a genuine license as a document of a request."""
        data = (self.directory / "licenses" / "genuine" / name).read_bytes()
        return {"content": base64.b64encode(data).decode()}


def run_demo(directory: Path, redis_url: str) -> None:
    """Run every act in a fresh `directory`.

    Raises:
        DemoFailedError: if something did not come out as it must.
        ConfigurationError: if the service does not start.
    """
    began = time.monotonic()
    shutil.rmtree(directory, ignore_errors=True)
    screen = Screen()
    with ExitStack() as open_things:
        try:
            stage = _set_stage(directory, redis_url, screen, open_things)
            _verify_all(stage)
            case = _apply(stage)
            _follow_up(stage, case["id"])
            _supply(stage, case["id"])
            events = _prove(stage, case["id"])
            _do_all_at_once(stage)
        except ServiceRefusedError as error:
            raise DemoFailedError(str(error)) from error
    screen.step("小结", "Summary")
    screen.say(
        f"{len(stage.verdicts)} 份文件验证无误 files judged right; 2 份纸质材料免提交 papers skipped; "
        "1 项承诺已核查 promise checked; 1 项容缺已补齐 debt paid; 一件事 3 个事项 matters at once; "
        f"{len(stage.approval.received)} 次通知 webhooks; "
        f"{events} 份存证凭证离线核验 receipts verified offline; {time.monotonic() - began:.0f} s"
    )


def stay_up(directory: Path, port: int, redis_url: str) -> None:
    """Leave the service running; its data stays in `directory` for the next time."""
    screen = Screen()
    with ExitStack() as open_things:
        stage = _set_stage(directory, redis_url, screen, open_things, port)
        key, sample = _create_key(stage.stack), directory / "licenses/genuine/business-license.ofd"
        variables = stage.stack.save_environment(directory / "run" / "settings.sh")
        screen.say(
            f"\nAPI {stage.stack.url}   /console/   /openapi.json   /readyz\n"
            f"licenses in {directory / 'licenses'}\n\n"
            f"curl -H 'Authorization: Bearer {key}' \\\n"
            f"  -F file=@{sample} {stage.stack.url}/v1/verifications\n\n"
            f". {variables}   # then `license-service` works on this one: audit export, log check, keys\n"
        )
        stage.stack.wait()


def _set_stage(
    directory: Path, redis_url: str, screen: Screen, open_things: ExitStack, port: int = 0
) -> Stage:
    screen.step("制作演示密钥与证照", "Make keys and issue licenses")
    verdicts = _issue(directory)
    screen.say(f"{len(verdicts)} files in {directory / 'licenses'}")
    screen.step("启动 Redis、API、工作进程", "Start Redis, API and worker")
    approval, register = ApprovalSystem(), FireSafetyRegister()
    hall = open_things.enter_context(Neighbor(approval.respond))
    source = open_things.enter_context(Neighbor(register.respond))
    registers = open_things.enter_context(Neighbor(SharedRegisters().respond))
    settings = _settings(directory, hall.host, source.host)
    office = TimestampOffice(load_pki(directory / "keys"), FileClock(directory / "run" / "clock"))
    stamps = open_things.enter_context(Neighbor(office.respond))
    settings["LICENSE_SERVICE_STAMP_URL"] = f"http://{stamps.host}/"
    settings["LICENSE_SERVICE_STAMP_CERTIFICATES"] = office.save_certificates(directory / "run" / "tsa.pem")
    SharedRegisters.declare(Path(settings["LICENSE_SERVICE_DATA_SOURCES"]), registers.host)
    stack = open_things.enter_context(Stack(directory / "run", settings, redis_url, port))
    client = HttpClient(stack.url, _create_key(stack))
    added = json.loads(stack.run("webhooks", "add", "--tenant", _TENANT, f"http://{hall.host}/webhooks"))
    ready = client.get("/readyz")
    screen.say(f"{stack.url}  {ready['database']}  redis={ready['redis']}  SM2={ready['sm2_provider']}")
    return Stage(directory, stack, client, approval, register, added["secret"], verdicts, screen)


def _issue(directory: Path) -> list[ExpectedVerdict]:
    now = SystemClock().now()
    keys = directory / "keys"
    if not (keys / "private").exists():
        save_pki(create_pki(now), keys)
    return issue_all(load_pki(keys), directory / "licenses", now)


def _settings(directory: Path, webhook_host: str, source_host: str) -> dict[str, str]:
    metrics = directory / "run" / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True)
    values = {
        "database_url": f"sqlite:///{directory / 'run' / 'license-service.db'}",
        "environment": "test",
        "trust_dir": directory / "keys" / "trust",
        "evidence_dir": directory / "keys" / "evidence",
        "private_dir": directory / "run" / "private",
        "data_sources": FireSafetyRegister.declared(directory / "run" / "sources.toml", source_host),
        "webhook_hosts": webhook_host,
        "outgoing_networks": "127.0.0.0/8",
        "log_dir": directory / "run" / "log",
        "archive_dir": directory / "run" / "archive",
        "archive_documents": "yes",
        "stamp_minutes": 0.01,
        "sweep_seconds": 0.5,
        "clock_file": directory / "run" / "clock",
    }
    prefixed = {f"LICENSE_SERVICE_{name.upper()}": str(value) for name, value in values.items()}
    return {**prefixed, "PROMETHEUS_MULTIPROC_DIR": str(metrics)}


def _create_key(stack: Stack) -> str:
    scopes = [part for scope in _SCOPES for part in ("--scope", scope)]
    return stack.run("keys", "create", "--tenant", _TENANT, "--name", "approval system", *scopes)


def _verify_all(stage: Stage) -> None:
    stage.screen.step("验证真本与假本", "Verify the genuine files and their twins")
    rows = []
    for expected in stage.verdicts:
        data = (stage.directory / "licenses" / expected.file).read_bytes()
        body = {"document": base64.b64encode(data).decode(), "holder": expected.holder}
        answer = stage.client.post("/v1/verifications", body)
        codes, indication = answer["codes"], answer["report"]["indication"]
        _require(
            indication == expected.indication and (expected.code is None or expected.code in codes),
            f"{expected.file}: {indication} {codes}, expected {expected.indication} {expected.code}",
        )
        rows.append((expected.file.split("/")[1], expected.twin, indication, expected.code))
    stage.screen.verdicts(sorted(rows, key=lambda row: row[0]))


def _apply(stage: Stage) -> dict[str, Any]:
    stage.screen.step("申请食品经营许可", "Apply: two licenses, one promise, one debt")
    matter = stage.client.get(f"/v1/matters/{_MATTER}")
    guide = {material["code"]: material for material in matter["materials"]}
    promise = guide["premises-safety-statement"]["by_commitment"]["notice_digest"]
    plan = hashlib.sha256(b"floor plan").hexdigest()
    case = stage.client.post(
        "/v1/cases",
        {
            "matter_code": _MATTER,
            "applicant": {"name": COMPANY.name, "id": COMPANY.id},
            "legal_person": {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id},
            "documents": [stage.license("business-license.ofd"), stage.license("legal-person-id.jws")],
            "submitted": [{"material": "floor-plan", "sha256": plan, "file_name": "floor-plan.pdf"}],
            "commitments": [
                {
                    "material": "premises-safety-statement",
                    "notice_digest": promise,
                    "acknowledged_by": LEGAL_PERSON.name,
                }
            ],
            "deferrals": [{"material": "health-certificate", "acknowledged_by": LEGAL_PERSON.name}],
        },
    )
    stage.screen.materials(case, {code: material["name"] for code, material in guide.items()})
    outcomes = [finding["outcome"] for finding in case["materials"]]
    _require(outcomes == ["exempt", "exempt", "deferred", "committed", "submitted"], f"outcomes {outcomes}")
    return dict(case)


def _follow_up(stage: Stage, case_id: str) -> None:
    stage.screen.step("核查承诺，提醒容缺", "The worker checks the promise and reminds of the debt")
    _await(lambda: "commitment.checked" in _kinds(stage, case_id), "the promise was not checked")
    stage.screen.say(f"消防登记核查 register asked: {stage.register.asked}")
    debt = next(o for o in _case(stage, case_id)["obligations"] if o["kind"] == "deferral")
    moment = parse_instant(debt["due_at"]) - timedelta(days=1)
    offset = (moment - datetime.now(UTC)).total_seconds()
    (stage.directory / "run" / "clock").write_text(str(offset))
    stage.screen.say(f"时钟拨到 clock moved to {moment:%Y-%m-%d}; 截止 due on {debt['due_on']}")
    _await(lambda: "supplement.reminded" in _kinds(stage, case_id), "nobody was reminded")


def _supply(stage: Stage, case_id: str) -> None:
    stage.screen.step("补交健康证明，办结", "Supply the health certificate; the case closes")
    answer = stage.client.post(
        f"/v1/cases/{case_id}/supplements",
        {"material": "health-certificate", "document": stage.license("health-certificate.pdf")},
    )
    state = answer["case"]["state"]
    _require(state == "complete", f"the case is {state}")
    stage.screen.say(f"{case_id}: {state}")
    wanted = len(_kinds(stage, case_id))
    _await(lambda: len(stage.approval.received) >= wanted, "webhooks are missing")
    genuine = [webhook.is_signed_with(stage.webhook_secret) for webhook in stage.approval.received]
    _require(all(genuine), "a webhook's signature is wrong")
    stage.screen.say(f"{len(genuine)} 次通知签名正确 webhooks received, every signature right")


def _prove(stage: Stage, case_id: str) -> int:
    stage.screen.step("离线核验存证", "Verify every receipt and the whole log offline")
    proofs = stage.directory / "proofs"
    proofs.mkdir(exist_ok=True)
    key = proofs / "log.vkey"
    key.write_bytes(stage.client.get_bytes("/v1/log/key"))
    events = _timeline(stage, case_id)
    for event in events:
        receipt, entry = proofs / f"{event['id']}.receipt", proofs / f"{event['id']}.json"
        _await(partial(_save_receipt, stage, event["id"], receipt), "a receipt is missing")
        entry.write_bytes(stage.client.get_bytes(f"/v1/events/{event['id']}/entry"))
        stage.stack.run("audit", "verify-receipt", str(receipt), "--entry", str(entry), "--key", str(key))
    export = proofs / "log.jsonl"
    stage.stack.run("log", "export", "--out", str(export))
    stage.screen.say(stage.stack.run("audit", "verify-log", str(export), "--key", str(key)))
    policy, bundle = proofs / "policy", proofs / "case.tar"
    policy.write_text(stage.stack.run("log", "policy") + "\n")
    _await(lambda: stage.client.get("/readyz")["log"]["unanchored_seconds"] == 0, "the log is not stamped")
    stage.stack.run("audit", "export", "--case", case_id, "--out", str(bundle), "--inputs")
    asked = ("--policy", str(policy), "--tsa", str(stage.directory / "keys" / "private" / "tsa.cer"))
    stage.screen.say(stage.stack.run("audit", "verify", str(bundle), "--recompute", *asked))
    stage.screen.timeline(events)
    return len(events)


def _do_all_at_once(stage: Stage) -> None:
    stage.screen.step("开餐馆“一件事”：一次申请，三个事项", "One application, three matters")
    path, body = f"/v1/bundles/{_BUNDLE}", _bundle_application(stage)
    dry = stage.client.post(f"{path}/walkthroughs", body)["walkthrough"]
    answer = stage.client.post(f"{path}/applications", body)
    stage.screen.matters(answer)
    outcomes = [matter["outcome"] for matter in answer["matters"]]
    waiting = ["accepted", "waiting_for_result", "waiting_for_result"]
    _require(outcomes == waiting, f"outcomes {outcomes}")
    stage.screen.say("公司设立办结，提交营业执照 the company is founded; its license serves both")
    result = {
        "document": stage.license("business-license.ofd"),
        "applicant": {"name": COMPANY.name, "id": COMPANY.id},
    }
    done = stage.client.post(f"/v1/bundle-applications/{answer['id']}/results", result)
    stage.screen.matters(done)
    _require(done["outcome"] == "accepted", f"the bundle is {done['outcome']}")
    documents = len(done["documents"])
    _require(documents == len(body["documents"]) + 1, "a document was verified twice")
    now, before = dry["effort"], dry["ordinary"]
    stage.screen.say(
        f"证照验证 {documents} 次 documents verified; 材料 papers {now['papers']}，逐项办理 one by one "
        f"{before['papers']}; 跑腿 visits {now['trips']} / {before['trips']}"
    )
    _show_trace(stage, answer["matters"][0]["case"]["id"])


def _bundle_application(stage: Stage) -> dict[str, Any]:
    guide = stage.client.get(f"/v1/bundles/{_BUNDLE}")
    promises = [
        {
            "matter": rule["matter"],
            "material": material["code"],
            "notice_digest": rule["by_commitment"]["notice_digest"],
            "acknowledged_by": LEGAL_PERSON.name,
        }
        for material in guide["materials"]
        for rule in material["used_by"]
        if "by_commitment" in rule
    ]
    founder = {"name": LEGAL_PERSON.name, "id": LEGAL_PERSON.id}
    papers = [(name, hashlib.sha256(name.encode()).hexdigest()) for name in _PAPERS]
    return {
        "applicant": founder,
        "legal_person": founder,
        "documents": [stage.license("legal-person-id.jws"), stage.license("health-certificate.pdf")],
        "submitted": [
            {"material": name, "sha256": digest, "file_name": f"{name}.pdf"} for name, digest in papers
        ],
        "fields": {"prior_approval": False},
        "commitments": promises,
    }


def _show_trace(stage: Stage, case_id: str) -> None:
    steps = stage.client.get(f"/v1/cases/{case_id}/trace")["steps"]
    first = next(step for step in steps if step["kind"] == "case.assessed")
    skipped = [item for item in first["rule"]["materials"] if item["report"]]
    _require(bool(skipped), "the trace names no report")
    told = "; ".join(f"{item['material']} ← {item['report'][:8]} {item['basis']}" for item in skipped)
    stage.screen.say(f"倒推 trace: {' ← '.join(step['kind'] for step in steps)}\n  {told}")


def _save_receipt(stage: Stage, event_id: str, path: Path) -> bool:
    try:
        path.write_bytes(stage.client.get_bytes(f"/v1/events/{event_id}/receipt"))
    except ServiceRefusedError as error:
        if error.status == 409:  # noqa: PLR2004 - no checkpoint covers it yet
            return False
        raise
    return True


def _case(stage: Stage, case_id: str) -> dict[str, Any]:
    return dict(stage.client.get(f"/v1/cases/{case_id}"))


def _timeline(stage: Stage, case_id: str) -> list[dict[str, Any]]:
    return list(stage.client.get(f"/v1/cases/{case_id}/timeline")["events"])


def _kinds(stage: Stage, case_id: str) -> list[str]:
    return [event["kind"] for event in _timeline(stage, case_id)]


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise DemoFailedError(otherwise)


def _await(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        _require(time.monotonic() < deadline, f"{otherwise} after {_PATIENCE_SECONDS:.0f} s")
        time.sleep(0.1)  # polling workers over HTTP; bounded by the deadline
