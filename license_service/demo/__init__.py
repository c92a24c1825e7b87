"""A small PKI and issuer that make real signed files of invented holders, and the demonstration."""
