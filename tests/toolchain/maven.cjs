// Downloads artifacts from Maven Central and compares each with its SHA-256.
//
// Arguments: the directory of the package that downloads, the directory for the artifacts, and the file that lists them.

const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const [downloader, folder, list] = process.argv.slice(2);
const download = require(downloader).default;

(async () => {
  for (const line of readFileSync(list, "utf8").trim().split("\n")) {
    const [artifact, expected] = line.split(" ");
    const file = await download(artifact, folder);
    const actual = createHash("sha256").update(readFileSync(file)).digest("hex");
    if (actual !== expected) throw new Error(`${artifact} has the SHA-256 ${actual} instead of ${expected}`);
  }
})().catch((error) => {
  console.error(String(error));
  process.exit(1);
});
