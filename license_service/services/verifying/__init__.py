"""Verify documents, keep each verdict with what it rests on, show it, and compute it again."""
