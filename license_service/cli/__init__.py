"""The `license-service` command; one file a group."""

from __future__ import annotations

import click

from license_service import __version__
from license_service.cli.audit import audit
from license_service.cli.demo import demo
from license_service.cli.followups import followups
from license_service.cli.keys import keys
from license_service.cli.log import log
from license_service.cli.matters import matters
from license_service.cli.replay import replay
from license_service.cli.report import report
from license_service.cli.trust import trust
from license_service.cli.verify import verify
from license_service.cli.webhooks import webhooks
from license_service.cli.witness import witness


@click.group()
@click.version_option(__version__)
def main() -> None:
    """Verify signed electronic licenses, follow up what is promised, and prove it all."""


for command in (verify, report, replay, audit, demo, followups, keys, log, matters, trust, webhooks, witness):
    main.add_command(command)
