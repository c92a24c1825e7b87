"""Whom an auditor believes: logs, witnesses, and how many of them must have seen a checkpoint.

The auditor keeps this file; it never comes with what it judges.
Clause: c2sp.org/tlog-policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from license_service.audit.checkpoint import Checkpoint, checkpoint_of
from license_service.audit.errors import AuditError
from license_service.audit.note import COSIGNATURE, NoteVerifier, Sm2Check, read_note

_NONE = "none"
_MOST_GROUPS, _MOST_WITNESSES = 64, 60
"""The format asks for 32. Groups nest, so their number bounds depth; a note holds 64 signatures."""
_COUNT = re.compile("[1-9][0-9]{0,3}")
_CONTROL = re.compile("[^\t\n -~\x80-\U0010ffff]")


@dataclass(frozen=True)
class Group:
    """Ask that `needed` of the members have witnessed."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Witness:
    """Name a witness by its key, and where it answers."""

    verifier: NoteVerifier
    url: str


@dataclass(frozen=True)
class TrustPolicy:
    """Hold a policy; names of witnesses and groups share one space."""

    logs: tuple[NoteVerifier, ...]
    witnesses: Mapping[str, Witness] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = _NONE

    def open(self, note: str) -> Checkpoint:
        """Return a checkpoint that a listed log signed and enough witnesses cosigned.

        Raises:
            AuditError: as `read_note` and `checkpoint_of`, or `QUORUM_MISSING`.
        """
        opened = read_note(note, [*self.logs, *(witness.verifier for witness in self.witnesses.values())])
        checkpoint = checkpoint_of(opened)
        if not self.is_quorum(opened.signers):
            raise AuditError("QUORUM_MISSING")
        return checkpoint

    def is_quorum(self, signers: Iterable[NoteVerifier]) -> bool:
        """Tell whether enough witnesses are among the signers."""
        return self.quorum == _NONE or self._has_witnessed(self.quorum, frozenset(signers))

    def _has_witnessed(self, name: str, signers: frozenset[NoteVerifier]) -> bool:
        if name in self.witnesses:
            return self.witnesses[name].verifier in signers
        group = self.groups[name]
        return sum(self._has_witnessed(member, signers) for member in group.members) >= group.needed


def trusting(logs: Sequence[NoteVerifier]) -> TrustPolicy:
    """Return the policy that believes these logs and asks for no witness."""
    return TrustPolicy(tuple(logs))


def parse_policy(text: str, sm2: Sm2Check | None = None) -> TrustPolicy:
    """Read a policy.

    Raises:
        AuditError: `POLICY_MALFORMED`, or `KEY_MALFORMED` for one of its keys.
    """
    if _CONTROL.search(text):
        raise AuditError("POLICY_MALFORMED", "control characters")
    reader = _Reader(sm2)
    for number, line in enumerate(text.split("\n"), 1):
        words = re.split("[ \t]+", line.strip(" \t"))
        if words != [""] and not words[0].startswith("#"):
            reader.take(number, words)
    return reader.policy()


def policy_lines(policy: TrustPolicy) -> list[str]:
    """Write a policy's lines, without URLs: an auditor asks nobody."""
    logs = [f"log {verifier}" for verifier in policy.logs]
    witnesses = [f"witness {name} {witness.verifier}" for name, witness in policy.witnesses.items()]
    groups = [f"group {name} {g.needed} {' '.join(g.members)}" for name, g in policy.groups.items()]
    return [*logs, *witnesses, *groups, f"quorum {policy.quorum}"]


class _Reader:
    def __init__(self, sm2: Sm2Check | None) -> None:
        self._sm2 = sm2
        self._logs: list[NoteVerifier] = []
        self._witnesses: dict[str, Witness] = {}
        self._groups: dict[str, Group] = {}
        self._members: set[str] = set()
        self._quorums: list[str] = []

    def take(self, number: int, words: Sequence[str]) -> None:
        try:
            self._take(words)
        except (ValueError, KeyError) as error:
            raise AuditError("POLICY_MALFORMED", f"line {number}") from error

    def policy(self) -> TrustPolicy:
        if len(self._quorums) != 1:
            raise AuditError("POLICY_MALFORMED", "exactly one quorum")
        return TrustPolicy(tuple(self._logs), self._witnesses, self._groups, self._quorums[0])

    def _take(self, words: Sequence[str]) -> None:
        match words:
            case ["log", key] | ["log", key, _]:
                self._log(NoteVerifier.parse(key, self._sm2))
            case ["witness", name, key]:
                self._witness(name, Witness(NoteVerifier.parse(key), ""))
            case ["witness", name, key, url]:
                self._witness(name, Witness(NoteVerifier.parse(key), url))
            case ["group", name, needed, *members]:
                self._group(name, needed, tuple(members))
            case ["quorum", name]:
                self._require_known([] if name == _NONE else [name])
                self._quorums.append(name)
            case _:
                raise ValueError("no such line")

    def _log(self, verifier: NoteVerifier) -> None:
        known = {log.public_key for log in self._logs}
        if verifier.kind == COSIGNATURE or verifier.public_key in known:
            raise ValueError("not a new log")
        self._logs.append(verifier)

    def _witness(self, name: str, witness: Witness) -> None:
        known = {other.verifier.public_key for other in self._witnesses.values()}
        if witness.verifier.kind != COSIGNATURE or witness.verifier.public_key in known:
            raise ValueError("not a new witness")
        if len(self._witnesses) >= _MOST_WITNESSES:
            raise ValueError("too many witnesses")
        self._require_new(name)
        self._witnesses[name] = witness

    def _group(self, name: str, needed: str, members: tuple[str, ...]) -> None:
        self._require_new(name)
        self._require_known(members)
        if len(set(members)) != len(members) or self._members & set(members):
            raise ValueError("a member counts once")
        count = {"any": "1", "all": str(len(members))}.get(needed, needed)
        if not _COUNT.fullmatch(count) or int(count) > len(members):
            raise ValueError("more needed than there are")
        if len(self._groups) >= _MOST_GROUPS:
            raise ValueError("too many groups")
        self._members.update(members)
        self._groups[name] = Group(int(count), members)

    def _require_new(self, name: str) -> None:
        if name == _NONE or name in self._witnesses or name in self._groups:
            raise ValueError("the name is taken")

    def _require_known(self, names: Iterable[str]) -> None:
        if not all(name in self._witnesses or name in self._groups for name in names):
            raise ValueError("no such witness or group")
