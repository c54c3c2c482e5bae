"""The OpenAPI 3.1 description of what the sandbox serves, built from the declarations next to the handlers.

``python -m pos_app.sandbox.openapi > resources/sandbox/openapi.json`` rewrites the stored copy.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from typing import Any

from pos_app.sandbox.operation import Operation
from pos_app.sandbox.schema import ERROR, Schema

REFUSALS = {
    400: "Refused: invalid, or against the rules",
    401: "No token, or one that is not valid any more",
    403: "This token may not do that",
    404: "No such record",
    405: "This verb is not served here",
    413: "The body is too large",
    422: "Refused: the state does not allow it",
    429: "Please wait",
}


def describe(operations: Iterable[Operation]) -> dict[str, Any]:
    """Build the whole description."""
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Perx /v4 as the sandbox pretends it",
            "version": "4",
            "description": "Every operation names its source in the wire contract and how sure that is.",
        },
        "paths": paths,
        "components": {
            "schemas": {"Error": ERROR},
            "securitySchemes": {
                kind: {"type": "http", "scheme": "bearer", "description": f"A bearer token of kind {kind}"}
                for kind in ("application", "user", "merchant")
            },
        },
    }


def _operation(each: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{each.method.lower()} {each.path}").strip("_"),
        "summary": each.summary,
        "description": f"Source: perx-api {each.source}.",
        "security": [{kind: []} for kind in each.token],
        "parameters": _parameters(each),
        "responses": {str(each.status): _answer("As asked", each.answer)}
        | {str(status): _answer(text, {"$ref": "#/components/schemas/Error"}) for status, text in REFUSALS.items()},
    }
    if each.body is not None:
        described["requestBody"] = {"required": False, "content": {"application/json": {"schema": each.body}}}
    return described


def _parameters(each: Operation) -> list[dict[str, Any]]:
    text: Schema = {"type": "string"}
    named = [
        {"name": name, "in": "path", "required": True, "schema": text | {"minLength": 1}}
        for name in re.findall(r"{(\w+)}", each.path)
    ]
    named += [{"name": name, "in": "query", "required": False, "schema": text} for name in each.query]
    if each.token == ("merchant",):
        named.append({"name": "user-id", "in": "header", "required": False, "schema": text})
    return named


def _answer(text: str, schema: Schema | None) -> dict[str, Any]:
    return {"description": text} | ({"content": {"application/json": {"schema": schema}}} if schema is not None else {})


def main() -> int:
    """Write the description to the standard output."""
    from pos_app.sandbox.application import OPERATIONS  # late: the application serves this very description

    json.dump(describe(OPERATIONS), sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
