"""Read the catalogue from YAML, with a closed schema and line numbers in every error.

1. Compose the YAML into nodes, which know their lines; repeated keys and aliases are refused.
2. Validate against the schema; all problems of all files are told at once.
3. Check what a schema cannot: dates that overlap, primary materials that may be owed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from license_service.domain.matter import (
    AtExpiry,
    Catalogue,
    CommitmentRoute,
    DeferralRoute,
    HolderRole,
    LicenseRoute,
    Material,
    Matter,
)
from license_service.errors import ConfigurationError

_Text = Annotated[str, Field(min_length=1, max_length=4000)]
_Code = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
_Days = Annotated[int, Field(gt=0, le=365)]
_Path = tuple[str | int, ...]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _License(_Closed):
    type_codes: Annotated[list[_Text], Field(min_length=1)]
    holder: HolderRole
    basis: _Text

    def build(self) -> LicenseRoute:
        return LicenseRoute(tuple(self.type_codes), self.holder, self.basis)


class _Notice(_Closed):
    zh: _Text
    en: _Text


class _Commitment(_Closed):
    notice: _Notice
    check_within_working_days: _Days
    check_source: _Code
    basis: _Text

    def build(self) -> CommitmentRoute:
        return CommitmentRoute(
            self.notice.zh, self.notice.en, self.check_within_working_days, self.check_source, self.basis
        )


class _Deferral(_Closed):
    working_days: _Days
    remind_before: list[_Days]
    at_expiry: AtExpiry
    basis: _Text

    def build(self) -> DeferralRoute:
        return DeferralRoute(self.working_days, tuple(self.remind_before), self.at_expiry, self.basis)


class _Name(_Closed):
    zh: _Text
    en: _Text


class _Material(_Closed):
    code: _Code
    name: _Name
    primary: bool
    basis: _Text
    by_license: _License | None = None
    by_commitment: _Commitment | None = None
    by_deferral: _Deferral | None = None
    by_submission: bool

    @model_validator(mode="after")
    def _consistent(self) -> _Material:
        if self.primary and self.by_deferral:
            raise ValueError("a primary material may not be owed")
        if not (self.by_submission or self.by_license or self.by_commitment):
            raise ValueError("no way to satisfy this material")
        return self

    def build(self) -> Material:
        return Material(
            code=self.code,
            name_zh=self.name.zh,
            name_en=self.name.en,
            primary=self.primary,
            basis=self.basis,
            by_license=self.by_license.build() if self.by_license else None,
            by_commitment=self.by_commitment.build() if self.by_commitment else None,
            by_deferral=self.by_deferral.build() if self.by_deferral else None,
            by_submission=self.by_submission,
        )


class _Matter(_Closed):
    code: _Code
    version: _Text
    name: _Name
    effective_from: date
    effective_until: date | None
    basis: _Text
    materials: Annotated[list[_Material], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> _Matter:
        codes = [material.code for material in self.materials]
        if len(set(codes)) != len(codes):
            raise ValueError("a material code occurs twice")
        if self.effective_until and self.effective_until < self.effective_from:
            raise ValueError("effective_until lies before effective_from")
        return self

    def build(self) -> Matter:
        return Matter(
            code=self.code,
            version=self.version,
            name_zh=self.name.zh,
            name_en=self.name.en,
            effective_from=self.effective_from,
            effective_until=self.effective_until,
            basis=self.basis,
            materials=tuple(material.build() for material in self.materials),
        )


def load_catalogue(directory: Path) -> Catalogue:
    """Read every `*.yaml` in `directory`.

    Raises:
        ConfigurationError: with one `file:line: message` for each problem in all files.
    """
    paths = sorted(directory.glob("*.yaml"))
    if not paths:
        raise ConfigurationError(f"no catalogue in {directory}")
    problems: list[str] = []
    matters = [matter for path in paths for matter in _read(path, problems)]
    problems += _overlaps(matters)
    if problems:
        raise ConfigurationError("\n".join(problems))
    digests = [f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths]
    body = "\n".join(["license-service/catalogue/v1", *digests])
    return Catalogue(tuple(matters), "sha256:" + hashlib.sha256(body.encode()).hexdigest())


def _read(path: Path, problems: list[str]) -> Iterator[Matter]:
    lines: dict[_Path, int] = {}
    try:
        node = _compose(path.read_text(encoding="utf-8"))
        yield _Matter.model_validate(_plain(node, (), lines)).build()
    except ValidationError as error:
        problems += [
            f"{path.name}:{_line(item['loc'], lines)}: {'.'.join(map(str, item['loc']))}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        ]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.append(f"{path.name}:{line}: {error.problem}")
    except (UnicodeDecodeError, OSError) as error:
        problems.append(f"{path.name}:1: {error}")


def _compose(text: str) -> yaml.Node | None:
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                mark: Any = event.start_mark  # the stubs give marks of two modules
                raise yaml.MarkedYAMLError(problem="an alias", problem_mark=mark)
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        # The one error that has a position and no mark.
        mark = yaml.Mark("", error.position, text.count("\n", 0, error.position), 0, None, 0)
        raise yaml.MarkedYAMLError(problem="a control character", problem_mark=mark) from error


def _plain(node: yaml.Node | None, path: _Path, lines: dict[_Path, int]) -> Any:  # noqa: ANN401 - YAML
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
        return yaml.safe_load(yaml.serialize(node))
    except (yaml.YAMLError, ValueError) as error:
        raise yaml.MarkedYAMLError(
            problem=f"{node.value} is no {node.tag}", problem_mark=node.start_mark
        ) from error


def _mapping(node: yaml.MappingNode, path: _Path, lines: dict[_Path, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="a name that is no text", problem_mark=key.start_mark)
        if key.value in found:
            raise yaml.MarkedYAMLError(problem=f"{key.value} is repeated", problem_mark=key.start_mark)
        found[key.value] = _plain(value, (*path, key.value), lines)
        lines[(*path, key.value)] = key.start_mark.line + 1
    return found


def _line(location: Iterable[str | int], lines: dict[_Path, int]) -> int:
    path = tuple(location)
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _overlaps(matters: list[Matter]) -> Iterator[str]:
    for first, second in combinations(matters, 2):
        if first.code != second.code:
            continue
        if first.version == second.version:
            yield f"{first.code}: version {first.version} occurs twice"
        if first.in_effect(second.effective_from) or second.in_effect(first.effective_from):
            yield f"{first.code}: versions {first.version} and {second.version} overlap"
