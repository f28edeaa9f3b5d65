// J5 by Node's fetch. Arguments: the server's address, and how many runs at a time. Reads lines that say how many runs to
// make, and answers each with the microseconds of processor time that they took.

import { createInterface } from "node:readline";

const [base, atATime] = process.argv.slice(1);
const JSON_HEADERS = { "content-type": "application/json" };

const ask = async (method, path, value, status, key, extra = {}) => {
  const body = value && JSON.stringify(value);
  const headers = { ...(value && JSON_HEADERS), ...extra };
  const response = await fetch(base + path, { method, headers, body });
  if (response.status !== status) throw new Error(`${path} answered ${response.status}`);
  const answer = await response.json();
  if (answer[key] === undefined) throw new Error(`the value is not there`);
};

const walk = async () => {
  await ask("GET", "/page", undefined, 200, "ok");
  await ask("POST", "/session", { user: "ana" }, 200, "token");
  await ask("POST", "/items", { sku: "A1" }, 201, "id");
  await ask("GET", "/items/7", undefined, 200, "id");
  await ask("DELETE", "/items/7", undefined, 200, "deleted", { connection: "close" });
};

const round = async (runs) => {
  let left = runs;
  const worker = async () => {
    while (left-- > 0) await walk();
  };
  await Promise.all(Array.from({ length: Number(atATime) }, worker));
};

for await (const line of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage();
  await round(Number(line));
  const { user, system } = process.cpuUsage(before);
  console.log(user + system);
}
