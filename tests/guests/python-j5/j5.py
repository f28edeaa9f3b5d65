"""J5 in Python, as `make bench` compares it with `../j5`: five requests over one connection, and a status and one value checked
of each."""

import json
from contextlib import contextmanager

from componentize_py_types import Err
from wit_world.exports import guest
from wit_world.imports import checks, http, params, steps
from wit_world.imports.failures import Failure, FailureKind_Check, FailureKind_Error

JSON_HEADERS = [("content-type", "application/json")]


class Failed(Exception):
    """Becomes `Err` in `run`: an `Err` is frozen, and `contextmanager` writes to what passes through it."""

    def __init__(self, kind, message, actual=None, expected=None):
        super().__init__(message)
        self.failure = Failure(
            message=message,
            kind=kind,
            request=None,
            eventually=False,
            source=None,
            actual=actual,
            expected=expected,
            extensions=[],
        )


@contextmanager
def step(name):
    number = steps.open(name, None)
    try:
        yield
    except Failed as raised:
        steps.close(number, raised.failure)
        raise
    except Exception as raised:
        failed = Failed(FailureKind_Error(), f"{type(raised).__name__}: {raised}")
        steps.close(number, failed.failure)
        raise failed from raised
    steps.close(number, None)


def check(name, actual, expected):
    if actual == expected:
        checks.passed(name)
        return
    actual, expected = repr(actual), repr(expected)
    checks.hard(checks.Check(name=name, is_passed=False, actual=actual, expected=expected, source=None))
    raise Failed(FailureKind_Check(), name, actual, expected)


def send(method, url, value):
    try:
        if value is None:
            return http.fetch(method, url, [], b"")
        return http.fetch(method, url, JSON_HEADERS, json.dumps(value, separators=(",", ":")).encode())
    except Err as error:
        raise Failed(FailureKind_Error(), f"{method} {url}: {error.value}") from error


def j5():
    base = params.get("base_url")

    def ask(method, path, value, status, where, expected):
        response = send(method, base + path, value)
        check(f"{method} {path} answers {status}", response.status, status)
        found = http.json(response.id, where)
        check(f"{where} of {path}", json.loads(found[0]) if found else None, expected)
        http.release(response.id)

    with step("walk"):
        ask("GET", "/page", None, 200, "$.ok", True)
        ask("POST", "/session", {"user": "ana"}, 200, "$.token", "t")
        ask("POST", "/items", {"sku": "A1"}, 201, "$.id", 7)
        ask("GET", "/items/7", None, 200, "$.id", 7)
        ask("DELETE", "/items/7", None, 200, "$.deleted", True)


class Guest:
    def describe(self):
        return [
            guest.Descriptor(
                name="j5",
                title="Five requests.",
                owner="",
                runbook="",
                schedule=None,
                timezone=None,
                timeout_ms=60_000,
                retries=None,
                tags=[],
                steps=["walk"],
                parameters=[
                    guest.Parameter(
                        name="base_url",
                        title="The server's address.",
                        kind=guest.ParameterKind_Url(),
                        required=True,
                        preset=None,
                    )
                ],
                secrets=[],
                hosts=["127.0.0.1"],
                cleanups=[],
                extensions=[],
            )
        ]

    def run(self, journey):
        try:
            if journey != "j5":
                raise Failed(FailureKind_Error(), f"no journey named {journey}")
            j5()
        except Failed as failed:
            raise Err(failed.failure) from failed

    def clean(self, cleanup):
        raise Err(Failed(FailureKind_Error(), f"no cleanup of kind {cleanup.kind}").failure)
