import widthOf from "string-width";
import { beforeAll, expect, test } from "vitest";
import type { Check } from "../../src/health/index.ts";
import { openStore, type Store } from "../../src/index.ts";
import { urlOf } from "../locks/support.ts";
import { databases, describeOnEach } from "../support/databases.ts";
import { type EndedInside, type InsideOptions, jsonOf, runInside } from "./inside.ts";

const newest = databases().at(-1)?.name;
const evil = "\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e\r\n";
// oxlint-disable-next-line no-control-regex -- What may drive a terminal, besides the ends of lines.
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

/** One of each, with what could drive a terminal in each text that users choose. */
async function fill(store: Store): Promise<void> {
  await store.definitions.publish({ name: `order${evil}`, document: { evil }, status: "active" });
  for (let i = 0; i < 5; i++) {
    const labels = { total: i * 10, region: i % 2 === 0 ? "eu" : "us" };
    await store.executions.create({ id: `run-${i}`, labels, status: "running", input: { evil } });
  }
  await store.executions.save({ id: "run-0", state: { evil }, keepStates: 5 });
  await store.executions.save({ id: "run-0", state: 2 });
  await store.tasks.saveMany([
    { id: "root", executionId: "run-1", name: "order", type: "composite", status: "running" },
    { id: "charge", executionId: "run-1", parentId: "root", name: `charge${evil}`, tool: evil, status: "running" },
    { id: "ship", executionId: "run-1", parentId: "root", name: "ship", attempt: 2 },
  ]);
  await store.tasks.setStatus("charge", "failed", { error: { message: evil } });
  await store.history.append("run-1", [{ kind: `kind${evil}`, payload: evil }]);
  await store.timers.schedule({ id: "timer", executionId: "run-1", step: evil, afterMs: 3_600_000, payload: evil });
  await store.correlations.wait({ id: "wait", executionId: "run-1", step: evil, key: evil });
  await store.correlations.deliver({ key: "early", payload: evil });
  await store.schedules.save({ id: "nightly", queue: evil, cron: "0 3 * * *", payload: evil });
  await store.kv.set({ prefix: evil, key: evil, value: Buffer.from(evil) });
  await store.kv.set({ prefix: "bytes", key: "k", value: new Uint8Array([0, 255, 27]) });
  await store.snapshots.write({ persistenceId: "account", version: 1n, payload: Buffer.from("one"), manifest: evil });
  await store.checkpoints.write({
    thread: `talk${evil}`,
    id: "c1",
    manifest: evil,
    state: Buffer.from(evil),
    labels: { source: evil, step: 1 },
  });
  await store.blobs.upload(`blob${evil}`, "bytes", { contentType: "text/plain", metadata: { evil } });
  await store.jobs.pushMany([{ id: "job", queue: evil, payload: evil }, { queue: "mail" }, { queue: "mail" }]);
  await store.jobs.push({ id: "dead", queue: "sms", maxAttempts: 1 });
  for (const claim of await store.jobs.claim({ queues: ["sms"], limit: 1, holder: evil })) {
    await store.jobs.report(claim, { progress: { evil }, log: [{ message: "dialed", data: { evil } }] });
    await store.jobs.fail(claim, { error: new Error(evil) });
  }
}

/** Every command that reads, with arguments that find something. */
const reads: readonly (readonly string[])[] = [
  ["status"],
  ["definitions", "list"],
  ["definitions", "versions", `order${evil}`],
  ["definitions", "get", `order${evil}`, "active"],
  ["executions", "list"],
  ["executions", "count"],
  ["executions", "get", "run-1"],
  ["executions", "history", "run-1"],
  ["executions", "states", "run-0"],
  ["executions", "tree", "run-1"],
  ["executions", "timeline", "run-1"],
  ["tasks", "list"],
  ["tasks", "get", "charge"],
  ["tasks", "progress", "run-1"],
  ["jobs", "list"],
  ["jobs", "get", "dead"],
  ["jobs", "log", "dead"],
  ["jobs", "dead", "sms"],
  ["queues", "list"],
  ["queues", "get", "mail"],
  ["timers", "list"],
  ["timers", "get", "timer"],
  ["schedules", "list"],
  ["schedules", "get", "nightly"],
  ["correlations", "list"],
  ["correlations", "get", "wait"],
  ["correlations", "events", "early"],
  ["kv", "prefixes"],
  ["kv", "list", evil],
  ["kv", "get", evil, evil],
  ["snapshots", "list"],
  ["snapshots", "versions", "account"],
  ["snapshots", "get", "account"],
  ["checkpoints", "list"],
  ["checkpoints", "list", "--thread", `talk${evil}`, "--label", "step=1"],
  ["checkpoints", "count"],
  ["checkpoints", "get", `talk${evil}`],
  ["checkpoints", "threads"],
  ["blobs", "list"],
  ["blobs", "get", `blob${evil}`],
];

