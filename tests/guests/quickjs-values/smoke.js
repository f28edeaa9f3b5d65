// An odd guest: it passes values to the runner that have no form in the interface, or throws what nobody catches. The
// interpreter's glue panics then.

import http from "wayfarer:journey/http@0.2.0";
import logs from "wayfarer:journey/logs@0.2.0";
import metrics from "wayfarer:journey/metrics@0.2.0";
import params from "wayfarer:journey/params@0.2.0";
import steps from "wayfarer:journey/steps@0.2.0";

const cut = "half a smile: 😀".slice(0, -1);

const failure = (message, request) =>
  ({ message, kind: { tag: "error" }, request, eventually: false, source: null, actual: null, expected: null, extensions: [] });

const journeys = {
  "half-a-character": () => logs.write({ tag: "info" }, cut, []),
  "throws-half-a-character": () => {
    throw failure(cut, null);
  },
  "a-bigint": () => metrics.observe("size", 1n, "bytes", []),
  "throws-a-bigint": () => {
    throw failure("gave up", 1n);
  },
  "a-bigint-as-text": () => logs.write({ tag: "info" }, 1n, []),
  "mends-a-character": () => logs.write({ tag: "info" }, cut.toWellFormed(), []),
  "catches-nothing": () => {
    throw new Error("no stock");
  },
};

export const guest = {
  describe: () =>
    Object.keys(journeys).map((name) => ({
      name,
      title: "Asks for a page, then does what its name says.",
      owner: "",
      runbook: "",
      schedule: null,
      timezone: null,
      timeoutMs: 10000,
      retries: null,
      tags: ["odd"],
      steps: ["ask"],
      parameters: [
        { name: "base_url", title: "Where the page is.", kind: { tag: "url" }, required: true, preset: null },
      ],
      secrets: [],
      hosts: ["127.0.0.1"],
      cleanups: [],
      extensions: [],
    })),

  run: (journey) => {
    const step = steps.open("ask", null);
    http.fetch("GET", params.get("base_url"), [], new Uint8Array());
    journeys[journey]();
    steps.close(step, null);
  },

  clean: () => ({ tag: "already-gone" }),
};
