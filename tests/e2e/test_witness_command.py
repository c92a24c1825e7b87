"""A witness as another office runs it: a process of its own, over HTTP."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from socket import socket

import pytest

from license_service.audit.note import NoteVerifier, read_note
from license_service.audit.witness import Submission, format_submission
from tests.tamper.material import LOG, ReadableLog, entries

_CLI = [sys.executable, "-m", "license_service.cli", "witness"]
OURS = ReadableLog(entries(3), (3,), cosigners=())


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    port = _free_port()
    options = ["--name", "w.example", "--keys", tmp_path / "keys", "--db", tmp_path / "w.db"]
    options += ["--log", LOG.verifier, "--port", port]
    process = subprocess.Popen([*_CLI, "serve", *map(str, options)], stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}/add-checkpoint"
    finally:
        process.terminate()
        process.wait(20)


def _post(url: str, body: bytes) -> bytes:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body)) as answer:  # noqa: S310 - loopback
                return bytes(answer.read())
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def test_a_witness_process_cosigns_once_and_then_knows_the_log(url: str, tmp_path: Path) -> None:
    body = format_submission(Submission(0, (), OURS.notes[3]))
    line = _post(url, body).decode()
    options = ["key", "--name", "w.example", "--keys", str(tmp_path / "keys")]
    key = subprocess.run([*_CLI, *options], capture_output=True, text=True, check=True).stdout
    witness = NoteVerifier.parse(key)
    assert witness in read_note(OURS.notes[3] + line, [LOG.verifier, witness]).signers
    with pytest.raises(urllib.error.HTTPError, match="409") as refused:
        _post(url, body)
    assert refused.value.read() == b"3\n"


def test_a_key_that_is_none_stops_the_start(tmp_path: Path) -> None:
    options = ["serve", "--name", "w", "--keys", str(tmp_path / "keys"), "--db", str(tmp_path / "w.db")]
    done = subprocess.run([*_CLI, *options, "--log", "none"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.search("KEY_MALFORMED", done.stderr)


def _witness(keys: Path, *arguments: str) -> str:
    command, *rest = arguments
    options = ["--name", "w.example", "--keys", str(keys)]
    return subprocess.run(
        [*_CLI, command, *options, *rest], capture_output=True, text=True, check=True
    ).stdout


def test_a_witness_that_runs_cosigns_with_both_keys_until_the_old_one_is_retired(
    url: str, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    lines = [_post(url, format_submission(Submission(0, (), OURS.notes[3]))).decode()]
    again = format_submission(Submission(3, (), OURS.notes[3]))
    old = _witness(keys, "list").split(" ")[1]
    for command in (["rotate"], ["retire", old], ["destroy", old]):
        _witness(keys, *command)
        lines.append(_post(url, again).decode())
    told = [line.split(" ") for line in _witness(keys, "list").splitlines()]
    assert [row[2] for row in told] == ["destroyed", "active"]
    first, second = (NoteVerifier.parse(row[-1]) for row in told)
    signers = [read_note(OURS.notes[3] + line, [LOG.verifier, first, second]).signers for line in lines]
    assert [found - {LOG.verifier} for found in signers] == [{first}, {first, second}, {second}, {second}]
    assert _witness(keys, "key") == f"{second}\n"
