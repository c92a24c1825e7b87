"""A receipt stays small in a log of a million entries."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from license_service.adapters.log_key_files import LibcryptoSigner
from license_service.audit import log
from license_service.audit.checkpoint import Checkpoint, format_checkpoint
from license_service.audit.entry import encode_entry
from license_service.audit.merkle import leaf_hash, node_hash
from license_service.audit.note import Cosigner, NoteSigner
from license_service.audit.policy import parse_policy
from license_service.audit.storage import HashStorage
from license_service.audit.verify import Receipt, format_receipt, verify_receipt
from license_service.verification.crypto import libcrypto

MILLION = 1_000_000
ORIGIN = "tlog.approval.county.example.gov.cn/license-service"
ENTRY = encode_entry({"id": "0" * 32, "kind": "case.accepted", "case": "c", "seq": 1})


class EqualLeaves(HashStorage):
    """Be the storage of a log whose leaves are all the same entry: each level has one hash."""

    def __init__(self) -> None:
        self._levels = [leaf_hash(ENTRY)]
        for _ in range(MILLION.bit_length()):
            self._levels.append(node_hash(self._levels[-1], self._levels[-1]))

    def read(self, level: int, _index: int) -> bytes:
        return self._levels[level]

    def write(self, level: int, index: int, value: bytes) -> None:
        raise NotImplementedError(f"{level}, {index}, {value!r}: nothing is appended here")


def test_with_two_cosignatures_and_an_sm2_line_it_is_at_most_2_kb() -> None:
    storage = EqualLeaves()
    sm2 = LibcryptoSigner(libcrypto.generate_sm2_key())
    signer = NoteSigner(ORIGIN, Ed25519PrivateKey.generate(), (sm2,))
    witnesses = [
        Cosigner(f"witness.audit-office-{n}.example.gov.cn", Ed25519PrivateKey.generate()) for n in range(2)
    ]
    text = format_checkpoint(Checkpoint(ORIGIN, MILLION, log.root(storage, MILLION)))
    note = signer.sign(text) + "".join(w.cosign(text, 1_767_225_600) for w in witnesses)
    proof = tuple(log.inclusion_proof(storage, 0, MILLION))
    receipt = format_receipt(Receipt(0, proof, note, b"0" * 32))
    policy = parse_policy(
        f"log {signer.verifier}\nwitness a {witnesses[0].verifier}\nwitness b {witnesses[1].verifier}\n"
        "group both all a b\nquorum both\n"
    )
    assert verify_receipt(receipt, ENTRY, policy).size == MILLION
    assert len(proof) == 20
    assert len(receipt.encode()) <= 2000
