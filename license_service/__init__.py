"""Verify signed electronic licenses, follow up what is promised, and prove it all."""

__version__ = "0.1.0"
