"""Smoke guest in Python: two steps and one request through the `http` interface."""

from contextlib import contextmanager

from componentize_py_types import Err
from wit_world.exports import guest
from wit_world.imports import checks, http, metrics, params, steps
from wit_world.imports.failures import Failure


class Failed(Exception):
    """Becomes `Err` in `run`: an `Err` is frozen, and `contextmanager` writes to what passes through it."""

    def __init__(self, kind, message, actual=None, expected=None):
        super().__init__(message)
        self.failure = Failure(
            message=message, source=None, actual=actual, expected=expected, extensions=[("kind", kind)]
        )


@contextmanager
def step(name):
    number = steps.begin(name)
    try:
        yield
    except Failed as raised:
        steps.end(number, raised.failure)
        raise
    except Exception as raised:
        failed = Failed("error", f"{type(raised).__name__}: {raised}")
        steps.end(number, failed.failure)
        raise failed from raised
    steps.end(number, None)


def get(url):
    try:
        return http.send(
            http.Request(
                method="GET",
                url=url,
                headers=[("accept", "*/*")],
                body=b"",
                timeouts=http.Timeouts(None, None, None, None, None, None),
                redirects=http.RedirectPolicy_Follow(5),
                max_body=None,
                discard_body=False,
                extensions=[],
            )
        )
    except Err as error:
        raise Failed("error", f"GET {url}: {error.value}") from error


def check(name, actual, expected):
    return checks.Check(
        name=name, is_passed=actual == expected, actual=str(actual), expected=str(expected), source=None, extensions=[]
    )


def smoke():
    with step("get page"):
        page = get(f"{params.get('base_url')}/")
        status = check("status is 200", page.status, 200)
        checks.hard(status)
        if not status.is_passed:
            raise Failed("check", status.name, status.actual, status.expected)
    with step("compare"):
        checks.soft(check("body is whole", len(page.body), page.body_size))
        metrics.observe("body_size", float(len(page.body)), "bytes")


class Guest:
    def describe(self):
        return [
            guest.Descriptor(
                name="smoke",
                title="Gets one page and looks at it.",
                schedule=None,
                timezone=None,
                timeout_ms=10_000,
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
                raise Failed("error", f"no journey named {journey}")
            smoke()
        except Failed as failed:
            raise Err(failed.failure) from failed

    def clean(self, cleanup):
        raise Err(Failed("error", f"no cleanup of kind {cleanup.kind}").failure)
