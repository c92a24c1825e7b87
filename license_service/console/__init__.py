"""Pages for people: what each matter asks for and how to skip it, and what a paper's code names."""

from license_service.console.pages import console_pages
from license_service.console.papers import paper_pages

__all__ = ["console_pages", "paper_pages"]
