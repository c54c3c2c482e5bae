"""The sandbox as an ASGI application: routes, faults and the description around one world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pos_app.sandbox import (
    operation,
    routes_catalogue,
    routes_control,
    routes_customer,
    routes_merchant,
    routes_oauth,
    routes_pos,
    routes_stamps,
    seed,
)
from pos_app.sandbox.faults import CONTROL_PREFIX, FaultMiddleware, Faults
from pos_app.sandbox.openapi import describe
from pos_app.sandbox.operation import Operation, json_response
from pos_app.sandbox.refusals import no_record, refuse
from pos_app.sandbox.world import World

OPERATIONS: tuple[Operation, ...] = (
    *routes_oauth.OPERATIONS,
    *routes_pos.OPERATIONS,
    *routes_customer.OPERATIONS,
    *routes_catalogue.OPERATIONS,
    *routes_stamps.OPERATIONS,
    *routes_merchant.OPERATIONS,
)


def build(world: World, faults: Faults | None = None, *, planted: str = "demo") -> Starlette:
    """Build the application over a world; a world that is new is planted with the seed first.

    Shape: Starlette; in process, reach it by httpx.ASGITransport.
    """
    if world.is_new:
        seed.plant(world, planted)
        world.is_new = False
    faults = faults or Faults()

    async def show_description(_: Request) -> Response:
        return json_response(describe(OPERATIONS))

    # literal segments before parameters, so that /search is not taken for an id
    ordered = sorted(OPERATIONS, key=lambda each: [part.startswith("{") for part in each.path.split("/")])
    routes = [Route(each.path, _endpoint(world, each), methods=[each.method]) for each in ordered]
    control = routes_control.routes(world, faults, planted)
    control.append(Route(CONTROL_PREFIX + "/openapi.json", show_description))
    app = Starlette(
        routes=[*control, *routes],
        exception_handlers={HTTPException: _no_route},
        middleware=[Middleware(FaultMiddleware, world=world, faults=faults)],
    )
    app.router.redirect_slashes = False
    return app


def _endpoint(world: World, each: Operation) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        return await operation.serve(world, each, request)

    return endpoint


async def _no_route(_: Request, error: Exception) -> Response:
    """Answer an unknown path or verb in the first envelope.

    Source: perx-api 1.4 (code 45, 404), B*; the answer to an unknown verb is C.
    """
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(getattr(error, "headers", None) or {})
    refusal = no_record() if status == 404 else refuse(40, "This call is not known here", status)
    return json_response(refusal.body, status, headers)
