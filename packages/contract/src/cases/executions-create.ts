import assert from "node:assert/strict";
import { NotFoundError } from "holdfast";
import type { ContractCase } from "../case.ts";

/** How executions come to be. */
export const executionsCreateCases: readonly ContractCase[] = [
  {
    name: "a created execution is read back as it was given",
    async run({ store: { definitions, executions } }) {
      await definitions.publish({ name: "n", document: 1, status: "active" });
      await definitions.publish({ name: "n", document: 2 });
      await executions.create({ id: "parent" });
      const { outcome, execution } = await executions.create({
        definition: { name: "n", version: "active" },
        parentId: "parent",
        input: { text: "\0 \ud800" },
        state: null,
        labels: { customer: "c", tries: 2, urgent: true },
        strategy: "race",
        status: "running",
      });
      assert.equal(outcome, "created");
      assert.equal(execution.version, 1);
      assert.deepEqual(execution.definition, { name: "n", version: 1 });
      assert.equal(execution.state, null);
      assert.equal(execution.output, undefined);
      assert.ok(execution.startedAt);
      assert.deepEqual(await executions.require(execution.id), execution);
      const latest = await executions.create({ definition: { name: "n", version: "latest" } });
      assert.equal(latest.execution.definition?.version, 2);
    },
  },
  {
    name: "an id is taken once",
    async run({ store: { executions } }) {
      await executions.create({ id: "e", input: 1 });
      await assert.rejects(executions.create({ id: "e", input: 1 }), {
        code: "duplicate",
        facts: { entity: "execution", id: "e" },
      });
      await assert.rejects(executions.create({ id: "e", idempotencyKey: "k" }), { code: "duplicate" });
      await assert.rejects(executions.createMany([{ id: "f" }, { id: "e" }]), { code: "duplicate" });
      assert.equal(await executions.get("f"), null);
    },
  },
  {
    name: "a repeated request gets what the first created, also when that has moved on",
    async run({ store: { definitions, executions } }) {
      await definitions.publish({ name: "n", document: 1, status: "active" });
      const request = {
        definition: { name: "n", version: "active" as const },
        input: { a: 1, b: [2] },
        idempotencyKey: "k",
      };
      const { execution } = await executions.create(request);
      await executions.save({ id: execution.id, status: "running", state: { at: 1 } });
      await definitions.publish({ name: "n", document: 2, status: "active" });
      const again = await executions.create({ ...request, input: { b: [2], a: 1 } });
      assert.equal(again.outcome, "replayed");
      assert.deepEqual(again.execution, await executions.require(execution.id));
      const other = await executions.create({ ...request, input: { a: 2 } });
      assert.equal(other.outcome, "mismatch");
      assert.equal(other.execution.id, execution.id);
      assert.equal(await executions.count(), 1);
    },
  },
  {
    name: "a fingerprint of the caller's own decides what is the same",
    async run({ store: { executions } }) {
      await executions.create({ idempotencyKey: "k", fingerprint: "f", input: 1 });
      assert.equal((await executions.create({ idempotencyKey: "k", fingerprint: "f", input: 2 })).outcome, "replayed");
      assert.equal((await executions.create({ idempotencyKey: "k", fingerprint: "g", input: 1 })).outcome, "mismatch");
    },
  },
  {
    name: "of concurrent requests with one key, one creates",
    async run({ store }) {
      const calls = Array.from({ length: 30 }, (_, i) => {
        const request = { ...(i % 3 ? { id: "e" } : {}), idempotencyKey: "k", input: 1 };
        return i % 2 ? store.executions.create(request) : store.transaction((tx) => tx.executions.create(request));
      });
      const created = await Promise.all(calls);
      assert.equal(created.filter(({ outcome }) => outcome === "created").length, 1);
      assert.equal(created.filter(({ outcome }) => outcome === "replayed").length, 29);
      assert.equal(new Set(created.map(({ execution }) => execution.id)).size, 1);
      assert.equal(await store.executions.count(), 1);
    },
  },
  {
    name: "of concurrent calls with one id, one creates",
    async run({ store }) {
      const settled = await Promise.allSettled(
        Array.from({ length: 12 }, (_, i) =>
          store.transaction((tx) => tx.executions.create({ id: "e", idempotencyKey: `k${i}` })),
        ),
      );
      assert.equal(settled.filter((each) => each.status === "fulfilled").length, 1);
      for (const each of settled) {
        if (each.status === "rejected") assert.equal((each.reason as { code: string }).code, "duplicate");
      }
    },
  },
  {
    name: "an execution without its definition or its parent is refused, naming which",
    async run({ store: { definitions, executions } }) {
      await definitions.publish({ name: "n", document: 1 });
      const refused =
        (field: string, name: string): ((error: unknown) => boolean) =>
        (error) => {
          const { code, facts } = error as { code: string; facts: Record<string, unknown> };
          return code === "not_found" && facts["field"] === field && (facts["name"] ?? facts["id"]) === name;
        };
      await assert.rejects(executions.create({ definition: { name: "m", version: 1 } }), refused("definition", "m"));
      await assert.rejects(executions.create({ definition: { name: "n", version: 2 } }), refused("definition", "n"));
      await assert.rejects(
        executions.create({ definition: { name: "n", version: "active" } }),
        refused("definition", "n"),
      );
      await assert.rejects(executions.create({ parentId: "p" }), refused("parentId", "p"));
      await assert.rejects(executions.save({ id: "e", parentId: "p" }), refused("parentId", "p"));
      await assert.rejects(
        executions.save({ id: "e", definition: { name: "m", version: "latest" } }),
        refused("definition", "m"),
      );
      assert.equal(await executions.count(), 0);
    },
  },
  {
    name: "a child names the task that started it, which may be recorded later, and keeps to it",
    async run({ store: { executions, tasks } }) {
      await executions.create({ id: "p" });
      const { execution } = await executions.create({ id: "c", parentId: "p", parentTaskId: "t" });
      assert.equal(execution.parentTaskId, "t");
      await tasks.save({ id: "t", executionId: "p", name: "charge" });
      assert.deepEqual(await executions.require("c"), execution);
      const ended = await executions.save({ ...execution, status: "succeeded" });
      assert.equal(ended.parentTaskId, "t");
      await executions.save({ id: "s", parentId: "p", parentTaskId: "t" });
      await executions.createMany([
        { id: "m", parentId: "p", parentTaskId: "u" },
        { id: "n", parentId: "p" },
      ]);
      const { items } = await executions.children("p", { order: "asc" });
      assert.deepEqual(
        items.map(({ id, parentTaskId }) => [id, parentTaskId]),
        [
          ["c", "t"],
          ["s", "t"],
          ["m", "u"],
          ["n", null],
        ],
      );
      const started = { parentTaskId: "t" };
      const idsOf = (found: readonly { readonly id: string }[]): readonly string[] => found.map(({ id }) => id);
      assert.deepEqual(idsOf((await executions.list(started)).items), ["c", "s"]);
      assert.deepEqual(idsOf((await executions.list({ ...started, order: "desc", limit: 1 })).items), ["s"]);
      assert.deepEqual(idsOf((await executions.children("p", started)).items), ["c", "s"]);
      assert.deepEqual(idsOf((await executions.list({ ...started, status: "pending" })).items), ["s"]);
      const iterated: { readonly id: string }[] = [];
      for await (const each of executions.iterate({ ...started, limit: 1 })) iterated.push(each);
      assert.deepEqual(idsOf(iterated), ["c", "s"]);
      assert.equal(await executions.count(started), 2);
      assert.deepEqual(await executions.countBy("status", { parentTaskId: "u" }), [{ value: "pending", count: 1 }]);
      await assert.rejects(executions.save({ id: "s", parentId: "p", parentTaskId: "u" }), { code: "invalid_input" });
      const alone = { code: "invalid_input", message: /^parentTaskId is given without a parentId/ };
      await assert.rejects(executions.create({ parentTaskId: "t" }), alone);
      await assert.rejects(executions.save({ id: "s", parentTaskId: "t" }), alone);
    },
  },
  {
    name: "many are created together, parents before their children, and never a cycle",
    async run({ store: { executions } }) {
      const created = await executions.createMany([
        { id: "p" },
        { id: "b", parentId: "p" },
        { id: "a", parentId: "b", input: 1 },
      ]);
      assert.deepEqual(
        created.map(({ execution }) => [execution.id, execution.parentId]),
        [
          ["p", null],
          ["b", "p"],
          ["a", "b"],
        ],
      );
      await assert.rejects(
        executions.createMany([
          { id: "x", parentId: "y" },
          { id: "y", parentId: "x" },
        ]),
        { code: "not_found" },
      );
      await assert.rejects(executions.create({ id: "z", parentId: "z" }), { code: "not_found" });
      await assert.rejects(executions.createMany([{ id: "x" }, { id: "x" }]), { code: "invalid_input" });
      assert.deepEqual(await executions.createMany([]), []);
    },
  },
  {
    name: "one caller's bad request fails no other's",
    async run({ store: { executions } }) {
      const settled = await Promise.allSettled(
        Array.from({ length: 40 }, (_, i) =>
          executions.create({ id: `e${i}`, ...(i % 10 === 3 ? { parentId: "none" } : {}) }),
        ),
      );
      assert.deepEqual(
        settled.flatMap((each, i) => (each.status === "rejected" ? [i] : [])),
        [3, 13, 23, 33],
      );
      assert.equal(await executions.count(), 36);
    },
  },
  {
    name: "bad input is refused before anything is written, naming the field",
    async run({ store: { executions } }) {
      const refused = (field: string): object => ({ code: "invalid_input", facts: { field } });
      await assert.rejects(executions.create({ id: "" }), refused("id"));
      await assert.rejects(executions.create({ input: { n: Number.NaN } }), refused("input.n"));
      await assert.rejects(executions.create({ labels: { a: "\0" } }), refused("labels.a"));
      await assert.rejects(executions.create({ labels: { a: null as unknown as string } }), refused("labels.a"));
      await assert.rejects(executions.create({ status: "succeeded" as "running" }), refused("status"));
      await assert.rejects(executions.create({ strategy: "any" as "race" }), refused("strategy"));
      await assert.rejects(executions.create({ definition: { name: "n", version: 0 } }), refused("definition.version"));
      await assert.rejects(executions.create({ idempotencyKey: "k".repeat(1025) }), refused("idempotencyKey"));
      assert.equal(await executions.count(), 0);
    },
  },
  {
    name: "whatever belongs to an execution names the one that is missing, and an id that is taken",
    async run({ store }) {
      const missing = { field: "executionId", entity: "execution", id: "gone (1)" };
      const executionId = missing.id;
      const refused = [
        store.tasks.save({ executionId, name: "t" }),
        store.jobs.push({ queue: "q", executionId }),
        store.jobs.push({ queue: "q", uniqueKey: "u", executionId }),
        store.timers.schedule({ executionId, step: "s", afterMs: 1 }),
        store.components.save({ executionId, component: "c", state: 1 }),
      ];
      for (const call of await Promise.allSettled(refused)) {
        assert.ok(call.status === "rejected" && call.reason instanceof NotFoundError);
        assert.deepEqual(call.reason.facts, missing);
      }
      await store.executions.create({ id: "e" });
      const timer = { id: "taken", executionId: "e", step: "s", afterMs: 1 };
      await store.timers.schedule(timer);
      await assert.rejects(store.timers.schedule(timer), {
        code: "duplicate",
        facts: { field: "id", entity: "timer", id: "taken" },
      });
      const wait = { id: "taken", executionId: "e", step: "s", key: "k" };
      await store.correlations.wait(wait);
      await assert.rejects(store.correlations.wait({ ...wait, step: "other" }), {
        code: "duplicate",
        facts: { field: "id", entity: "wait", id: "taken" },
      });
    },
  },
];
