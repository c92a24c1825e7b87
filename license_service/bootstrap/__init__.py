"""Build the service from settings: the one place where ports meet adapters."""

from license_service.bootstrap.app import App, build

__all__ = ["App", "build"]
