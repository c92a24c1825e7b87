"""The catalogue as callers see it: matters, bundles, guides, and calendars by digest."""
