"""Do a thing to many with every core, in the order given and with bounded memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from typing import Any, TypeVar

CHUNK = 16
"""Items handed to a process at once: fewer cost more in handing over than in judging."""
_AHEAD = 4
"""Chunks waiting for each process; what is done and not yet told is bounded by it."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def spread(function: Callable[[_Item], _Result], items: Iterable[_Item], jobs: int = 0) -> Iterator[_Result]:
    """Yield the result for each item in order; `jobs` 0 means one process for each core.

    The function is handed over once; it and the items must be fit for that.
    """
    processes, rest = jobs or os.cpu_count() or 1, iter(items)
    first = list(islice(rest, CHUNK + 1))
    if processes == 1 or len(first) <= CHUNK:
        yield from map(function, chain(first, rest))
        return
    rest = chain(first, rest)
    with ProcessPoolExecutor(processes, initializer=_start, initargs=(function,)) as pool:
        waiting: deque[Future[list[_Result]]] = deque()
        while chunk := list(islice(rest, CHUNK)):
            waiting.append(pool.submit(_do, chunk))
            if len(waiting) > processes * _AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


_FUNCTIONS: list[Callable[[Any], Any]] = []
"""The function of a child process."""


def _start(function: Callable[[Any], Any]) -> None:
    _FUNCTIONS[:] = [function]


def _do(items: list[Any]) -> list[Any]:
    return [_FUNCTIONS[0](item) for item in items]
