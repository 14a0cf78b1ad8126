import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { describeOnEach } from "../support/databases.ts";
import { shortLived } from "../support/short-lived.ts";

const child = fileURLToPath(new URL("driver-child.ts", import.meta.url));
const installed = fileURLToPath(new URL("../../../../node_modules", import.meta.url));

/** A change of the driver's inside: in which files, which words become which. The driver itself goes on as it should. */
type Change = readonly (readonly [file: string, from: RegExp, to: string])[];

/** A copy of the driver with a change. */
function changedDriver(change: Change): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-driver-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const copy = join(folder, "pg");
  cpSync(join(installed, "pg"), copy, { recursive: true });
  symlinkSync(installed, join(folder, "node_modules"));
  for (const [file, from, to] of change) {
    const path = join(copy, "lib", file);
    const text = readFileSync(path, "utf8");
    expect(text).toMatch(from);
    writeFileSync(path, text.replaceAll(from, to));
  }
  return pathToFileURL(join(copy, "esm/index.mjs")).href;
}

/** What a process writes and reads through that driver, and what it warns of. */
async function run(options: object, change: Change): Promise<{ came: unknown; warnings: readonly string[] }> {
  const argv = [...shortLived, "--import", "tsx", child, changedDriver(change), JSON.stringify(options)];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  return JSON.parse(stdout) as { came: unknown; warnings: readonly string[] };
}

const active = /_getActiveQuery/g;
const changes: readonly (readonly [name: string, change: Change, problem: string])[] = [
  ["lacks a method", [["client.js", active, "_current"]], "it has no _getActiveQuery"],
  ["does not export a class", [["index.js", /this\.Query = .*/g, ""]], "it has no Query"],
  [
    "means something else by a method",
    [
      ["client.js", /_getActiveQuery\(\) \{/g, "_getActiveQuery() { return null }\n_current() {"],
      ["client.js", /this\._getActiveQuery/g, "this._current"],
    ],
    "values differ in text",
  ],
  [
    "throws in a method",
    [
      ["client.js", /_getActiveQuery\(\) \{/g, "_getActiveQuery() { throw new Error('private') }\n_current() {"],
      ["client.js", /this\._getActiveQuery/g, "this._current"],
    ],
    "private",
  ],
  [
    "keeps statements elsewhere",
    [
      ["client.js", /parsedStatements\[/g, "known["],
      ["connection.js", /this\.parsedStatements = \{\}/g, "this.parsedStatements = {}; this.known = {}"],
      ["query.js", /parsedStatements\[/g, "known["],
    ],
    "already exists",
  ],
  [
    "never tells that an answer is complete",
    [
      ["client.js", /activeQuery\.handleReadyForQuery/g, "activeQuery.ready"],
      ["query.js", /handleReadyForQuery\(con\)/g, "ready(con)"],
    ],
    "is not iterable",
  ],
  [
    "never answers a query of another class",
    [["client.js", /activeQuery\.handleReadyForQuery/g, '"readRow" in activeQuery || activeQuery.handleReadyForQuery']],
    "no answer came",
  ],
];

describeOnEach(
  "a driver that is not as it was read",
  (fresh) => {
    test("gives the same values in its own way, and one warning", async () => {
      const database = await fresh.options();
      // A server's database holds a schema for each.
      const open = (schema: string) => ("url" in database ? { ...database, schema } : database);
      const unchanged = await run(open("unchanged"), []);
      expect(unchanged.warnings).toEqual([]);
      const tried = "url" in database ? changes.slice(-2) : changes;
      for (const [i, [name, change, problem]] of tried.entries()) {
        const { came, warnings } = await run(open(`changed_${i}`), change);
        expect(came, name).toEqual(unchanged.came);
        expect(warnings, name).toEqual([expect.stringContaining(problem)]);
      }
    }, 240_000);
  },
  (name) => name !== "postgres-15",
);
