"""Smoke guest in Python: two steps and one request through the `http` interface."""

from contextlib import contextmanager

from componentize_py_types import Err
from wit_world.exports import guest
from wit_world.imports import checks, http, metrics, params, steps
from wit_world.imports.failures import Failure, FailureKind_Check, FailureKind_Error


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


def get(url):
    try:
        return http.fetch("GET", url, [], b"")
    except Err as error:
        raise Failed(FailureKind_Error(), f"GET {url}: {error.value}") from error


def check(name, actual, expected):
    return checks.Check(
        name=name, is_passed=actual == expected, actual=str(actual), expected=str(expected), source=None
    )


def smoke():
    with step("get page"):
        page = get(f"{params.get('base_url')}/")
        status = check("status is 200", page.status, 200)
        checks.hard(status)
        if not status.is_passed:
            raise Failed(FailureKind_Check(), status.name, status.actual, status.expected)
    with step("compare"):
        body = http.body(page.id, 0, 2**32 - 1)
        checks.soft(check("body is whole", len(body), page.body_size))
        metrics.observe("body_size", float(len(body)), "bytes", [])


class Guest:
    def describe(self):
        return [
            guest.Descriptor(
                name="smoke",
                title="Gets one page and looks at it.",
                owner="",
                runbook="",
                schedule=None,
                timezone=None,
                timeout_ms=10_000,
                retries=None,
                tags=["smoke"],
                steps=["get page", "compare"],
                parameters=[
                    guest.Parameter(
                        name="base_url",
                        title="Where the page is.",
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
            if journey != "smoke":
                raise Failed(FailureKind_Error(), f"no journey named {journey}")
            smoke()
        except Failed as failed:
            raise Err(failed.failure) from failed

    def clean(self, cleanup):
        raise Err(Failed(FailureKind_Error(), f"no cleanup of kind {cleanup.kind}").failure)
