"""Run the command as `python -m license_service.cli`."""

from license_service.cli import main

main()
