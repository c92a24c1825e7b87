"""The WSGI entry point: the only module that works at import time."""

import os

from license_service.adapters.crash_hook import take_crash_hook
from license_service.api.app import create_app
from license_service.bootstrap import build
from license_service.console import console_pages, paper_pages
from license_service.settings import read_settings

_hook = take_crash_hook(os.environ)
_services = build(read_settings(os.environ), _hook).services
_pages = (console_pages(_services.matters), paper_pages(_services.paper_checks))
app = create_app(_services, pages=_pages)
