"""Verify signed licenses: a pure function of document, policy, trust, evidence and time.

Opens no file, socket or environment variable.
"""
