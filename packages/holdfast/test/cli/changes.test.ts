import { beforeAll, expect, test } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import { urlOf } from "../locks/support.ts";
import { databases, describeOnEach } from "../support/databases.ts";
import { type EndedInside, type InsideOptions, jsonOf, runInside } from "./inside.ts";

const newest = databases().at(-1)?.name;

/** Every command that asks before it changes something. */
const asking: readonly (readonly string[])[] = [
  ["jobs", "cancel", "a"],
  ["jobs", "cancel", "--queue", "mail"],
  ["jobs", "retry", "--queue", "mail"],
  ["executions", "cancel", "run"],
  ["executions", "keep-states", "kept", "1"],
  ["timers", "cancel", "timer"],
  ["correlations", "cancel", "wait"],
  ["schedules", "remove", "nightly"],
  ["definitions", "activate", "order", "1"],
  ["definitions", "retire", "order", "1"],
  ["blobs", "remove", "blob"],
  ["retain"],
];

describeOnEach(
  "commands that change something",
  (database) => {
    let url: string;
    let store: Store;
    const run = (args: readonly string[], options?: InsideOptions): Promise<EndedInside> =>
      runInside([...args, "--database", url], options);

    beforeAll(async () => {
      url = await urlOf(database);
      store = await openStore({ url });
      await store.executions.create({ id: "run" });
      await store.executions.create({ id: "kept", state: 1, keepStates: 5 });
      for (const state of [2, 3]) await store.executions.save({ id: "kept", state });
      await store.timers.schedule({ id: "timer", executionId: "run", step: "remind", afterMs: 3_600_000 });
      await store.correlations.wait({ id: "wait", executionId: "run", step: "pay", key: "k" });
      await store.schedules.save({ id: "nightly", queue: "reports", everyMs: 60_000 });
      await store.definitions.publish({ name: "order", document: {} });
      await store.blobs.upload("blob", "bytes");
      await store.jobs.pushMany(["a", "b"].map((id) => ({ id, queue: "mail" })));
      return () => store.close();
    });

    test.for(asking)("%s %s is refused where nobody can be asked, and changes nothing", async (args) => {
      const ended = await run(args);
      expect(ended).toMatchObject({ code: 2, stdout: "" });
      expect(ended.stderr).toContain("--yes");
    });

    test.for(asking)("%s %s says what it would do, and changes nothing, by --dry-run", async (args) => {
      const ended = await run([...args, "--dry-run"]);
      expect(ended.code).toBe(0);
      expect(ended.stdout).toMatch(/would|^canceled 0|^retried 0/);
    });

    test("nothing has changed by then", async () => {
      expect(await store.queues.counts("mail")).toMatchObject({ ready: 2, canceled: 0 });
      expect((await store.executions.require("run")).status).toBe("pending");
      expect((await store.executions.formerStates("kept")).items).toHaveLength(2);
      expect((await store.timers.require("timer")).status).toBe("scheduled");
      expect(await store.schedules.get("nightly")).not.toBeNull();
      expect((await store.definitions.require("order", 1)).status).toBe("draft");
      expect(await store.blobs.exists("blob")).toBe(true);
    });

    test("former states are kept, shown, and removed on demand", async () => {
      await store.executions.create({ id: "stateful", state: { step: 1 } });
      expect(await run(["executions", "keep-states", "stateful", "2"])).toMatchObject({ code: 0, stdout: "keeps 2\n" });
      for (const step of [2, 3]) await store.executions.save({ id: "stateful", state: { step } });
      const listed = await run(["executions", "states", "stateful"], { columns: 100 });
      expect(listed.stdout.split("\n").map((line) => line.split(/ {2,}/).at(-1))).toEqual([
        "STATE",
        '{"step":2}',
        '{"step":1}',
        "",
      ]);
      const { state } = jsonOf(await run(["executions", "states", "stateful", "--at", "1", "--json"]));
      expect(state).toEqual({ step: 1 });
      expect(await run(["executions", "states", "stateful", "--at", "9"])).toMatchObject({ code: 1, stdout: "" });
      const asked = await run(["executions", "keep-states", "stateful", "0"], { types: "y\n" });
      expect(asked).toMatchObject({ code: 0, stdout: "keeps 0, removed 2\n" });
      expect(asked.stderr).toContain("This will keep 0 former states of stateful, and remove the oldest 2.");
      await store.components.save({ executionId: "stateful", component: "cart", state: 1 });
      const ofCart = ["--component", "cart"];
      expect((await run(["executions", "keep-states", "stateful", "1", ...ofCart])).code).toBe(0);
      await store.components.save({ executionId: "stateful", component: "cart", state: 2 });
      expect((await run(["executions", "states", "stateful", ...ofCart])).stdout).toContain("STATE");
      for (const wrong of [
        ["executions", "states", "none"],
        ["executions", "keep-states", "none", "1"],
      ]) {
        expect(await run(wrong)).toMatchObject({ code: 1, stdout: "" });
      }
      expect((await run(["executions", "keep-states", "stateful", "1001"])).code).toBe(2);
    });

    test("an unknown queue is named before it is paused", async () => {
      const unknown = "queue mial has no jobs, executions or settings: is this its name?";
      for (const args of [
        ["get", "mial"],
        ["pause", "mial"],
      ]) {
        expect((await run(["queues", ...args])).stderr).toContain(unknown);
      }
      // It has a setting now.
      expect((await run(["queues", "resume", "mial"])).stderr).not.toContain(unknown);
      expect((await run(["queues", "pause", "mail", "--json"])).stderr).not.toContain("is this its name");
      expect((await run(["queues", "resume", "mail"])).stdout).toBe("resumed\n");
    });

    test.for([
      [["executions", "get", "none"], "Execution none does not exist: `executions list` shows the others."],
      [["tasks", "progress", "none"], "Execution none does not exist: `executions list` shows the others."],
      [["jobs", "get", "none"], "Job none does not exist: `jobs list` shows the others."],
      [["timers", "cancel", "none", "--yes"], "Timer none does not exist: `timers list` shows the others."],
      [["schedules", "pause", "none"], "Schedule none does not exist: `schedules list` shows the others."],
      [["kv", "get", "a", "b"], 'Entry "b" of prefix "a" does not exist: `kv prefixes` shows the others.'],
      [["blobs", "get", "none"], 'Blob "none" does not exist, or has expired: `blobs list` shows the others.'],
      [["definitions", "get", "none"], "Definition none has no latest version: `definitions list` shows the others."],
    ] as const)("%s fails, and says where to look", async ([args, message]) => {
      const ended = await run(args);
      expect(ended).toMatchObject({ code: 1, stdout: "" });
      expect(ended.stderr).toContain(`holdfast: ${message}\n`);
    });

    test("a person is asked, and may say no", async () => {
      const no = await run(["jobs", "cancel", "--queue", "mail"], { types: "n\n" });
      expect(no).toMatchObject({ code: 1, stdout: "" });
      expect(no.stderr).toContain("This will cancel 2 jobs of queue mail. Continue? [y/N]");
      expect(no.stderr).toContain("nothing was changed");
      const silence = await run(["executions", "cancel", "run"], { types: "\n" });
      expect(silence.code).toBe(1);
      expect(await store.queues.counts("mail")).toMatchObject({ ready: 2 });
      const yes = await run(["jobs", "cancel", "--queue", "mail"], { types: "y\n" });
      expect(yes).toMatchObject({ code: 0, stdout: "canceled 2 jobs\n" });
      expect(await store.queues.counts("mail")).toMatchObject({ ready: 0, canceled: 2 });
    });

    test("what users named cannot drive the terminal of who is asked", async () => {
      const id = "\u001b[2J\u009b31m";
      await store.executions.create({ id });
      const asked = await run(["executions", "cancel", id], { types: "n\n" });
      expect(asked.stderr).toContain(String.raw`cancel execution \u001b[2J\u009b31m`);
      expect(asked.stderr).not.toContain(id);
      expect((await run(["executions", "cancel", id, "--dry-run"])).stdout).not.toContain(id);
    });

    test("many jobs are changed in portions, whichever the filter selects", async () => {
      const ids = Array.from({ length: 2500 }, (_, i) => ({ id: `many-${i}`, queue: "many", group: `g${i % 2}` }));
      await store.jobs.pushMany(ids);
      const dry = await run(["jobs", "cancel", "--queue", "many", "--group", "g1", "--dry-run"]);
      expect(dry.stdout).toBe("would cancel 1,250 jobs of queue many\n");
      const canceled = await run(["jobs", "cancel", "--queue", "many", "--group", "g1", "--yes", "--json"]);
      expect(jsonOf(canceled)).toEqual({ canceled: 1250 });
      const none = await run(["jobs", "retry", "--queue", "many", "--pushed-before", "2000-01-01", "--yes"]);
      expect(none).toMatchObject({ code: 0, stdout: "retried 0 jobs\n" });
      expect((await run(["jobs", "retry", "--queue", "many", "--yes"])).stdout).toBe("retried 1,250 jobs\n");
      expect(await store.queues.counts("many")).toMatchObject({ ready: 2500, canceled: 0 });
    });

    test("named jobs in no status to change are named, with exit code 1", async () => {
      await store.jobs.pushMany([
        { id: "open", queue: "named" },
        { id: "gone", queue: "named" },
      ]);
      await store.jobs.cancel("gone");
      const ended = await run(["jobs", "cancel", "open", "gone", "--yes"]);
      expect(ended).toMatchObject({ code: 1, stdout: "canceled 1 job\n" });
      expect(ended.stderr).toContain("in no status to cancel: gone");
      expect(await run(["jobs", "cancel", "nobody", "--yes"])).toMatchObject({ code: 1, stdout: "" });
    });

    test("jobs are named or selected, and selected by a queue or an execution", async () => {
      for (const args of [[], ["a", "--queue", "mail"], ["--group", "g"]]) {
        expect(await run(["jobs", "cancel", ...args, "--yes"])).toMatchObject({ code: 2, stdout: "" });
      }
    });

    test("each ends what it names", async () => {
      for (const args of asking.filter(([noun]) => noun !== "jobs" && noun !== "retain" && noun !== "executions")) {
        expect((await run([...args, "--yes"])).code, args.join(" ")).toBe(0);
      }
      expect((await store.timers.get("timer"))?.status ?? "removed").not.toBe("scheduled");
      expect(await store.correlations.get("wait")).toBeNull();
      expect(await store.schedules.get("nightly")).toBeNull();
      expect(await store.blobs.exists("blob")).toBe(false);
      expect((await store.definitions.require("order", 1)).status).toBe("retired");
      const cancel = ["executions", "cancel", "run", "--reason", "twice", "--yes", "--json"];
      expect(jsonOf(await run(cancel))).toEqual({ canceled: true });
      expect(await store.executions.require("run")).toMatchObject({
        status: "canceled",
        error: { name: "Canceled", message: "twice" },
      });
      expect((await run(cancel)).code).toBe(1);
    });
  },
  (name) => name === newest,
);
