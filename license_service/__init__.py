"""Verify signed electronic licenses, follow up what is promised, and prove it all."""
