// An odd guest: `run` is `async`, but the export is synchronous. QuickJS calls it and gets a promise. The export
// returns success, and the code after the first `await` never runs. The verdict is `broken`.

import steps from "wayfarer:journey/steps@0.2.0";

export const guest = {
  describe: () => [
    {
      name: "smoke",
      title: "Returns success having run nothing.",
      owner: "",
      runbook: "",
      schedule: null,
      timezone: null,
      timeoutMs: 10000,
      retries: null,
      tags: ["odd"],
      steps: ["never reached"],
      parameters: [
        { name: "base_url", title: "Where the page is.", kind: { tag: "url" }, required: true, preset: null },
      ],
      secrets: [],
      hosts: ["127.0.0.1"],
      cleanups: [],
      extensions: [],
    },
  ],

  run: async (_journey) => {
    await Promise.resolve();
    const step = steps.open("never reached", null);
    steps.close(step, null);
  },

  clean: () => ({ tag: "already-gone" }),
};
