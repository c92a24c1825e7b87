"""Cryptography: algorithm to verification, SM2, and certificate paths."""
