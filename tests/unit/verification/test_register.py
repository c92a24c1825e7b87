"""A register decides on a license whose signature is perfect; where it must speak, silence is not good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_service.adapters.trust_files import load_evidence
from license_service.demo import people
from license_service.verification.evidence import Evidence
from license_service.verification.policy import RegisterRule, VerificationPolicy, parse_policy
from license_service.verification.presentation import Presentation
from license_service.verification.register import (
    RegisterEntry,
    RegisterField,
    Silence,
    read_fields,
    read_register_entry,
)
from license_service.verification.report import Check, CheckName, LicenseMetadata, VerificationReport
from license_service.verification.status import LicenseStatus
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_IDENTIFIER = people.license_identifier(people.HEALTH_CERTIFICATE, people.HEALTH_CENTER, "999900000000002")
_NEXT = _IDENTIFIER[:-5] + "002.X"
_VALID = ("TOTAL_PASSED", "OK")
_UNKNOWN = ("INDETERMINATE", "STATUS_UNKNOWN")
_ASKS = f'register_required = [{{ license_types = ["{people.HEALTH_CERTIFICATE}"], issuers = ["*"] }}]'

State = Callable[..., tuple[str, str]]
Judge = Callable[..., VerificationReport]


@pytest.fixture(scope="session")
def requiring(policy: VerificationPolicy) -> VerificationPolicy:
    return parse_policy(policy.text.replace("register_required = []", _ASKS))


@pytest.fixture(scope="session")
def license_(judge: Judge, samples_dir: Path) -> LicenseMetadata:
    found = judge((samples_dir / "genuine/health-certificate.pdf").read_bytes()).license
    assert found is not None
    assert found.identifier == _IDENTIFIER
    return found


@pytest.fixture(scope="session")
def report_of(
    requiring: VerificationPolicy, trust: TrustStore, evidence: Evidence, now: datetime, samples_dir: Path
) -> Judge:
    def call(
        *entries: RegisterEntry | bytes,
        copy: str = "genuine",
        policy: VerificationPolicy = requiring,
        file: str = "health-certificate.pdf",
        presentation: Presentation = Presentation(),  # noqa: B008 - immutable
    ) -> VerificationReport:
        held = tuple(entry if isinstance(entry, bytes) else entry.to_bytes() for entry in entries)
        document = (samples_dir / copy / file).read_bytes()
        return verify(document, policy, trust, replace(evidence, register_entries=held), now, presentation)

    return call


@pytest.fixture(scope="session")
def state(report_of: Judge) -> State:
    """Return one call that answers indication and code of the status check for what a register says."""

    def call(*entries: RegisterEntry | bytes) -> tuple[str, str]:
        report = report_of(*entries)
        check = _check(report)
        assert check is not None
        assert report.codes() in ((), (check.code,))
        return report.indication.value, check.code

    return call


@pytest.fixture
def entry(now: datetime) -> RegisterEntry:
    return RegisterEntry(_IDENTIFIER, "county", now - timedelta(hours=1), LicenseStatus.VALID)


def _check(report: VerificationReport) -> Check | None:
    return report.signatures[0].check(CheckName.LICENSE_STATUS)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (LicenseStatus.VALID, _VALID),
        (LicenseStatus.SUSPENDED, ("TOTAL_FAILED", "LICENSE_SUSPENDED")),
        (LicenseStatus.ANNULLED, ("TOTAL_FAILED", "LICENSE_ANNULLED")),
        (LicenseStatus.REVOKED, ("TOTAL_FAILED", "LICENSE_REVOKED")),
        (LicenseStatus.CANCELED, ("TOTAL_FAILED", "LICENSE_CANCELED")),
        (LicenseStatus.EXPIRED, ("TOTAL_FAILED", "LICENSE_STATUS_EXPIRED")),
        (LicenseStatus.CHANGED, ("TOTAL_FAILED", "LICENSE_SUPERSEDED")),
        (LicenseStatus.TRANSFERRED, ("TOTAL_FAILED", "LICENSE_TRANSFERRED")),
        (LicenseStatus.UNKNOWN, _UNKNOWN),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_register_says(
    status: LicenseStatus, expected: tuple[str, str], state: State, entry: RegisterEntry
) -> None:
    assert state(replace(entry, status=status)) == expected


def test_every_status_is_in_the_table_above() -> None:
    (marked,) = test_what_the_register_says.pytestmark  # type: ignore[attr-defined]  # what pytest adds
    assert [status for status, _ in marked.args[1]] == list(LicenseStatus)


def test_an_old_version_is_refused_though_its_signature_is_perfect(
    state: State, report_of: Judge, entry: RegisterEntry
) -> None:
    assert state(replace(entry, current=_IDENTIFIER)) == _VALID
    superseded = replace(entry, current=_NEXT)
    assert state(superseded) == ("TOTAL_FAILED", "LICENSE_SUPERSEDED")
    check = _check(report_of(superseded))
    assert check is not None
    assert check.detail["current"] == _NEXT
    revoked = replace(superseded, status=LicenseStatus.REVOKED)
    assert state(revoked) == ("TOTAL_FAILED", "LICENSE_REVOKED")


@pytest.mark.parametrize("name", RegisterField)
def test_a_field_that_differs_is_named_and_not_told(
    name: RegisterField, state: State, report_of: Judge, entry: RegisterEntry, license_: LicenseMetadata
) -> None:
    assert license_.valid_until is not None
    same = {
        "holder_id": people.LEGAL_PERSON.id.lower(),
        "number": license_.number,
        "issuer_code": license_.issuer_code,
        "valid_until": license_.valid_until.strftime("%Y%m%d"),
    }
    other = {
        "holder_id": people.OTHER_PERSON.id,
        "number": "999900000000009",
        "issuer_code": people.FIRE_BRIGADE.id,
        "valid_until": "长期",
    }
    assert state(replace(entry, fields=read_fields(same))) == _VALID
    differs = replace(entry, fields=read_fields({**same, name: other[name]}))
    assert state(differs) == ("TOTAL_FAILED", "REGISTER_FIELDS_DIFFER")
    check = _check(report_of(differs))
    assert check is not None
    assert check.detail["fields"] == [name]
    assert other[name] not in str(check.detail)


def test_a_field_that_either_side_leaves_out_is_not_compared(state: State, entry: RegisterEntry) -> None:
    assert state(replace(entry, fields=read_fields({"holder_id": "", "number": []}))) == _VALID


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(days=1), _VALID),
        (timedelta(days=1, seconds=1), _UNKNOWN),
        (-timedelta(seconds=300), _VALID),
        (-timedelta(seconds=301), _UNKNOWN),
    ],
    ids=["oldest", "too-old", "clocks-differ", "from-the-future"],
)
def test_what_was_said_counts_for_its_time(
    age: timedelta, expected: tuple[str, str], state: State, entry: RegisterEntry, now: datetime
) -> None:
    assert state(replace(entry, as_of=now - age)) == expected


def test_silence_where_the_policy_wants_an_answer_is_undetermined(
    state: State, report_of: Judge, entry: RegisterEntry
) -> None:
    assert state() == _UNKNOWN
    assert state(replace(entry, identifier=_NEXT)) == _UNKNOWN
    assert state(b"", b"{}", entry.to_bytes()[:-1]) == _UNKNOWN
    for reason in Silence:
        silent = replace(entry, status=LicenseStatus.UNKNOWN, reason=reason)
        assert state(silent) == _UNKNOWN
        check = _check(report_of(silent))
        assert check is not None
        assert check.detail["reason"] == reason
    assert report_of().sub_indication == "TRY_LATER"


def test_the_newest_answer_counts_and_an_unreachable_register_said_nothing(
    state: State, entry: RegisterEntry
) -> None:
    newer = entry.as_of + timedelta(minutes=1)
    for status, expected in ((LicenseStatus.REVOKED, "LICENSE_REVOKED"), (LicenseStatus.VALID, "OK")):
        assert state(entry, replace(entry, as_of=newer, status=status))[1] == expected
    silent = replace(entry, as_of=newer, status=LicenseStatus.UNKNOWN, reason=Silence.UNREACHABLE)
    assert state(entry, silent) == _VALID
    assert state(entry, replace(silent, reason=Silence.NOT_KNOWN)) == _UNKNOWN
    assert state(entry, replace(entry, status=LicenseStatus.REVOKED))[1] == "LICENSE_REVOKED"


def test_where_no_answer_is_wanted_none_is_missed_and_one_still_counts(
    report_of: Judge, policy: VerificationPolicy, entry: RegisterEntry
) -> None:
    assert _check(report_of(policy=policy)) is None
    assert _check(report_of(file="legal-person-id.jws")) is None
    revoked = replace(entry, status=LicenseStatus.REVOKED)
    assert report_of(revoked, policy=policy).codes() == ("LICENSE_REVOKED",)


def test_a_register_is_asked_only_where_all_else_holds(report_of: Judge, entry: RegisterEntry) -> None:
    def asked(*entries: RegisterEntry, copy: str = "genuine") -> str:
        return report_of(*entries, copy=copy).signatures[0].unknown_status

    assert asked() == _IDENTIFIER
    assert asked(entry) == ""
    assert asked(replace(entry, status=LicenseStatus.REVOKED)) == ""
    assert asked(replace(entry, status=LicenseStatus.UNKNOWN, reason=Silence.UNREACHABLE)) == _IDENTIFIER
    assert {asked(copy=copy) for copy in ("altered", "expired", "revoked", "self-made-ca")} == {""}


@pytest.mark.parametrize(
    ("types", "issuers", "expected"),
    [
        (("*",), ("*",), True),
        (("T1",), ("*",), True),
        (("*",), ("I1",), True),
        (("T?",), ("I*",), True),
        (("T2",), ("*",), False),
        (("*",), ("I2",), False),
    ],
)
def test_a_rule_names_licenses_by_type_and_issuer(
    types: tuple[str, ...], issuers: tuple[str, ...], expected: bool
) -> None:
    rule = RegisterRule(frozenset(types), frozenset(issuers))
    assert rule.names("T1", "I1") is expected
    # What a license does not state excuses it from no rule.
    assert rule.names("", "")


def test_an_entry_is_kept_in_these_very_bytes() -> None:
    entry = RegisterEntry(
        "1.2", "county", datetime(2026, 3, 2, 1, tzinfo=UTC), LicenseStatus.VALID, "", "1.3",
        {RegisterField.NUMBER: ("7",)},
    )  # fmt: skip
    assert entry.to_bytes() == (
        b'{"as_of":"2026-03-02T01:00:00Z","current":"1.3","fields":{"number":["7"]},"identifier":"1.2",'
        b'"reason":"","source":"county","status":"valid","tag":"license-service/register-entry/v1"}'
    )


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(
    st.builds(
        RegisterEntry,
        _TEXT,
        _TEXT,
        st.datetimes(datetime(1970, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
            lambda moment: moment.replace(microsecond=0)
        ),
        st.sampled_from(LicenseStatus),
        _TEXT,
        _TEXT,
        st.dictionaries(st.just("number"), _TEXT).map(read_fields),
    )
)
def test_an_entry_is_read_back(entry: RegisterEntry) -> None:
    assert read_register_entry(entry.to_bytes()) == entry


@given(st.binary(max_size=40))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="entry"):
        read_register_entry(data)


@pytest.mark.parametrize(
    "change",
    [
        (b"entry/v1", b"entry/v2"),
        (b'"valid"', b'"fine"'),
        (b'"as_of":"2', b'"as_of":"x2'),
        (b'"reason":""', b'"reason":"","surprise":1'),
        (b'"reason":""', b'"reason":[]'),
        (b'"current":""', b'"current":1'),
        (b'"fields":{}', b'"fields":{"valid_until":"soon"}'),
        (b'"fields":{}', b'"fields":{"number":7}'),
        (b'"fields":{}', b'"fields":{"color":"7"}'),
        (b'"fields":{}', b'"fields":[]'),
    ],
)
def test_an_entry_with_one_change_is_refused(change: tuple[bytes, bytes], entry: RegisterEntry) -> None:
    data = entry.to_bytes()
    assert change[0] in data
    read_register_entry(data)
    with pytest.raises(ValueError, match=r"\w"):
        read_register_entry(data.replace(*change))


def test_an_entry_lies_in_the_evidence_folder(tmp_path: Path, entry: RegisterEntry) -> None:
    (tmp_path / "license.register").write_bytes(entry.to_bytes())
    assert load_evidence(tmp_path).register_entries == (entry.to_bytes(),)
    assert load_evidence(tmp_path).digest != Evidence().digest
