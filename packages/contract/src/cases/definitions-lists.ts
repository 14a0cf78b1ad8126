import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

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
    name: "the list comes newest first too, each name once, page by page",
    async run({ store, clock }) {
      const { definitions } = store;
      const newestFirst = { orderBy: "createdAt", order: "desc" } as const;
      for (const name of ["b", "a c", "c"]) {
        await definitions.publish({ name, document: 1, status: "active" });
        await clock.advance(1000);
      }
      await store.transaction(async (tx) => {
        // In the order of their names, which decides where several are of one moment.
        for (const name of ["a c", "d", "e"]) await tx.definitions.publish({ name, document: 2 });
        assert.equal((await tx.definitions.list(newestFirst)).items.length, 5);
      });
      await clock.advance(1000);
      await definitions.publish({ name: "b", document: 2 });
      const seen = async (request: { status?: "active" }): Promise<string> => {
        const names: string[] = [];
        let after: string | undefined;
        do {
          const page = await definitions.list({ ...request, ...newestFirst, limit: 2, after });
          names.push(...page.items.map(({ name, version }) => `${name}:${version}`));
          after = page.next ?? undefined;
        } while (after !== undefined);
        return names.join(" ");
      };
      assert.equal(await seen({}), "b:2 e:1 d:1 a c:2 c:1");
      assert.equal(await seen({ status: "active" }), "c:1 a c:1 b:1");
      const [newest] = (await definitions.list({ ...newestFirst, limit: 1 })).items;
      assert.deepEqual(newest, await definitions.get("b", 2));
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
    name: "a document is found by any part of it, and by nothing that it lacks",
    async run({ store: { definitions } }) {
      const document = {
        n: 1,
        none: null,
        tags: ["a", "b"],
        steps: [{ id: "s", retry: { max: 3 } }, { id: "t" }],
        text: "x y",
      };
      await definitions.publish({ name: "d", document });
      await definitions.publish({ name: "scalar", document: "a" });
      await definitions.publish({ name: "list", document: ["a", { b: 1 }] });
      const found = async (containing: unknown): Promise<string> =>
        (await definitions.find(containing)).items.map(({ name }) => name).join(" ");
      assert.equal(await found(document), "d");
      assert.equal(await found({ n: 1 }), "d");
      assert.equal(await found({ none: null }), "d");
      assert.equal(await found({ lacking: null }), "");
      assert.equal(await found({ n: "1" }), "");
      assert.equal(await found({ text: "x" }), "");
      assert.equal(await found({ tags: ["b", "a", "b"] }), "d");
      assert.equal(await found({ tags: ["b", "c"] }), "");
      assert.equal(await found({ steps: [{ retry: { max: 3 } }] }), "d");
      assert.equal(await found({ steps: [{ id: "t", retry: { max: 3 } }] }), "");
      assert.equal(await found({ steps: [] }), "d");
      assert.equal(await found({}), "d");
      // An array contains a value that is one of its items.
      assert.equal(await found("a"), "list scalar");
      assert.equal(await found([{ b: 1 }]), "list");
    },
  },
  {
    name: "pages of what is found follow each other through the versions of a name and a status",
    async run({ store: { definitions } }) {
      for (const name of ["m", "n"]) {
        for (let i = 0; i < 5; i++) await definitions.publish({ name, document: { even: i % 2 === 0 } });
        await definitions.retire(name, 3);
      }
      for (const limit of [1, 2, 3, 4]) {
        const seen: string[] = [];
        let after: string | undefined;
        do {
          const page = await definitions.find({ even: true }, { status: "draft", limit, after });
          seen.push(...page.items.map(({ name, version }) => `${name}${version}`));
          after = page.next ?? undefined;
        } while (after !== undefined);
        assert.deepEqual(seen, ["m1", "m5", "n1", "n5"]);
      }
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
      await assert.rejects(definitions.list({ orderBy: "createdAt", after: "n" }), refused);
      await assert.rejects(definitions.list({ orderBy: "age" as never }), refused);
      await assert.rejects(definitions.list({ status: "gone" as "active" }), refused);
    },
  },
];
