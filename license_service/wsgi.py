"""The WSGI entry point: the only module that works at import time."""

import os

from license_service.api.app import create_app
from license_service.bootstrap import build
from license_service.settings import read_settings

app = create_app(build(read_settings(os.environ)).services)
