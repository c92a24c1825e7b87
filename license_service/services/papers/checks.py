"""Answer whoever holds the verification code of a paper: what it is, whether it holds, and the proofs."""

from __future__ import annotations

import base64
import json
from typing import Any

from license_service.audit.note import ED25519, read_note
from license_service.audit.verify import parse_receipt
from license_service.domain.paper import PaperKind, state_of
from license_service.domain.paper_code import read_code
from license_service.errors import NotFoundError, ReceiptPendingError
from license_service.services.cases.cases import load_case
from license_service.services.papers.papers import is_replaced
from license_service.services.papers.ports import PaperKey, StoredPaper
from license_service.services.ports import Store, Transaction
from license_service.services.proving.key_records import LogKey
from license_service.services.proving.proofs import receipt_of


class PaperCheckService:
    """Answer `GET /v1/papers/{code}` and its page: for everybody, since the paper was handed out."""

    def __init__(self, store: Store, key: PaperKey, log_key: LogKey) -> None:
        self._store = store
        self._key = key
        self._log_key = log_key

    def look_up(self, typed: str) -> dict[str, Any]:
        """Return what is signed about a paper, whether it still holds, and its proof in the log.

        What is no code at all is looked up too, so that its answer takes as long as that of an unknown one.

        Raises:
            NotFoundError: if no paper has the code; no reason is said.
        """
        with self._store.read() as tx:
            paper = tx.paper(read_code(typed) or "")
            if paper is None:
                raise NotFoundError("no paper has this code")
            case = load_case(tx, paper.tenant, paper.case_id).case
            replaced = is_replaced(paper, tx.papers_of(paper.tenant, paper.case_id))
            return {
                **_signed(paper),
                "state": state_of(PaperKind(paper.kind), case, replaced=replaced).value,
                "jws": paper.jws,
                "keys": self._key.public_keys(),
                "log": self._proof(tx, paper),
            }

    def _proof(self, tx: Transaction, paper: StoredPaper) -> dict[str, str] | None:
        """Return the entry that names the paper's digest and its receipt; None until one is ready."""
        event = tx.event(paper.tenant, paper.issued_event)
        if event is None:
            return None
        try:
            receipt = receipt_of(tx, event)
        except ReceiptPendingError:
            return None
        entry = base64.b64encode(event.entry).decode()
        return {"entry": entry, "receipt": receipt, "key": self._signed_by(receipt)}

    def _signed_by(self, receipt: str) -> str:
        """Return the key that signed the receipt's checkpoint: by now the log may have others."""
        keys = [key for key in self._log_key.verifiers() if key.kind == ED25519]
        signers = read_note(parse_receipt(receipt).note, keys).signers
        return next(str(key) for key in keys if key in signers)


def _signed(paper: StoredPaper) -> dict[str, Any]:
    payload = paper.jws.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
