"""Formats: each turns bytes into a `ParsedDocument` and judges nothing; none knows another."""
