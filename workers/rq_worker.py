"""The process that answers the doorbell.

It is a module of its own because a spawned child cannot find functions of `workers.__main__`.
"""

from __future__ import annotations

import redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from license_service.adapters.doorbell_rq import QUEUE
from license_service.adapters.embedded_redis import die_with_parent

_WORKER_TTL = 30


def run_rq_worker(url: str) -> None:
    """Run jobs from Redis until terminated, or until the sweeper's process dies."""
    die_with_parent()
    connection = redis.Redis.from_url(url)
    queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)
    worker = SimpleWorker([queue], connection=connection, serializer=JSONSerializer, worker_ttl=_WORKER_TTL)
    worker.work(logging_level="WARNING")
