"""Let one thread at a time use asn1crypto.

It sets a class up at its first use and parses a value when it is first read, and our caches share values.
Two threads in the middle of either see half of it: a genuine seal was judged invalid, and kept as invalid.
Judging is bound by the interpreter's lock anyway; who wants both cores takes two processes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_TURN = RLock()


def in_turn(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Run a function while no other thread runs one of these."""

    @wraps(function)
    def run(*arguments: _Parameters.args, **named: _Parameters.kwargs) -> _Result:
        with _TURN:
            return function(*arguments, **named)

    return run
