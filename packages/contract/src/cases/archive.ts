import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";
import { changed, linesOf, withFamily } from "./archives.ts";
import { areHeld } from "./held.ts";

/** What the export and import of executions promise. */
export const archiveContract: readonly ContractCase[] = [
  {
    name: "an execution is exported with those below it and all that is theirs, removed, and imported as it was",
    async run({ store }) {
      await withFamily(store);
      const read = async (): Promise<unknown> => ({
        executions: await Promise.all(["root", "a child"].map((id) => store.executions.require(id))),
        tasks: (await store.tasks.list({ executionId: "root" })).items.map((task) => ({ ...task, sequence: null })),
        component: await store.components.get("root", "c"),
        timers: (await store.timers.list({ executionId: "a child" })).items,
        jobs: await Promise.all(["j1", "j2"].map((id) => store.jobs.require(id))),
        // Positions and sequences are drawn anew, in their order.
        entries: (await store.history.read("a child")).items.map((entry) => ({ ...entry, position: null })),
      });
      const before = await read();
      const archive = await linesOf(store.export({ executionId: "root" }));
      await store.executions.remove("root");
      const { rows } = await store.import(archive);
      assert.deepEqual(await read(), before);
      const tables = Object.fromEntries(Object.entries(rows).filter(([table]) => table !== "sequences"));
      assert.deepEqual(tables, {
        blocked_jobs: 1,
        component_states: 1,
        definitions: 1,
        executions: 2,
        history_entries: 2,
        history_forks: 1,
        history_heads: 1,
        job_dependencies: 1,
        jobs: 2,
        tasks: 2,
        timers: 1,
      });
      // What it shared is its own now.
      await store.executions.remove("origin");
      assert.deepEqual(await store.history.append("a child", [{ kind: "next" }]), [3]);
      assert.equal((await store.history.read("a child")).items.length, 3);
      const [job] = await store.jobs.claim({ queues: ["q"], limit: 5, leaseMs: 60_000, holder: "h" });
      assert.equal(job?.id, "j1");
    },
  },
  {
    name: "imported executions are claimed as before: those that are ready, at their moment, and when what they wait for comes",
    async run({ store }) {
      const queue = "orders";
      await store.executions.create({ id: "p" });
      await store.executions.createMany([
        { id: "leased", parentId: "p", queue, priority: -2 },
        { id: "parked", parentId: "p", queue, priority: -1 },
        { id: "ready", parentId: "p", queue, group: "g" },
        { id: "later", parentId: "p", queue, runAt: new Date(Date.now() + 86_400_000) },
        { id: "ended", parentId: "p", queue, priority: 9 },
      ]);
      const [leased, parked] = await store.executions.claim({ queues: [queue], limit: 2, leaseMs: 60_000 });
      assert.ok(leased && parked);
      await store.executions.transition("parked", {
        require: { token: parked.token },
        park: { waits: [{ key: "k" }] },
      });
      await store.executions.cancel("ended");
      const archive = await linesOf(store.export({ executionId: "p" }));
      await store.executions.remove("p");
      await store.import(archive);
      const claimed = async (): Promise<readonly string[]> =>
        (await store.executions.claim({ queues: [queue], limit: 10 })).map(({ id }) => id);
      assert.deepEqual(await claimed(), ["ready"]);
      await store.correlations.deliver({ key: "k" });
      assert.deepEqual(await claimed(), ["parked"]);
      assert.deepEqual(
        areHeld(await store.executions.heartbeat([{ id: "leased", token: leased.token }], { leaseMs: 60_000 })),
        [true],
      );
    },
  },
  {
    name: "imported jobs wait in line where their queue limits groups here, and not where it does not",
    async run({ store }) {
      const archiveOf = async (id: string): Promise<readonly string[]> => {
        await store.executions.create({ id });
        await store.jobs.pushMany([1, 2].map((n) => ({ id: `${id} ${n}`, queue: "q", group: "g", executionId: id })));
        const archive = await linesOf(store.export({ executionId: id }));
        await store.executions.remove(id);
        return archive;
      };
      const free = await archiveOf("free");
      await store.queues.configure("q", { concurrencyPerGroup: 1 });
      const limited = await archiveOf("limited");
      await store.import(free);
      await store.import(limited);
      const [first, ...others] = await store.jobs.claim({ queues: ["q"], limit: 10 });
      assert.deepEqual([first?.executionId, others], ["free", []]);
      await store.queues.configure("q", { concurrencyPerGroup: null });
      assert.equal((await store.jobs.claim({ queues: ["q"], limit: 10 })).length, 3);
    },
  },
  {
    name: "jobs of a group that was limited are claimed in a store that limits none",
    async run({ store }) {
      await store.queues.configure("q", { concurrencyPerGroup: 1 });
      await store.executions.create({ id: "e" });
      await store.jobs.pushMany([1, 2].map((n) => ({ id: `j${n}`, queue: "q", group: "g", executionId: "e" })));
      const archive = await linesOf(store.export({ executionId: "e" }));
      await store.executions.remove("e");
      await store.import(changed(archive, (line) => line.replaceAll('"q"', '"r"')));
      assert.equal((await store.jobs.claim({ queues: ["r"], limit: 10 })).length, 2);
    },
  },
  {
    name: "no token is given again after an import from a store that has given fewer",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.jobs.push({ id: "j", queue: "q" });
      const [first] = await store.jobs.claim({ queues: ["q"], limit: 1, leaseMs: 1000 });
      const archive = await linesOf(store.export({ executionId: "e" }));
      await store.executions.remove("e");
      // A sequence that nothing was drawn from says the value that is drawn first.
      await store.import(changed(archive, (line) => line.replace('"isCalled":"true"', '"isCalled":"false"')));
      await clock.advance(1001);
      const [again] = await store.jobs.claim({ queues: ["q"], limit: 1, leaseMs: 1000 });
      assert.ok(first && again && again.token > first.token);
    },
  },
  {
    name: "an execution that exists is not imported, and nothing is changed",
    async run({ store }) {
      await withFamily(store);
      const archive = await linesOf(store.export({ executionId: "root" }));
      await store.executions.remove("root");
      await store.executions.create({ id: "a child", labels: { mine: true } });
      await assert.rejects(store.import(archive), {
        code: "conflict",
        facts: { entity: "execution", id: "a child" },
      });
      assert.equal(await store.executions.get("root"), null);
      assert.deepEqual((await store.executions.require("a child")).labels, { mine: true });
      assert.equal(await store.jobs.get("j1"), null);
    },
  },
  {
    name: "of a definition, another document under the same version is refused, and a second active version comes as retired",
    async run({ store }) {
      await store.definitions.publish({ name: "d", document: { v: 1 }, status: "active" });
      await store.executions.create({ id: "e", definition: { name: "d", version: 1 } });
      const archive = await linesOf(store.export({ executionId: "e" }));
      await store.executions.remove("e");
      await store.definitions.remove("d", 1);
      await store.definitions.publish({ name: "d", version: 2, document: { v: 2 }, status: "active" });
      await store.import(archive);
      assert.equal((await store.definitions.get("d", 1))?.status, "retired");
      assert.equal((await store.definitions.get("d", "active"))?.version, 2);
      await store.executions.remove("e");
      await store.definitions.remove("d", 1);
      await store.definitions.publish({ name: "d", version: 1, document: { v: "other" } });
      await assert.rejects(store.import(archive), {
        code: "conflict",
        facts: { entity: "definition", name: "d", version: 1 },
      });
    },
  },
  {
    name: "an execution whose job comes after one of another execution is exported with the whole store only",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.jobs.push({ id: "first", queue: "q" });
      await store.jobs.push({ id: "then", queue: "q", executionId: "e", after: ["first"] });
      await assert.rejects(linesOf(store.export({ executionId: "e" })), {
        code: "conflict",
        facts: { entity: "job", id: "then", after: "first" },
      });
      assert.ok((await linesOf(store.export())).length > 3);
      await assert.rejects(linesOf(store.export({ executionId: "x" })), {
        code: "not_found",
        facts: { entity: "execution", id: "x" },
      });
    },
  },
  {
    name: "the store is free while its archive is read, and an import may read the store it writes to",
    async run({ store }) {
      await withFamily(store);
      let lines = 0;
      for await (const line of store.export()) {
        if (line.includes("history_entries")) await store.history.append("root", [{ kind: "late" }]);
        lines++;
      }
      assert.ok(lines > 10);
      const archive = store.export({ executionId: "root" });
      const removing = async function* (): AsyncGenerator<string> {
        const whole = await linesOf(archive);
        await store.executions.remove("root");
        yield* whole;
      };
      await store.import(removing());
      assert.ok(await store.executions.get("a child"));
    },
  },
  {
    name: "an archive that was cut off or changed anywhere is refused, and nothing of it is there",
    async run({ store }) {
      await withFamily(store);
      const text = (await linesOf(store.export({ executionId: "root" }))).join("");
      await store.executions.remove("root");
      const refused = async (archive: readonly (string | Uint8Array)[], code: string): Promise<void> => {
        await assert.rejects(store.import(archive), (error: { code: string }) => {
          assert.equal(error.code, code);
          return true;
        });
        assert.equal(await store.executions.get("root"), null);
      };
      const lines = text.split("\n");
      for (const kept of [1, 2, lines.length - 2]) await refused([`${lines.slice(0, kept).join("\n")}\n`], "corrupt");
      for (const part of [0.3, 0.7, 0.99]) await refused([text.slice(0, Math.trunc(text.length * part))], "corrupt");
      await refused([text.replace('"root"', '"rooT"')], "corrupt");
      await refused([text.replace("wait_all", "wait_alL")], "corrupt");
      await refused([lines.toSpliced(2, 1).join("\n")], "corrupt");
      await refused([text, text], "corrupt");
      await refused([], "invalid_input");
      await refused(["{}\n"], "invalid_input");
      await refused(["no archive"], "invalid_input");
      await refused([text.replace('"format":1', '"format":2')], "invalid_input");
      await refused([text.replace(/"schema":"\w+"/, '"schema":"0000_other"')], "corrupt");
      // Cut into bytes anyhow, it is whole.
      const bytes = Buffer.from(text);
      await store.import(
        Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => bytes.subarray(i * 7, i * 7 + 7)),
      );
      assert.ok(await store.executions.get("root"));
    },
  },
  {
    name: "bad input is refused with the name of the field",
    async run({ store }) {
      const refused = (field: string): object => ({ code: "invalid_input", facts: { field } });
      assert.throws(() => store.export(null as never), refused("options"));
      assert.throws(() => store.export({ executionId: "" }), refused("executionId"));
      for (const archive of [null, undefined, 7, {}]) {
        await assert.rejects(store.import(archive as never), refused("archive"));
      }
    },
  },
];