describeOnEach(
  "the commands of nouns",
  (database) => {
    let url: string;
    const run = (args: readonly string[], options?: InsideOptions): Promise<EndedInside> =>
      runInside([...args, "--database", url], options);

    beforeAll(async () => {
      url = await urlOf(database);
      await using store = await openStore({ url });
      await fill(store);
    });

    test.for(reads)("%s %s prints no character that drives a terminal, and fits it", async (args) => {
      const ended = await run(args, { columns: 80 });
      expect(ended.code).toBe(0);
      // Values are printed whole; tables and drawings are cut.
      const isWhole = args[1] === "get" || args[1] === "progress";
      const widths = isWhole ? [] : ended.stdout.split("\n").map((line) => widthOf(line));
      expect(Math.max(0, ...widths), ended.stdout).toBeLessThanOrEqual(80);
      expect(ended.stdout).not.toMatch(controls);
      expect(ended.stderr).not.toMatch(controls);
      expect(ended.stdout).not.toBe("");
    });

    test.for(reads)("%s %s --json prints one document", async (args) => {
      const ended = await run([...args, "--json"]);
      expect(ended.code).toBe(0);
      expect(ended.stdout).not.toMatch(controls);
      expect(jsonOf(ended)).toEqual(expect.any(Object));
    });

    test("doctor says what is wrong, and how to mend it", async () => {
      const ended = await run(["doctor"], { columns: 60 });
      expect(ended.stdout).not.toMatch(controls);
      const { checks, isHealthy } = jsonOf(await run(["doctor", "--json"]));
      const failed = (checks as readonly Check[]).filter(({ status }) => status === "fail");
      expect(ended.code).toBe(failed.length > 0 ? 1 : 0);
      expect(isHealthy).toBe(failed.length === 0);
      // The servers of the tests run without autovacuum.
      expect(failed.map(({ name }) => name).filter((name) => name !== "settings")).toEqual([]);
    });

    test("lists page by a cursor, both ways, and --all prints one item a line", async () => {
      const ids = ({ items }: Record<string, unknown>): unknown =>
        (items as readonly { readonly id: string }[]).map(({ id }) => id);
      const first = jsonOf(await run(["executions", "list", "--limit", "2", "--json"]));
      expect(ids(first)).toEqual(["run-0", "run-1"]);
      const after = ["--after", String(first["next"])];
      expect(ids(jsonOf(await run(["executions", "list", "--limit", "2", ...after, "--json"])))).toEqual([
        "run-2",
        "run-3",
      ]);
      expect(ids(jsonOf(await run(["executions", "list", "--limit", "1", "--order", "desc", "--json"])))).toEqual([
        "run-4",
      ]);
      const all = await run(["executions", "list", "--all", "--json"]);
      const lines = all.stdout.trimEnd().split("\n");
      expect(lines.map((line) => (JSON.parse(line) as { readonly id: string }).id)).toHaveLength(5);
      const people = await run(["executions", "list", "--limit", "2"]);
      expect(people.stderr).toContain(`more: --after ${JSON.stringify(first["next"])}`);
    });

    test("filters reach the database", async () => {
      const count = async (...args: readonly string[]): Promise<number> =>
        (jsonOf(await run([...args, "--json"]))["items"] as readonly unknown[]).length;
      expect(await count("executions", "list", "--label", "region=eu")).toBe(3);
      expect(await count("executions", "list", "--label", "total>=10", "--label", "total<30")).toBe(2);
      expect(await count("executions", "list", "--status", "failed,succeeded")).toBe(0);
      expect(await count("executions", "list", "--waiting-for", evil)).toBe(1);
      expect(await count("executions", "list", "--created-before", "1d")).toBe(0);
      expect(await count("executions", "list", "--leased")).toBe(0);
      expect(await count("jobs", "list", "--queue", "mail", "--status", "ready")).toBe(2);
      expect(await count("tasks", "list", "--parent", "root", "--status", "failed")).toBe(1);
      expect(await count("tasks", "list", "--roots")).toBe(1);
      expect(await count("timers", "list", "--status", "fired")).toBe(0);
    });

    test("lists leave payloads to get", async () => {
      const listed = await run(["jobs", "list", "--json"]);
      expect(listed.stdout).not.toContain("payload");
      expect(jsonOf(await run(["jobs", "get", "job", "--json"]))).toMatchObject({ payload: evil, status: "ready" });
      expect(jsonOf(await run(["jobs", "get", "dead", "--json"]))).toMatchObject({ progress: { evil } });
      expect(jsonOf(await run(["kv", "get", "bytes", "k", "--json"]))).toMatchObject({ value: "AP8b" });
      expect((await run(["kv", "get", "bytes", "k"])).stdout).toContain("00ff1b (3 B)");
    });

    test("a tree is drawn with statuses, attempts and durations", async () => {
      const { stdout } = await run(["executions", "tree", "run-1"]);
      const lines = stdout.split("\n");
      expect(lines[0]).toMatch(/^● run-1 {2}running {2}\d/);
      expect(lines[1]).toMatch(/^└─ ● order {2}running/);
      expect(lines[2]).toMatch(/^ {3}├─ ✗ charge.* {2}failed {2}\d+ms/);
      expect(lines[3]).toBe("   └─ ○ ship  pending  attempt 2");
      const cut = await run(["executions", "tree", "run-1", "--depth", "0"], { columns: 30 });
      expect(cut.stdout.trimEnd().split("\n")).toHaveLength(2);
      expect(cut.stderr).toContain("more");
    });

    test("a timeline is in the order of time", async () => {
      const { events } = jsonOf(await run(["executions", "timeline", "run-1", "--json"]));
      const all = events as readonly { readonly at: string; readonly kind: string }[];
      expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).toSorted());
      expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(["execution", "task", "history", "timer", "wait"]));
    });

    test.for([
      ["jobs", "get", "none"],
      ["executions", "tree", "none"],
      ["executions", "history", "none"],
      ["timers", "get", "none"],
      ["schedules", "get", "none"],
      ["definitions", "get", "none"],
      ["kv", "get", "none", "none"],
      ["snapshots", "get", "account", "--at", "7"],
      ["blobs", "get", "none"],
    ])("%s %s of what is not there is exit code 1, in one line", async (args) => {
      const ended = await run(args);
      expect(ended).toMatchObject({ code: 1, stdout: "" });
      expect(ended.stderr.trimEnd().split("\n")).toHaveLength(2);
    });

    test.for([
      ["jobs", "list", "--limit", "0"],
      ["jobs", "list", "--status", "late"],
      ["jobs", "list", "--unknown"],
      ["jobs", "list", "--all", "--after", "x"],
      ["jobs", "list", "--after", ""],
      ["executions", "list", "--label", "region"],
      ["executions", "list", "--created-after", "yesterday"],
      ["queues", "set", "mail"],
      ["queues", "set", "mail", "--rate", "100"],
      ["correlations", "list", "--status", "delivered"],
    ])("%s %s %s is wrong usage", async (args) => {
      expect(await run(args)).toMatchObject({ code: 2, stdout: "" });
    });

    test("settings of a queue are set and removed", async () => {
      const set = ["queues", "set", "limited", "--concurrency", "3", "--rate", "100/1m", "--timeout", "30s", "--json"];
      expect(jsonOf(await run(set))).toMatchObject({
        concurrency: 3,
        rate: { limit: 100, periodMs: 60_000 },
        timeoutMs: 30_000,
      });
      expect(jsonOf(await run(["queues", "set", "limited", "--rate", "none", "--json"]))).toMatchObject({
        concurrency: 3,
        rate: null,
      });
      expect((await run(["queues", "pause", "limited"])).code).toBe(0);
      expect(jsonOf(await run(["queues", "resume", "limited", "--json"]))).toEqual({ resumed: true });
      expect(jsonOf(await run(["queues", "resume", "limited", "--json"]))).toEqual({ resumed: false });
    });

    test("status shows counts, queues and what is late", async () => {
      const { stdout } = await run(["status"]);
      expect(stdout).toMatch(/^holdfast \d+\.\d+\.\d+ · schema holdfast at \d{4}_\w+ · PostgreSQL \d+/);
      expect(stdout).toMatch(/^executions {2}5 running$/m);
      expect(stdout).toMatch(/^mail +jobs +2 /m);
      expect(jsonOf(await run(["status", "--json"]))).toMatchObject({
        missingMigrations: 0,
        counts: { executions: { running: 5 } },
        queues: expect.arrayContaining([expect.objectContaining({ queue: "sms", dead: 1 })]),
      });
    });

    test("bench measures, and leaves no schema behind", async () => {
      const { results } = jsonOf(await run(["bench", "--time", "20ms", "--json"]));
      const measured = results as readonly {
        readonly calls: number;
        readonly perSecond: number;
        readonly p50Ms: number;
      }[];
      expect(measured.map(({ calls }) => calls > 0)).toEqual(measured.map(() => true));
      expect(measured.every(({ perSecond, p50Ms }) => perSecond > 0 && p50Ms > 0)).toBe(true);
      const schemas = await run(["status", "--schema", "holdfast_bench", "--json"]);
      expect(schemas.code).toBe(1);
    });
  },
  (name) => name === newest,
);
