// Smoke guest in JavaScript for QuickJS: two steps and one request through the `http` interface.

import checks from "wayfarer:journey/checks@0.2.0";
import http from "wayfarer:journey/http@0.2.0";
import metrics from "wayfarer:journey/metrics@0.2.0";
import params from "wayfarer:journey/params@0.2.0";
import steps from "wayfarer:journey/steps@0.2.0";

const failure = (kind, message, actual = null, expected = null) =>
  ({ message, kind: { tag: kind }, request: null, eventually: false, source: null, actual, expected, extensions: [] });

// A journey throws the export's `failure`. Any other exception would trap the instance.
const step = (name, body) => {
  const id = steps.open(name, null);
  try {
    const value = body();
    steps.close(id, null);
    return value;
  } catch (thrown) {
    const reason = thrown?.extensions ? thrown : failure("error", String(thrown));
    steps.close(id, reason);
    throw reason;
  }
};

const get = (url) => {
  try {
    return http.fetch("GET", url, [], new Uint8Array());
  } catch (thrown) {
    const { tag, val } = thrown.payload;
    throw failure("error", `GET ${url}: ${tag}: ${val?.tag ?? val ?? ""}`);
  }
};

const check = (name, actual, expected) =>
  ({ name, isPassed: actual === expected, actual: String(actual), expected: String(expected), source: null });

const smoke = () => {
  const page = step("get page", () => {
    const response = get(`${params.get("base_url")}/`);
    const status = check("status is 200", response.status, 200);
    checks.hard(status);
    if (!status.isPassed) {
      throw failure("check", status.name, status.actual, status.expected);
    }
    return response;
  });
  step("compare", () => {
    const body = http.body(page.id, 0, 2 ** 32 - 1);
    checks.soft(check("body is whole", body.length, page.bodySize));
    metrics.observe("body_size", body.length, "bytes", []);
  });
};

export const guest = {
  describe: () => [
    {
      name: "smoke",
      title: "Gets one page and looks at it.",
      owner: "",
      runbook: "",
      schedule: null,
      timezone: null,
      timeoutMs: 10000,
      retries: null,
      tags: ["smoke"],
      steps: ["get page", "compare"],
      parameters: [
        { name: "base_url", title: "Where the page is.", kind: { tag: "url" }, required: true, preset: null },
      ],
      secrets: [],
      hosts: ["127.0.0.1"],
      cleanups: [],
      extensions: [],
    },
  ],

  run: (journey) => {
    if (journey !== "smoke") {
      throw failure("error", `no journey named ${journey}`);
    }
    smoke();
  },

  clean: (cleanup) => {
    throw failure("error", `no cleanup of kind ${cleanup.kind}`);
  },
};
