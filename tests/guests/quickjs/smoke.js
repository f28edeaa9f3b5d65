// Smoke guest in JavaScript for QuickJS: two steps and one request through the `http` interface.

import checks from "wayfarer:journey/checks@0.1.0";
import http from "wayfarer:journey/http@0.1.0";
import metrics from "wayfarer:journey/metrics@0.1.0";
import params from "wayfarer:journey/params@0.1.0";
import steps from "wayfarer:journey/steps@0.1.0";

const failure = (kind, message, actual = null, expected = null) =>
  ({ message, source: null, actual, expected, extensions: [["kind", kind]] });

// A journey throws the export's `failure`. Any other exception would trap the instance.
const step = (name, body) => {
  const id = steps.begin(name);
  try {
    const value = body();
    steps.end(id, null);
    return value;
  } catch (thrown) {
    const reason = thrown?.extensions ? thrown : failure("error", String(thrown));
    steps.end(id, reason);
    throw reason;
  }
};

const get = (url) => {
  try {
    return http.send({
      method: "GET",
      url,
      headers: [["accept", "*/*"]],
      body: new Uint8Array(),
      timeouts: { dnsMs: null, connectMs: null, tlsMs: null, waitMs: null, receiveMs: null, totalMs: null },
      redirects: { tag: "follow", val: 5 },
      maxBody: null,
      discardBody: false,
      extensions: [],
    });
  } catch (thrown) {
    const { tag, val } = thrown.payload;
    throw failure("error", `GET ${url}: ${tag}: ${val?.tag ?? val ?? ""}`);
  }
};

const check = (name, actual, expected) =>
  ({ name, isPassed: actual === expected, actual: String(actual), expected: String(expected), source: null, extensions: [] });

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
    checks.soft(check("body is whole", page.body.length, page.bodySize));
    metrics.observe("body_size", page.body.length, "bytes");
  });
};

export const guest = {
  describe: () => [
    {
      name: "smoke",
      title: "Gets one page and looks at it.",
      schedule: null,
      timezone: null,
      timeoutMs: 10000,
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
