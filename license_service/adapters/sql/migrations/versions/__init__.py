"""One file a migration; expand first, contract a release later."""
