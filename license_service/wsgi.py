"""The WSGI entry point: the only module that works at import time."""

import os

from license_service.api.app import create_app
from license_service.bootstrap import build
from license_service.console import console_pages
from license_service.settings import read_settings

_services = build(read_settings(os.environ)).services
app = create_app(_services, pages=(console_pages(_services.matters),))
