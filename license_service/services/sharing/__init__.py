"""Data of other authorities: asking for it, and the lists that say who shares what."""
