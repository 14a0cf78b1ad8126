import assert from "node:assert/strict";
import type { ContractCase } from "./case.ts";

/** How definitions are found. */
export const definitionsListCases: readonly ContractCase[] = [
  {
    name: "the list has each name once, in byte order, with its newest version of a status",
    async run({ store: { definitions } }) {
      for (const name of ["b", "Z", "\u00e9", "a"]) {
        await definitions.publish({ name, document: 1, status: "active" });
        await definitions.publish({ name, document: 2 });
      }
      const all = await definitions.list();
      assert.deepEqual(
        all.items.map(({ name, version }) => [name, version]),
        [
          ["Z", 2],
          ["a", 2],
          ["b", 2],
          ["\u00e9", 2],
        ],
      );
      const active = await definitions.list({ status: "active", limit: 3 });
      assert.deepEqual(
        active.items.map(({ name, version }) => [name, version]),
        [
          ["Z", 1],
          ["a", 1],
          ["b", 1],
        ],
      );
      const rest = await definitions.list({ status: "active", limit: 3, after: active.next ?? "" });
      assert.deepEqual(
        rest.items.map(({ name }) => name),
        ["\u00e9"],
      );
      assert.equal(rest.next, null);
    },
  },
  {
    name: "versions come newest first, page by page",
    async run({ store: { definitions } }) {
      for (let i = 0; i < 7; i++) await definitions.publish({ name: "n", document: i });
      await definitions.publish({ name: "m", document: 0 });
      const seen: number[] = [];
      let after: string | undefined;
      do {
        const page = await definitions.versions("n", { limit: 3, after });
        seen.push(...page.items.map(({ version }) => version));
        after = page.next ?? undefined;
      } while (after !== undefined);
      assert.deepEqual(seen, [7, 6, 5, 4, 3, 2, 1]);
    },
  },
  {
    name: "documents are found by what they contain, page by page",
    async run({ store: { definitions } }) {
      for (const name of ["a b", "c"]) {
        for (let i = 0; i < 3; i++) {
          await definitions.publish({
            name,
            document: { trigger: { kind: "cron" }, steps: [{ id: `s${i}`, agent: "x" }, { id: "t" }] },
          });
        }
      }
      await definitions.publish({ name: "c", document: { trigger: { kind: "event" } }, status: "active" });
      const byStep = await definitions.find({ steps: [{ id: "s1" }] });
      assert.deepEqual(
        byStep.items.map(({ name, version }) => `${name}:${version}`),
        ["a b:2", "c:2"],
      );
      const first = await definitions.find({ trigger: { kind: "cron" } }, { limit: 4 });
      const second = await definitions.find({ trigger: { kind: "cron" } }, { limit: 4, after: first.next ?? "" });
      assert.deepEqual(
        [...first.items, ...second.items].map(({ name, version }) => `${name}:${version}`),
        ["a b:1", "a b:2", "a b:3", "c:1", "c:2", "c:3"],
      );
      assert.equal((await definitions.find({}, { status: "active" })).items.length, 1);
      assert.deepEqual((await definitions.find({ trigger: "cron" })).items, []);
    },
  },
  {
    name: "a cursor or a filter that is none is refused",
    async run({ store: { definitions } }) {
      const refused = { code: "invalid_input" };
      await assert.rejects(definitions.versions("n", { after: "x" }), refused);
      await assert.rejects(definitions.find({}, { after: "1" }), refused);
      await assert.rejects(definitions.find({ a: "\0" }), refused);
      await assert.rejects(definitions.list({ limit: 0 }), refused);
      await assert.rejects(definitions.list({ status: "gone" as "active" }), refused);
    },
  },
];
