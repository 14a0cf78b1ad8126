import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

const none = { pending: 0, running: 0, waiting: 0, paused: 0, succeeded: 0, failed: 0, timed_out: 0, canceled: 0 };

/** The promises of the reads that show executions with any number of tasks. */
export const tasksOverviewCases: readonly ContractCase[] = [
  {
    name: "the children of several tasks are counted by status, all attempts included, in the order of the ids",
    run: async ({ store: { executions, tasks } }) => {
      await executions.create({ id: "e" });
      const child = { executionId: "e", parentId: "a", name: "one" };
      await tasks.saveMany([
        { id: "a", executionId: "e", name: "a" },
        { id: "b", executionId: "e", name: "b" },
        { ...child, id: "1", attempt: 1, status: "failed" },
        { ...child, id: "2", attempt: 2, status: "running" },
      ]);
      const counts = await tasks.childCounts(["b", "missing", "a", "a"]);
      const ofA = { ...none, failed: 1, running: 1 };
      assert.deepEqual(counts, [none, none, ofA, ofA]);
      assert.deepEqual(await tasks.childCounts([]), []);
    },
  },
  {
    name: "each page of a level of a tree can be read at once, by its cursor",
    run: async ({ store: { executions, tasks } }) => {
      await executions.create({ id: "e" });
      const children = Array.from({ length: 25 }, (_, i) => ({ id: `c${i}`, name: "c" }));
      await tasks.save({ id: "root", executionId: "e", name: "root" });
      await tasks.createChildren("root", children);
      await tasks.setStatus("c3", "failed");
      const level = { executionId: "e", parentId: "root", limit: 10 };
      const { total, cursors } = await tasks.pages(level);
      assert.equal(total, 25);
      assert.equal(cursors.length, 2);
      const pages = await Promise.all([undefined, ...cursors].map((after) => tasks.list({ ...level, after })));
      assert.deepEqual(
        pages.flatMap(({ items }) => items.map(({ id }) => id)),
        children.map(({ id }) => id),
      );
      assert.equal((await tasks.pages({ ...level, status: "failed" })).total, 1);
      assert.deepEqual(await tasks.pages({ executionId: "e" }), { total: 1, cursors: [] });
      assert.deepEqual(await tasks.pages({ executionId: "missing" }), { total: 0, cursors: [] });
    },
  },
  {
    name: "a timeline counts what ran in each part of a window, and pages through it",
    run: async ({ store: { executions, tasks }, clock }) => {
      await executions.create({ id: "e" });
      assert.equal(await tasks.timeline("e"), null);
      await tasks.save({ id: "long", executionId: "e", name: "long", status: "running" });
      await clock.advance(70_000);
      await tasks.save({ id: "short", executionId: "e", name: "short", status: "running" });
      await clock.advance(1000);
      await tasks.setStatus("short", "failed");
      await clock.advance(49_000);
      await tasks.setStatus("long", "succeeded");
      await tasks.save({ id: "not started", executionId: "e", name: "not started" });

      const whole = await tasks.timeline("e", { parts: 4, limit: 1 });
      const [long, short] = [await tasks.require("long"), await tasks.require("short")];
      assert.deepEqual([whole?.startedAt, whole?.endedAt], [long.startedAt, long.finishedAt]);
      assert.equal(whole?.total, 2);
      assert.deepEqual(
        whole?.parts.map(({ running }) => running),
        [1, 1, 2, 1],
      );
      assert.deepEqual(
        whole?.parts.map(({ finished }) => finished),
        [0, 0, 1, 1],
      );
      assert.deepEqual(
        whole?.tasks.map(({ id }) => id),
        ["long"],
      );
      const rest = await tasks.timeline("e", { parts: 4, limit: 1, after: whole?.next ?? "" });
      assert.deepEqual([rest?.tasks.map(({ id }) => id), rest?.next], [["short"], null]);

      const before = { from: long.startedAt ?? undefined, to: new Date((short.startedAt?.getTime() ?? 0) - 10_000) };
      const early = await tasks.timeline("e", before);
      assert.deepEqual([early?.total, early?.tasks.map(({ id }) => id)], [1, ["long"]]);
      await assert.rejects(tasks.timeline("e", { from: new Date(1), to: new Date(0) }), { code: "invalid_input" });
    },
  },
  {
    name: "tasks are grouped by name, and groups follow each other as the jobs of their tasks do",
    run: async ({ store: { executions, tasks, jobs } }) => {
      await executions.create({ id: "e" });
      await tasks.save({ id: "root", executionId: "e", name: "root" });
      await tasks.createChildren("root", [
        { id: "split", name: "split", status: "succeeded" },
        { id: "part-1", name: "part" },
        { id: "part-2", name: "part" },
      ]);
      await jobs.pushMany([
        { id: "split", queue: "q", executionId: "e" },
        { id: "part-1", queue: "q", executionId: "e", after: ["split"] },
        { id: "part-2", queue: "q", executionId: "e", after: ["split"] },
      ]);
      const { groups, links, omitted } = await tasks.groups("e");
      assert.deepEqual(
        groups.map(({ parentName, name, total, id, counts }) => [parentName, name, total, id, counts.succeeded]),
        [
          ["root", "part", 2, null, 0],
          [null, "root", 1, "root", 0],
          ["root", "split", 1, "split", 1],
        ],
      );
      const [from, to] = [
        { parentName: "root", name: "split" },
        { parentName: "root", name: "part" },
      ];
      assert.deepEqual([links, omitted], [[{ from, to, count: 2 }], 0]);

      const few = await tasks.groups("e", { limit: 2 });
      assert.deepEqual(
        few.groups.map(({ parentName, name, total }) => [parentName, name, total]),
        [
          ["root", null, 3],
          [null, null, 1],
        ],
      );
      assert.equal((await tasks.groups("e", { limit: 1 })).omitted, 1);
      assert.deepEqual(await tasks.groups("missing"), { groups: [], links: [], omitted: 0 });
    },
  },
  {
    name: "tasks can be listed by when they were last written",
    run: async ({ store: { executions, tasks }, clock }) => {
      await executions.create({ id: "e" });
      await tasks.saveMany([
        { id: "a", executionId: "e", name: "a" },
        { id: "b", executionId: "e", name: "b" },
      ]);
      await clock.advance(1000);
      const updatedAfter = await clock.now();
      await tasks.setStatus("b", "running");
      const { items } = await tasks.list({ executionId: "e", updatedAfter });
      assert.deepEqual(
        items.map(({ id }) => id),
        ["b"],
      );
      assert.equal(await tasks.count({ executionId: "e", updatedAfter }), 1);
    },
  },
];
