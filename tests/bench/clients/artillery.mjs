// J5 by Artillery's engine: a virtual user a run, and the metrics that Artillery keeps of requests. Arguments: the server's
// address, how many runs at a time, and the folder of the package. Reads lines that say how many runs to make, and answers each
// with the microseconds of processor time that they took.

import { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const [base, atATime, folder] = process.argv.slice(1);
const require = createRequire(`${folder}/`);
const { engine_http: Engine, ssms } = require("@artilleryio/int-core");
const { engine_util: util } = require("@artilleryio/int-commons");

// Without its plugin `expect`, Artillery takes any status for an answer.
const statusIs = (status) => (_request, response, _context, _events, done) =>
  done(response.statusCode === status ? null : new Error(`${response.url} answered ${response.statusCode}`));
const processor = { is200: statusIs(200), is201: statusIs(201) };

const request = (method, url, json, status, path, more = {}) =>
  ({ [method]: { url, json, afterResponse: `is${status}`, capture: { json: path, as: "value" }, ...more } });
const flow = [
  request("get", "/page", undefined, 200, "$.ok"),
  request("post", "/session", { user: "ana" }, 200, "$.token"),
  request("post", "/items", { sku: "A1" }, 201, "$.id"),
  request("get", "/items/7", undefined, 200, "$.id"),
  request("delete", "/items/7", undefined, 200, "$.deleted", { headers: { connection: "close" } }),
];

const events = new EventEmitter();
const metrics = new ssms.SSMS();
events.on("counter", (name, value) => metrics.counter(name, value));
events.on("histogram", (name, value) => metrics.summary(name, value));
events.on("rate", (name) => metrics.rate(name));
events.on("error", () => {});
const config = { target: base, processor, phases: [] };
const engine = new Engine({ config }, events, util);
await engine.init?.();
const user = promisify(engine.createScenario({ flow }, events));

const round = async (runs) => {
  let left = runs;
  const worker = async () => {
    while (left-- > 0) await user({ vars: { target: base }, funcs: {} });
  };
  await Promise.all(Array.from({ length: Number(atATime) }, worker));
};

for await (const line of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage();
  await round(Number(line));
  const { user: own, system } = process.cpuUsage(before);
  console.log(own + system);
}
