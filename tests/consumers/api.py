"""Reads the API through a client that was generated from its document.

Arguments: the folder of the generated client, the server's URL, a token. Prints nothing if all holds.
"""

import importlib
import pkgutil
import sys

folder, url, token = sys.argv[1:]
sys.path.insert(0, folder)
package = importlib.import_module("wayfarer_client")
modules = [module.name for module in pkgutil.walk_packages(package.__path__, "wayfarer_client.")]
# What a generator wrote and nobody can import is no client.
for module in modules:
    importlib.import_module(module)


def call(operation):
    names = [name for name in modules if name.endswith("." + operation)]
    assert len(names) == 1, f"{operation}: {names}"
    return importlib.import_module(names[0])


client = package.AuthenticatedClient(base_url=url, token=token)
journeys = call("list_journeys").sync(client=client, tenant="acme")
assert [journey.journey for journey in journeys] == ["front"], journeys
assert journeys[0].spec.code.http_check.table, journeys[0].spec.code
own = importlib.import_module("wayfarer_client.models").TriggerRequest()
ended = call("trigger_journey").sync(client=client, journey="front", body=own, tenant="acme", wait_ms=60_000)
assert ended.verdict == "failed" and ended.reason == "check", ended
run = call("get_run").sync(client=client, run=ended.run, tenant="acme")
assert run.attempts[0].recording.requests[0].status == 503, run.attempts
runs = call("list_runs").sync(client=client, tenant="acme", verdict="failed")
assert ended.run in [one.run for one in runs], runs
passed = call("list_runs").sync(client=client, tenant="acme", verdict="passed")
assert ended.run not in [one.run for one in passed], "the filter by verdict is not applied"
absent = call("get_journey").sync_detailed(client=client, journey="absent", tenant="acme")
assert absent.status_code == 404 and absent.parsed.type_ == "urn:wayfarer:problem:not-found", absent
nobody = package.AuthenticatedClient(base_url=url, token="wf_nonsense")
refused = call("list_runs").sync_detailed(client=nobody)
assert refused.status_code == 401 and refused.parsed.detail, refused
