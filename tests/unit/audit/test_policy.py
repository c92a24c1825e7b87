"""Policies of auditors: what is read, what is refused, and who is enough."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from license_service.audit.checkpoint import Checkpoint, format_checkpoint
from license_service.audit.errors import AuditError
from license_service.audit.note import Cosigner, NoteSigner
from license_service.audit.policy import parse_policy, policy_lines

ORIGIN = "log.example/test"
LOG = NoteSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
NAMES = ("X1", "X2", "X3", "Y1", "Y2")
WITNESSES = {
    name: Cosigner(f"{name}.example", Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)))
    for n, name in enumerate(NAMES)
}
TEXT = format_checkpoint(Checkpoint(ORIGIN, 1, bytes(32)))
LINES = [f"witness {name} {cosigner.verifier}" for name, cosigner in WITNESSES.items()]
# The published example of c2sp.org/tlog-policy, with one witness less.
POLICY = "\n".join(
    [
        "# whom we believe",
        f"log {LOG.verifier} https://log.example/",
        "",
        *LINES[:3],
        "group X-witnesses 2 X1 X2 X3",
        *(f"\t {line}  https://w.example/ " for line in LINES[3:]),
        "group Y-witnesses any Y1 Y2",
        "group X-and-Y all X-witnesses Y-witnesses",
        "quorum X-and-Y",
        "",
    ]
)


def _note(names: Sequence[str]) -> str:
    return LOG.sign(TEXT) + "".join(WITNESSES[name].cosign(TEXT, 1) for name in names)


def _refusal(text: str) -> str:
    with pytest.raises(AuditError) as refused:
        parse_policy(text)
    return refused.value.code


@pytest.mark.parametrize("names", [["X1", "X2", "Y1"], ["X3", "X2", "Y2"], list(NAMES)])
def test_enough_witnesses_open_a_checkpoint(names: list[str]) -> None:
    assert parse_policy(POLICY).open(_note(names)).size == 1


@pytest.mark.parametrize("names", [[], ["X1", "X2"], ["X1", "Y1", "Y2"], ["X1", "X1", "Y1"], ["Y1", "Y2"]])
def test_too_few_witnesses_do_not(names: list[str]) -> None:
    with pytest.raises(AuditError) as refused:
        parse_policy(POLICY).open(_note(names))
    assert refused.value.code == "QUORUM_MISSING"


def test_without_a_quorum_the_log_is_enough_and_a_witness_alone_is_not() -> None:
    policy = parse_policy(POLICY.replace("quorum X-and-Y", "quorum none"))
    assert policy.open(_note([])).size == 1
    alone = f"{TEXT}\n{WITNESSES['X1'].cosign(TEXT, 1)}"
    with pytest.raises(AuditError) as refused:
        policy.open(alone)
    assert refused.value.code == "CHECKPOINT_ORIGIN_UNKNOWN"


def test_urls_of_witnesses_are_kept() -> None:
    witnesses = parse_policy(POLICY).witnesses
    assert (witnesses["X1"].url, witnesses["Y1"].url) == ("", "https://w.example/")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("quorum X-and-Y\n", ""),
        ("quorum X-and-Y\n", "quorum X-and-Y\nquorum none\n"),
        ("quorum X-and-Y", "quorum Z"),
        ("quorum X-and-Y", "quorum"),
        ("quorum X-and-Y", "Quorum X-and-Y"),
        ("group Y-witnesses any Y1 Y2", "group Y-witnesses any"),
        ("group Y-witnesses any Y1 Y2", "group Y-witnesses 3 Y1 Y2"),
        ("group Y-witnesses any Y1 Y2", "group Y-witnesses 0 Y1 Y2"),
        ("group Y-witnesses any Y1 Y2", "group Y-witnesses 01 Y1 Y2"),
        ("group Y-witnesses any Y1 Y2", "group Y-witnesses ２ Y1 Y2"),
        ("group Y-witnesses any Y1 Y2", "group Y-witnesses some Y1 Y2"),
        ("group Y-witnesses any Y1 Y2", "group Y-witnesses any Y1 Y1"),
        ("group Y-witnesses any Y1 Y2", "group Y-witnesses any Y1 X1"),
        ("group Y-witnesses any Y1 Y2", "group Y-witnesses any Y1 none"),
        ("group Y-witnesses any Y1 Y2", "group Y-witnesses any Y1 X-and-Y"),
        ("group Y-witnesses", "group X-witnesses"),
        ("group Y-witnesses", "group none"),
        ("witness X2", "witness X1"),
        (LINES[1], LINES[0].replace("X1", "X2", 1)),
        (LINES[1], f"witness X2 {LOG.verifier}"),
        (f"log {LOG.verifier}", f"log {WITNESSES['X1'].verifier}"),
        ("# whom", f"log {LOG.verifier}\n# whom"),
        ("# whom", "# \x00whom"),
        ("# whom", "# whom\r"),
        ("# whom", "whom"),
    ],
)  # fmt: skip
def test_a_policy_that_differs_by_one_thing_is_refused(old: str, new: str) -> None:
    assert old in POLICY
    assert _refusal(POLICY.replace(old, new, 1)) == "POLICY_MALFORMED"


def test_groups_nest_as_deep_as_there_may_be_groups() -> None:
    def nested(depth: int) -> str:
        groups = [f"group g{n} all {f'g{n - 1}' if n else 'X1'}" for n in range(depth)]
        return "\n".join([f"log {LOG.verifier}", LINES[0], *groups, f"quorum g{depth - 1}"])

    assert parse_policy(nested(64)).open(_note(["X1"])).size == 1
    assert _refusal(nested(65)) == "POLICY_MALFORMED"


def test_there_are_no_more_witnesses_than_a_note_has_room_for() -> None:
    def of(count: int) -> str:
        keys = [Ed25519PrivateKey.from_private_bytes(n.to_bytes(32)) for n in range(count)]
        lines = [f"witness n{n} {Cosigner('w.example', key).verifier}" for n, key in enumerate(keys)]
        return "\n".join([*lines, "quorum none"])

    assert len(parse_policy(of(60)).witnesses) == 60
    assert _refusal(of(61)) == "POLICY_MALFORMED"


def test_a_policy_survives_text() -> None:
    policy = parse_policy(POLICY.replace("https://w.example/", ""))
    assert parse_policy("\n".join(policy_lines(policy))) == policy


def test_a_policy_with_a_broken_key_is_refused() -> None:
    assert _refusal(POLICY.replace("log log.example", "log lag.example")) == "KEY_MALFORMED"
