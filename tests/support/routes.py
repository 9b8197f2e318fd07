"""The application's routes as data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Mount, Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from starlette.applications import Starlette


def all_routes(app: Starlette) -> Iterator[tuple[str, frozenset[str]]]:
    """Every path with its methods; mounted applications (static files) are left out."""
    yield from _below(app.routes, "")


def _below(routes: Sequence[BaseRoute], prefix: str) -> Iterator[tuple[str, frozenset[str]]]:
    for route in routes:
        if isinstance(route, Route):
            yield prefix + route.path, frozenset(route.methods or ())
        elif isinstance(route, Mount) and route.routes:
            yield from _below(route.routes, prefix + route.path)


def paths(app: Starlette, method: str) -> list[str]:
    """The paths that take a method, with some value for each parameter."""
    return sorted({re.sub(r"\{[^}]+\}", "a", path) for path, methods in all_routes(app) if method in methods})
