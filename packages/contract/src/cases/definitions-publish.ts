import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

const document = { steps: [{ id: "a" }, { id: "b", after: ["a"] }] };

/** How versions come to be, and change their status. */
export const definitionsPublishCases: readonly ContractCase[] = [
  {
    name: "a published version is read back as it was given",
    async run({ store: { definitions } }) {
      const published = await definitions.publish({ name: "order", document });
      assert.equal(published.version, 1);
      assert.equal(published.status, "draft");
      assert.deepEqual(await definitions.get("order", 1), published);
      assert.deepEqual((await definitions.require("order", "latest")).document, document);
      assert.equal(published.deployedAt, null);
    },
  },
  {
    name: "any JSON value is a document, null too",
    async run({ store: { definitions } }) {
      for (const value of [null, 0, "", [], { "": "\u00e9\u{1F600}" }]) {
        const { version } = await definitions.publish({ name: "n", document: value });
        assert.deepEqual((await definitions.require("n", version)).document, value);
      }
    },
  },
  {
    name: "a version is never overwritten, not with the same document either",
    async run({ store: { definitions } }) {
      await definitions.publish({ name: "order", version: 3, document });
      const again = definitions.publish({ name: "order", version: 3, document: { other: true } });
      await assert.rejects(again, { code: "duplicate", facts: { entity: "definition", name: "order", version: 3 } });
      await assert.rejects(definitions.publish({ name: "order", version: 3, document }), { code: "duplicate" });
      assert.deepEqual((await definitions.require("order", 3)).document, document);
      assert.equal((await definitions.publish({ name: "order", document })).version, 4);
    },
  },
  {
    name: "concurrent calls without a version get versions of their own, without gaps",
    async run({ store }) {
      const calls = Array.from({ length: 20 }, (_, i) =>
        i % 2
          ? store.definitions.publish({ name: "n", document: i })
          : store.transaction((tx) => tx.definitions.publish({ name: "n", document: i, status: "active" })),
      );
      const versions = (await Promise.all(calls)).map((each) => each.version).sort((a, b) => a - b);
      assert.deepEqual(
        versions,
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
      assert.equal((await store.definitions.list({ status: "active" })).items.length, 1);
    },
  },
  {
    name: "of concurrent calls with one version, one wins",
    async run({ store }) {
      const calls = Array.from({ length: 10 }, (_, i) =>
        store.transaction((tx) => tx.definitions.publish({ name: "n", version: 5, document: i })),
      );
      const settled = await Promise.allSettled(calls);
      assert.equal(settled.filter((each) => each.status === "fulfilled").length, 1);
    },
  },
  {
    name: "activating a version retires the one that was active",
    async run({ store: { definitions }, clock }) {
      await definitions.publish({ name: "n", document, status: "active" });
      await definitions.publish({ name: "n", document });
      const activated = await definitions.activate("n", 2);
      assert.ok(activated.deployedAt);
      assert.equal((await definitions.require("n", "active")).version, 2);
      const former = await definitions.require("n", 1);
      assert.equal(former.status, "retired");
      assert.ok(former.retiredAt);
      await clock.advance(1000);
      assert.deepEqual(await definitions.activate("n", 2), activated);
      const back = await definitions.activate("n", 1);
      assert.equal(back.retiredAt, null);
      assert.ok(back.deployedAt && former.deployedAt && back.deployedAt > former.deployedAt);
      assert.equal((await definitions.publish({ name: "n", document, status: "active" })).version, 3);
      assert.equal((await definitions.require("n", 1)).status, "retired");
    },
  },
  {
    name: "concurrent activations leave one version active",
    async run({ store }) {
      for (let i = 0; i < 8; i++) await store.definitions.publish({ name: "n", document: i });
      await Promise.all(
        Array.from({ length: 24 }, (_, i) => store.transaction((tx) => tx.definitions.activate("n", (i % 8) + 1))),
      );
      const { items } = await store.definitions.versions("n");
      assert.equal(items.filter((each) => each.status === "active").length, 1);
    },
  },
  {
    name: "retiring is done once, and leaves no active version",
    async run({ store: { definitions }, clock }) {
      await definitions.publish({ name: "n", document, status: "active" });
      const retired = await definitions.retire("n", 1);
      assert.equal(retired.status, "retired");
      await clock.advance(1000);
      assert.deepEqual(await definitions.retire("n", 1), retired);
      assert.equal(await definitions.get("n", "active"), null);
      await assert.rejects(definitions.require("n", "active"), { code: "not_found" });
    },
  },
  {
    name: "a retired version starts no execution, by its number, as the latest or as a child; those that run go on",
    async run({ store }) {
      const { definitions, executions } = store;
      await definitions.publish({ name: "n", document, status: "active" });
      const { execution } = await executions.create({
        id: "e",
        definition: { name: "n", version: 1 },
        idempotencyKey: "k",
      });
      await definitions.retire("n", 1);
      for (const version of [1, "latest"] as const) {
        const definition = { name: "n", version };
        const facts = {
          reason: "status",
          entity: "definition",
          field: "definition",
          name: "n",
          version: 1,
          status: "retired",
        };
        const refused = { code: "conflict", facts };
        await assert.rejects(executions.create({ definition }), refused);
        await assert.rejects(executions.create({ definition, parentId: "e" }), refused);
        await assert.rejects(executions.createMany([{ id: "fine" }, { id: "not", definition }]), refused);
        await assert.rejects(executions.start({ definition, jobs: [{ queue: "q" }] }), refused);
      }
      assert.equal(await executions.count(), 1);
      assert.equal((await store.jobs.list()).items.length, 0);

      const again = { id: "e", definition: { name: "n", version: 1 }, idempotencyKey: "k" };
      assert.deepEqual(await executions.create(again), { outcome: "replayed", execution });
      await executions.save({ ...execution, state: 1 });
      await executions.fork("e");
      await definitions.publish({ name: "n", document });
      assert.equal((await executions.create({ definition: { name: "n", version: "latest" } })).outcome, "created");
      await definitions.activate("n", 1);
      assert.equal((await executions.create({ definition: { name: "n", version: 1 } })).outcome, "created");
    },
  },
  {
    name: "activating or retiring what does not exist is an error, and changes nothing",
    async run({ store: { definitions } }) {
      await definitions.publish({ name: "n", document, status: "active" });
      await assert.rejects(definitions.activate("n", 2), { code: "not_found" });
      await assert.rejects(definitions.retire("m", 1), { code: "not_found" });
      assert.equal((await definitions.require("n", "active")).version, 1);
      assert.equal(await definitions.get("m", "latest"), null);
      assert.equal(await definitions.get("n", 2), null);
    },
  },
  {
    name: "a bad definition is refused before anything is written, naming the field",
    async run({ store: { definitions } }) {
      const refused = (field: string): object => ({ code: "invalid_input", facts: { field } });
      await assert.rejects(definitions.publish({ name: "", document }), refused("name"));
      await assert.rejects(definitions.publish({ name: "n", version: 0, document }), refused("version"));
      await assert.rejects(definitions.publish({ name: "n", version: 2 ** 31, document }), refused("version"));
      await assert.rejects(definitions.publish({ name: "n", document: { a: ["x", "\0"] } }), refused("document.a[1]"));
      await assert.rejects(definitions.publish({ name: "n", document: { at: new Date() } }), refused("document.at"));
      await assert.rejects(definitions.publish({ name: "n", document: undefined }), refused("document"));
      await assert.rejects(definitions.publish({ name: "n", document, status: "live" as "active" }), refused("status"));
      await assert.rejects(definitions.publish({ name: "n", document, steps: () => [] }), refused("steps"));
      await assert.rejects(definitions.get("n", 1.5), refused("version"));
      assert.deepEqual((await definitions.list()).items, []);
    },
  },
  {
    name: "steps are checked before they are published, and the error names the step",
    async run({ store: { definitions } }) {
      const steps = (given: typeof document): (typeof document)["steps"] => given.steps;
      await definitions.publish({ name: "n", document, steps });
      const cyclic = {
        steps: [
          { id: "a", after: ["b"] },
          { id: "b", after: ["a"] },
        ],
      };
      const refused = definitions.publish({ name: "n", document: cyclic, steps: (given) => given.steps });
      await assert.rejects(refused, { code: "invalid_input", facts: { field: "steps", step: "a", steps: 2 } });
      assert.equal((await definitions.require("n", "latest")).version, 1);
    },
  },
];
