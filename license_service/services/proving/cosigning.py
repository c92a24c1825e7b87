"""Ask the witnesses for cosignatures on the last checkpoint, and publish what they give.

Nothing waits for them: a witness that is down, late or lying costs its own cosignature, and the quorum says
whether the rest are enough.
"""

from __future__ import annotations

from license_service.audit import log
from license_service.audit.errors import AuditError
from license_service.audit.note import read_note
from license_service.audit.policy import TrustPolicy, Witness
from license_service.audit.witness import Submission, format_submission, own_line, text_of
from license_service.services.outside import WitnessClient
from license_service.services.ports import LogPublication, Store
from license_service.services.proving.key_records import LogKey

_OK, _CONFLICT, _SERVER_ERROR = 200, 409, 500
_MOST_DIGITS = 20

DOWN, REFUSED, AHEAD, INVALID = "WITNESS_DOWN", "WITNESS_REFUSED", "WITNESS_AHEAD", "COSIGNATURE_INVALID"
"""Why a cosignature is missing; `WITNESS_AHEAD`: the witness has seen more of this log than we have."""


class CosigningService:
    """Collect cosignatures."""

    def __init__(
        self, store: Store, key: LogKey, policy: TrustPolicy, client: WitnessClient, published: LogPublication
    ) -> None:
        self._store = store
        self._key = key
        self.policy = policy
        self._client = client
        self._published = published

    def collect(self) -> int:
        """Ask every witness that has not cosigned the last checkpoint; return how many did."""
        with self._store.read() as tx:
            last, states = tx.last_checkpoint(), tx.witnesses()
        if last is None:
            return 0
        waiting = [name for name in self.policy.witnesses if states.get(name, (0, "")) != (last[0], "")]
        count = sum(self._collect(name, *last, states.get(name, (0, ""))[0]) for name in waiting)
        self._publish()
        return count

    def standing(self) -> dict[str, tuple[int, str]]:
        """Return the size each witness last cosigned, and why it did not since."""
        with self._store.read() as tx:
            return tx.witnesses()

    def _collect(self, name: str, size: int, note: str, old: int) -> bool:
        try:
            line = self._ask(self.policy.witnesses[name], size, note, old)
        except AuditError as error:
            with self._store.begin() as tx:
                tx.set_witness(name, old, error.code)
            return False
        self._keep(name, size, line)
        return True

    def _ask(self, witness: Witness, size: int, note: str, old: int) -> str:
        """Return the witness's line; where it is elsewhere than thought, prove from there, once.

        Raises:
            AuditError: saying why there is none.
        """
        status, answer = self._submit(witness, size, note, min(old, size))
        if status == _CONFLICT:
            status, answer = self._submit(witness, size, note, _size_in(answer, size))
        if status != _OK:
            raise AuditError(DOWN if status == 0 or status >= _SERVER_ERROR else REFUSED)
        try:
            return own_line(text_of(note), answer.decode(), witness.verifier)
        except (AuditError, UnicodeDecodeError) as error:
            raise AuditError(INVALID) from error

    def _submit(self, witness: Witness, size: int, note: str, old: int) -> tuple[int, bytes]:
        with self._store.read() as tx:
            proof = log.consistency_proof(tx.hashes(), old, size) if old else []
        body = format_submission(Submission(old, tuple(proof), note))
        return self._client.submit(f"{witness.url.rstrip('/')}/add-checkpoint", body)

    def _keep(self, name: str, size: int, line: str) -> None:
        verifiers = [*self._key.verifiers(), *(w.verifier for w in self.policy.witnesses.values())]
        with self._store.begin() as tx:
            tx.lock_log()  # two processes may bring cosignatures at once
            before = tx.checkpoint_after(size - 1)
            if before is None or before[0] != size:
                return
            signers = read_note(before[1], verifiers).signers
            witness = self.policy.witnesses[name].verifier
            note = before[1] if witness in signers else before[1] + line
            tx.save_checkpoint(size, note, witnessed=self.policy.is_quorum({*signers, witness}))
            tx.set_witness(name, size, "")

    def _publish(self) -> None:
        with self._store.read() as tx:
            last = tx.last_checkpoint()
        if last is not None and last[1] != self._published.checkpoint():
            self._published.add_cosignatures(*last)


def _size_in(answer: bytes, size: int) -> int:
    digits = answer.removesuffix(b"\n")
    if not digits.isdigit() or len(digits) > _MOST_DIGITS:
        raise AuditError(REFUSED)
    if int(digits) > size:
        raise AuditError(AHEAD)
    return int(digits)
