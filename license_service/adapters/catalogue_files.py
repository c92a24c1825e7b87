"""Read the catalogue from YAML, with a closed schema and line numbers in every error.

1. Compose each file into YAML nodes, which know their lines; repeated keys and aliases are refused.
2. Validate against the shape of its folder; all problems of all files are told at once.
3. Check what a shape cannot: notices that are not there, versions that overlap, bundles of what is not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError
from yaml.constructor import SafeConstructor

from license_service.adapters import catalogue_shape as shape
from license_service.adapters.bundle_shape import BundleShape
from license_service.adapters.condition_shape import Closed
from license_service.adapters.feedback_shape import FeedbackShape
from license_service.domain.bundle import Bundle
from license_service.domain.feedback_rule import FeedbackRule
from license_service.domain.matter import Catalogue, Matter
from license_service.errors import ConfigurationError

_Shape = TypeVar("_Shape", bound=Closed)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one over libyaml where PyYAML has it: each process that starts reads the whole catalogue."""
_FOLDERS: dict[str, type[Closed]] = {
    "matters": shape.MatterShape,
    "notices": shape.NoticeShape,
    "calendars": shape.CalendarShape,
    "bundles": BundleShape,
    "feedback": FeedbackShape,
}


@dataclass
class _File:
    """Hold one file: its name in errors, what it says, and on which line each member begins."""

    name: str
    problems: list[str]
    content: Closed | None = None
    lines: dict[shape.Path, int] = field(default_factory=dict)

    def tell(self, path: Iterable[str | int], problem: str) -> None:
        location = tuple(path)
        where = ".".join(map(str, location))
        self.problems.append(f"{self.name}:{_line(location, self.lines)}: {where}: {problem}")


def load_catalogue(directory: Path) -> Catalogue:
    """Read every `*.yaml` in the folders of a catalogue in `directory`.

    Raises:
        ConfigurationError: with one `file:line: message` for each problem in all files.
    """
    paths = sorted(directory.rglob("*.yaml"))
    problems: list[str] = []
    files = [_read(path, path.relative_to(directory), problems) for path in paths]
    if not any(file.name.startswith("matters/") for file in files):
        problems.append(f"no matter in {directory}")
    notices = {(n.id, n.version): n.build() for _, n in _of(files, shape.NoticeShape)}
    for file, content in _of(files, shape.MatterShape):
        for path, problem in content.problems(notices):
            file.tell(path, problem)
    problems += _repeated(files)
    if problems:
        raise ConfigurationError("\n".join(problems))
    matters = [content.build(notices) for _, content in _of(files, shape.MatterShape)]
    feedback = [content.build() for _, content in _of(files, FeedbackShape)]
    bundles = [content.build() for _, content in _of(files, BundleShape)]
    for file, bundle in _of(files, BundleShape):
        for path, problem in bundle.problems(matters):
            file.tell(path, problem)
    problems += [*_overlaps(matters), *_overlaps(bundles), *_overlaps(feedback)]
    if problems:
        raise ConfigurationError("\n".join(problems))
    years = [content.build() for _, content in _of(files, shape.CalendarShape)]
    return Catalogue(tuple(matters), _digest(directory, paths), tuple(years), tuple(bundles), tuple(feedback))


def _digest(directory: Path, paths: list[Path]) -> str:
    lines = [
        f"{path.relative_to(directory).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in paths
    ]
    body = "\n".join(["license-service/catalogue/v1", *lines])
    return "sha256:" + hashlib.sha256(body.encode()).hexdigest()


def _of(files: list[_File], kind: type[_Shape]) -> list[tuple[_File, _Shape]]:
    return [(file, file.content) for file in files if isinstance(file.content, kind)]


def _read(path: Path, name: Path, problems: list[str]) -> _File:
    file = _File(name.as_posix(), problems)
    kind = _FOLDERS.get(name.parts[0]) if len(name.parts) > 1 else None
    if kind is None:
        file.tell((), f"a catalogue file lies in one of the folders {', '.join(_FOLDERS)}")
        return file
    try:
        node = _compose(path.read_text(encoding="utf-8"))
        file.content = kind.model_validate(_plain(node, (), file.lines))
    except ValidationError as error:
        for item in error.errors(include_input=False, include_url=False):
            file.tell(item["loc"], item["msg"])
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.append(f"{file.name}:{line}: {error.problem}")
    except (UnicodeDecodeError, OSError) as error:
        file.tell((), str(error))
    except RecursionError:
        file.tell((), "nested too deep")
    return file


def _compose(text: str) -> yaml.Node | None:
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                mark: Any = event.start_mark  # the stubs give marks of two modules
                raise yaml.MarkedYAMLError(problem="an alias", problem_mark=mark)
        return yaml.compose(text, Loader=_LOADER)
    except yaml.reader.ReaderError as error:
        # The one error without a mark; its position counts bytes or characters, as the parser does.
        position = text.find(chr(error.character))
        mark = yaml.Mark("", position, text.count("\n", 0, position), 0, None, 0)
        raise yaml.MarkedYAMLError(problem="a control character", problem_mark=mark) from error


def _plain(node: yaml.Node | None, path: shape.Path, lines: dict[shape.Path, int]) -> Any:  # noqa: ANN401 - YAML
    if node is None:
        return None
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, index), lines) for index, item in enumerate(node.value)]
    return node.value if node.tag == "tag:yaml.org,2002:str" else _scalar(node)


def _scalar(node: yaml.Node) -> Any:  # noqa: ANN401 - YAML
    try:
        return SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError) as error:  # such as the 31st of June
        raise yaml.MarkedYAMLError(
            problem=f"{node.value} is no {node.tag}", problem_mark=node.start_mark
        ) from error


def _mapping(node: yaml.MappingNode, path: shape.Path, lines: dict[shape.Path, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="a name that is no text", problem_mark=key.start_mark)
        if key.value in found:
            raise yaml.MarkedYAMLError(problem=f"{key.value} is repeated", problem_mark=key.start_mark)
        found[key.value] = _plain(value, (*path, key.value), lines)
        lines[(*path, key.value)] = key.start_mark.line + 1
    return found


def _line(location: Iterable[str | int], lines: dict[shape.Path, int]) -> int:
    path = tuple(location)
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _repeated(files: list[_File]) -> Iterator[str]:
    """Tell what is there twice: a version of a notice, a year."""
    seen: set[str] = set()
    keys = [(file, f"notice {n.id} {n.version}") for file, n in _of(files, shape.NoticeShape)]
    keys += [(file, f"calendar {c.year}") for file, c in _of(files, shape.CalendarShape)]
    for file, key in keys:
        if key in seen:
            yield f"{file.name}:1: {key} occurs twice"
        seen.add(key)


def _overlaps(versions: Iterable[Matter | Bundle | FeedbackRule]) -> Iterator[str]:
    for first, second in combinations(versions, 2):
        if first.code != second.code:
            continue
        if first.version == second.version:
            yield f"{first.code}: version {first.version} occurs twice"
        if first.in_effect(second.effective_from) or second.in_effect(first.effective_from):
            yield f"{first.code}: versions {first.version} and {second.version} overlap"
