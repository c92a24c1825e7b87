"""What changed between two reports, verdict first: for an operator who renews a policy or a trust list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_FIRST = ("indication", "sub_indication", "outcome", "code")
"""Members that say the verdict, in the order in which a reader wants them."""
_NAMES = {"signatures": "index", "checks": "name"}
"""Lists whose items are matched by a member and not by their place."""


@dataclass(frozen=True)
class Change:
    """Hold one member that differs; None stands for a member that is not there."""

    path: str
    before: Any
    after: Any

    def to_json(self) -> dict[str, Any]:
        """Return the wire shape."""
        return dict(vars(self))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return every member that differs, the verdict of the document first, then of its parts."""
    return tuple(sorted(_compare("", before, after), key=_rank))


def _compare(path: str, before: Any, after: Any) -> Iterator[Change]:  # noqa: ANN401 - JSON
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*before, *after)):
            at = f"{path}/{name}" if path else name
            yield from _compare(at, _named(name, before.get(name)), _named(name, after.get(name)))
    elif before != after:
        yield Change(path, before, after)


def _named(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    key = _NAMES.get(name)
    return {str(item[key]): item for item in value} if key and isinstance(value, list) else value


def _rank(change: Change) -> tuple[bool, int, int, str]:
    last = change.path.rsplit("/", 1)[-1]
    says_verdict = last in _FIRST
    return (not says_verdict, change.path.count("/"), _FIRST.index(last) if says_verdict else 0, change.path)
