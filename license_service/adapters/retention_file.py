"""Read retention classes from TOML; a file that leaves a kind out stops the start."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from license_service.domain.retention import DossierKind, RetentionClass, RetentionPolicy, missing_kinds
from license_service.errors import ConfigurationError

_MOST_DAYS = 36_500


class _Class(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    kind: DossierKind
    what: Annotated[str, Field(min_length=1)]
    days: Annotated[int, Field(strict=True, ge=0, le=_MOST_DAYS)]
    basis: Annotated[str, Field(min_length=1, max_length=300)]
    matters: frozenset[str] = frozenset()


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    classes: Annotated[list[_Class], Field(alias="class")]


def load_retention(path: Path) -> RetentionPolicy:
    """Read a policy.

    Raises:
        ConfigurationError: naming what is wrong: a shape, a name used twice, a kind without a class.
    """
    try:
        found = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).classes
    except (OSError, ValueError, ValidationError) as error:
        raise ConfigurationError(f"{path} is no retention policy: {error}") from error
    classes = tuple(RetentionClass(c.name, c.kind, c.days, c.basis, c.matters) for c in found)
    names = [item.name for item in classes]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or (missing := missing_kinds(classes)):
        raise ConfigurationError(f"{path}: {f'twice {twice}' if twice else f'no class for {missing}'}")
    return RetentionPolicy(classes)
