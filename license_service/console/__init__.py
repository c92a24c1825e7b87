"""Pages for people at the counter: what each matter asks for, and how each paper can be skipped."""

from license_service.console.pages import console_pages

__all__ = ["console_pages"]
