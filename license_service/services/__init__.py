"""Use cases: what callers and workers do, over ports for all that is outside."""
