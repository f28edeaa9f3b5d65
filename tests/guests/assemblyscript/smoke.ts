// Smoke guest in AssemblyScript: two steps and one request through the `http` interface.
//
// AssemblyScript catches no exceptions, so a step returns its failure. `throw`, a failed `assert` and an index out of
// bounds call `abort`.

import { Check, Descriptor, Failure, FailureKind, Parameter, ParameterKind, Response } from "./abi";
import { bodySize, close, get, hard, observe, open, parameter, soft } from "./abi";

function check(name: string, actual: u32, expected: u32): Check {
  return new Check(name, actual == expected, actual.toString(), expected.toString());
}

function getPage(page: Response): Failure | null {
  const base = parameter("base_url");
  if (base == null) return new Failure(FailureKind.Error, "base_url has no value");
  const answer = get(base + "/");
  if (answer.failure.length > 0) return new Failure(FailureKind.Error, "GET " + base + "/: " + answer.failure);
  page.id = answer.id;
  page.bodySize = answer.bodySize;
  const status = check("status is 200", answer.status, 200);
  hard(status);
  return status.isPassed ? null : new Failure(FailureKind.Check, status.name, status);
}

function compare(page: Response): void {
  assert(page.bodySize > 0, "the page is empty");
  const size = bodySize(page.id);
  soft(check("body is whole", size, page.bodySize));
  observe("body_size", size, "bytes");
}

export function describe(): Descriptor[] {
  const smoke = new Descriptor();
  smoke.name = "smoke";
  smoke.title = "Gets one page and looks at it.";
  smoke.timeoutMs = 10000;
  smoke.tags = ["smoke"];
  smoke.steps = ["get page", "compare"];
  smoke.hosts = ["127.0.0.1"];
  smoke.parameters = [new Parameter("base_url", "Where the page is.", ParameterKind.Url)];
  return [smoke];
}

export function run(journey: string): Failure | null {
  if (journey != "smoke") return new Failure(FailureKind.Error, "no journey named " + journey);
  const page = new Response();
  let step = open("get page");
  const failure = getPage(page);
  close(step, failure);
  if (failure != null) return failure;
  step = open("compare");
  compare(page);
  close(step, null);
  return null;
}
