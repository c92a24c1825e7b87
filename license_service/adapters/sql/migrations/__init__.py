"""Migrations of the schema, shipped with the package."""
