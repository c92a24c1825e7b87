"""The contract of what is kept in files: the log's key, evidence, and a clock that is moved from outside."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from license_service.adapters.clock_file import FileClock
from license_service.adapters.evidence_files import EvidenceFolder
from license_service.adapters.log_key_files import FileLogKey
from license_service.audit.note import open_note
from license_service.clock import SystemClock
from license_service.errors import ConfigurationError

_ORIGIN = "log.example/county"
_KEY = "import sys, pathlib; from license_service.adapters.log_key_files import FileLogKey; \
print(FileLogKey(pathlib.Path(sys.argv[1]), 'log.example/county').signer().verifier)"


def test_a_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    private = tmp_path / "deep" / "private"
    signer = FileLogKey(private, _ORIGIN).signer()
    assert open_note(signer.sign("text\n"), [signer.verifier]) == "text\n"
    assert FileLogKey(private, _ORIGIN).signer().verifier == signer.verifier
    assert [path.name for path in private.iterdir()] == ["log.key"]
    assert (private.stat().st_mode & 0o777, (private / "log.key").stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.parametrize(
    ("folder", "file", "refused"),
    [
        (0o700, 0o600, False),
        (0o700, 0o400, False),
        (0o700, 0o644, True),
        (0o700, 0o640, True),
        (0o700, 0o602, True),
        (0o755, 0o600, True),
        (0o750, 0o600, True),
        (0o701, 0o600, True),
    ],
)
def test_a_key_or_folder_open_to_others_is_refused(
    tmp_path: Path, folder: int, file: int, *, refused: bool
) -> None:
    private = tmp_path / "private"
    FileLogKey(private, _ORIGIN)
    (private / "log.key").chmod(file)
    private.chmod(folder)
    if refused:
        with pytest.raises(ConfigurationError):
            FileLogKey(private, _ORIGIN)
    else:
        FileLogKey(private, _ORIGIN)


def _pem_of_another_kind() -> bytes:
    return generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("content", [b"", b"no key", _pem_of_another_kind()], ids=["empty", "text", "P-256"])
def test_a_file_that_is_no_ed25519_key_is_refused(tmp_path: Path, content: bytes) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (private / "log.key").touch(mode=0o600)
    (private / "log.key").write_bytes(content)
    with pytest.raises(ConfigurationError):
        FileLogKey(private, _ORIGIN)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError):
        FileLogKey(tmp_path / "file" / "private", _ORIGIN)


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _KEY, str(tmp_path / "private")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    keys = {process.communicate(timeout=60)[0] for process in started}
    assert [process.returncode for process in started] == [0] * 4
    assert len(keys) == 1


def test_evidence_is_read_again_when_a_file_comes_changes_or_goes(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path)
    assert (folder().crls, folder().certificates) == ((), ())
    (tmp_path / "a.crl").write_bytes(b"one")
    (tmp_path / "a.cer").write_bytes(b"certificate")
    (tmp_path / "notes.txt").write_bytes(b"not evidence")
    assert (folder().crls, folder().certificates) == ((b"one",), (b"certificate",))
    (tmp_path / "a.crl").write_bytes(b"another")
    (tmp_path / "b.crl").write_bytes(b"two")
    assert folder().crls == (b"another", b"two")
    (tmp_path / "a.crl").unlink()
    assert folder().crls == (b"two",)
    assert folder() is folder()


def test_the_last_evidence_that_could_be_read_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.crl").write_bytes(b"one")
    folder = EvidenceFolder(tmp_path)
    (tmp_path / "a.crl").unlink()
    (tmp_path / "a.crl").mkdir()
    assert folder().crls == (b"one",)
    (tmp_path / "a.crl").rmdir()
    (tmp_path / "a.crl").symlink_to(tmp_path / "nowhere")
    assert folder().crls == (b"one",)
    (tmp_path / "nowhere").write_bytes(b"two")
    assert folder().crls == (b"two",)


def test_a_folder_that_is_not_there_holds_nothing_until_it_comes(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path / "evidence")
    assert folder().crls == ()
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "a.crl").write_bytes(b"one")
    assert folder().crls == (b"one",)
    shutil.rmtree(tmp_path / "evidence")
    assert folder().crls == ()


def test_evidence_that_cannot_be_read_at_start_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "a.crl").mkdir()
    with pytest.raises(ConfigurationError):
        EvidenceFolder(tmp_path)


@pytest.mark.parametrize(("text", "offset"), [("", 0.0), ("0", 0.0), ("86400", 86400.0), ("-3.5\n", -3.5)])
def test_a_clock_is_moved_by_its_file(tmp_path: Path, text: str, offset: float) -> None:
    path = tmp_path / "clock"
    clock = FileClock(path)
    assert abs(clock.now() - SystemClock().now()) < timedelta(seconds=5)
    path.write_text(text)
    assert abs(clock.now() - SystemClock().now() - timedelta(seconds=offset)) < timedelta(seconds=5)
    assert clock.now().utcoffset() == timedelta(0)


@pytest.mark.parametrize("text", ["soon", "nan", "inf", "1e300"])
def test_a_clock_file_that_holds_no_offset_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "clock"
    path.write_text(text)
    with pytest.raises(ConfigurationError):
        FileClock(path).now()
