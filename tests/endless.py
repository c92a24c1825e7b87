"""Work that goes on in threads while a test changes something under it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import Self


class Endless:
    """Do each piece of work again and again, in a thread of its own, until left; keep what it raised."""

    def __init__(self, works: Sequence[Callable[[], None]]) -> None:
        self._stop = Event()
        self.failures: list[BaseException] = []
        self._threads = [Thread(target=self._guard, args=(work,)) for work in works]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def rest(self, seconds: float) -> None:
        """Wait, or until left."""
        self._stop.wait(seconds)

    def _guard(self, work: Callable[[], None]) -> None:
        try:
            while not self._stop.is_set():
                work()
        except BaseException as error:  # noqa: BLE001 - told to the test, which fails by it
            self.failures.append(error)
