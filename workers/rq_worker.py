"""The process that answers the doorbell.

It is a module of its own because a spawned child cannot find functions of `workers.__main__`.

Redis is not trusted: what is read from it can start one function of ours with one id, and nothing else.
Nor is it relied on: a job that is lost, or was left behind by a worker that died, is thrown away within
seconds. Its follow-up is a row, and the sweep runs it.
"""

from __future__ import annotations

import re
from typing import Any

from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import now
from rq.worker_registration import clean_worker_registry

from license_service.adapters.doorbell_rq import JOB, JOB_SECONDS, QUEUE
from license_service.adapters.embedded_redis import die_with_parent
from license_service.adapters.redis_client import connect_redis
from workers.jobs import run_follow_up

_WORKER_TTL = 20
_REAP_SECONDS = 5
_GRACE_SECONDS = 5
_ID = re.compile(r"[0-9a-f]{32}")


class FollowUpJob(Job):
    """Run a follow-up by its id, whatever else the job's hash in Redis says.

    RQ would import and call any function, callback or webhook that is named there.
    """

    success_callback = failure_callback = stopped_callback = None

    def perform(self) -> None:
        """Run the follow-up; refuse a job of any other shape."""
        if self.func_name != JOB or self.kwargs or len(self.args) != 1:
            raise ValueError("no job of ours")
        (identifier,) = self.args
        if not isinstance(identifier, str) or not _ID.fullmatch(identifier):
            raise ValueError("no id of a follow-up")
        run_follow_up(identifier)

    def send_webhooks(self, *_arguments: Any, **_named: Any) -> None:  # noqa: ANN401 - RQ's signature
        """Send nothing to anybody."""


class ShortLeaseWorker(SimpleWorker):
    """Hold a job not much longer than it may run, and throw away every few seconds what others left behind.

    By default RQ waits 60 s more, looks after its registries every ten minutes, and behind a lock that stays
    for a quarter of an hour when its holder dies.
    """

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:  # noqa: ARG002 - RQ's signature
        """Return for how many seconds a job counts as being run."""
        return JOB_SECONDS + _GRACE_SECONDS

    def run_maintenance_tasks(self) -> None:
        """Throw away jobs whose worker died; no lock, since doing so twice does no harm."""
        self.last_cleaned_at = now()  # type: ignore[assignment] # annotated as None there
        for queue in self.queues:
            _reap_started(queue)
            _reap_popped(queue)
            queue.failed_job_registry.cleanup()
            clean_worker_registry(queue)


def run_rq_worker(url: str) -> None:
    """Run jobs from Redis until terminated, or until the sweeper's process dies."""
    die_with_parent()
    follow_up_worker(connect_redis(url)).work(logging_level="WARNING")


def follow_up_worker(connection: Redis) -> ShortLeaseWorker:
    """Return a worker of the one queue."""
    queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer, job_class=FollowUpJob)
    return ShortLeaseWorker(
        [queue],
        connection=connection,
        serializer=JSONSerializer,
        job_class=FollowUpJob,
        worker_ttl=_WORKER_TTL,
        maintenance_interval=_REAP_SECONDS,
    )


def _reap_started(queue: Queue) -> None:
    """Drop jobs whose lease has ended."""
    registry = queue.started_job_registry
    for identifier in registry.get_expired_job_ids():
        queue.connection.delete(Job.key_for(identifier))
        queue.connection.zrem(registry.key, identifier)


def _reap_popped(queue: Queue) -> None:
    """Drop what was popped and never begun: jobs whose worker died in between, and bytes that are no job."""
    popped = queue.intermediate_queue
    for raw in queue.connection.lrange(popped.key, 0, -1):
        identifier = str(raw, errors="replace")  # type: ignore[arg-type] # bytes are what is there
        first_seen = popped.get_first_seen(identifier)
        if first_seen is None:
            popped.set_first_seen(identifier)
        elif (now() - first_seen).total_seconds() >= _GRACE_SECONDS:
            queue.connection.lrem(popped.key, 1, raw)  # type: ignore[arg-type] # bytes are what is there
            queue.connection.delete(Job.key_for(identifier), popped.get_first_seen_key(identifier))
