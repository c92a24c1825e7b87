"""Matters, assessments, cases, obligations and working days. Pure; standard library only."""
