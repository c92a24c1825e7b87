"""A tamper-evident log: RFC 9162 Merkle tree, C2SP checkpoints and receipts. Knows nothing of licenses."""
