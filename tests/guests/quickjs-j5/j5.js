// J5 in JavaScript for QuickJS, as `make bench` compares it with `../j5`: five requests over one connection, and a status and
// one value checked of each.

import checks from "wayfarer:journey/checks@0.2.0";
import http from "wayfarer:journey/http@0.2.0";
import params from "wayfarer:journey/params@0.2.0";
import steps from "wayfarer:journey/steps@0.2.0";

const failure = (kind, message, actual = null, expected = null) =>
  ({ message, kind: { tag: kind }, request: null, eventually: false, source: null, actual, expected, extensions: [] });

const step = (name, body) => {
  const id = steps.open(name, null);
  try {
    body();
  } catch (thrown) {
    const reason = thrown?.extensions ? thrown : failure("error", String(thrown));
    steps.close(id, reason);
    throw reason;
  }
  steps.close(id, null);
};

const check = (name, actual, expected) => {
  if (actual === expected) {
    checks.passed(name);
    return;
  }
  const seen = { name, isPassed: false, actual: String(actual), expected: String(expected), source: null };
  checks.hard(seen);
  throw failure("check", name, seen.actual, seen.expected);
};

// Every value here is ASCII.
const json = (value) => Uint8Array.from(JSON.stringify(value), (letter) => letter.charCodeAt(0));
const JSON_HEADERS = [["content-type", "application/json"]];

const send = (method, url, value) => {
  try {
    return value === undefined
      ? http.fetch(method, url, [], new Uint8Array())
      : http.fetch(method, url, JSON_HEADERS, json(value));
  } catch (thrown) {
    const { tag, val } = thrown.payload;
    throw failure("error", `${method} ${url}: ${tag}: ${val?.tag ?? val ?? ""}`);
  }
};

const j5 = () => {
  const base = params.get("base_url");
  const ask = (method, path, value, status, where, expected) => {
    const response = send(method, base + path, value);
    check(`${method} ${path} answers ${status}`, response.status, status);
    const [found] = http.json(response.id, where);
    check(`${where} of ${path}`, found && JSON.parse(found), expected);
    http.release(response.id);
  };
  step("walk", () => {
    ask("GET", "/page", undefined, 200, "$.ok", true);
    ask("POST", "/session", { user: "ana" }, 200, "$.token", "t");
    ask("POST", "/items", { sku: "A1" }, 201, "$.id", 7);
    ask("GET", "/items/7", undefined, 200, "$.id", 7);
    ask("DELETE", "/items/7", undefined, 200, "$.deleted", true);
  });
};

export const guest = {
  describe: () => [
    {
      name: "j5",
      title: "Five requests.",
      owner: "",
      runbook: "",
      schedule: null,
      timezone: null,
      timeoutMs: 60000,
      retries: null,
      tags: [],
      steps: ["walk"],
      parameters: [
        { name: "base_url", title: "The server's address.", kind: { tag: "url" }, required: true, preset: null },
      ],
      secrets: [],
      hosts: ["127.0.0.1"],
      cleanups: [],
      extensions: [],
    },
  ],

  run: (journey) => {
    if (journey !== "j5") {
      throw failure("error", `no journey named ${journey}`);
    }
    j5();
  },

  clean: (cleanup) => {
    throw failure("error", `no cleanup of kind ${cleanup.kind}`);
  },
};
