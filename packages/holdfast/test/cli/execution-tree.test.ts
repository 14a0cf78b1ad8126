import { beforeAll, expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { urlOf } from "../locks/support.ts";
import { databases, describeOnEach } from "../support/databases.ts";
import { type EndedInside, jsonOf, runInside } from "./inside.ts";

const newest = databases().at(-1)?.name;

describeOnEach(
  "the tree of an execution",
  (database) => {
    let url: string;
    const run = (args: readonly string[]): Promise<EndedInside> => runInside([...args, "--database", url]);

    beforeAll(async () => {
      url = await urlOf(database);
    });

    test("child executions are drawn at the tasks that started them, with their own tasks", async () => {
      await using store = await openStore({ url });
      await store.executions.createMany([
        { id: "family" },
        { id: "child", parentId: "family", parentTaskId: "family-a" },
        { id: "grandchild", parentId: "child", parentTaskId: "child-task" },
        { id: "stray", parentId: "family" },
      ]);
      await store.tasks.saveMany([
        { id: "family-a", executionId: "family", name: "a" },
        { id: "family-b", executionId: "family", name: "b" },
        { id: "child-task", executionId: "child", name: "inside" },
      ]);
      const { stdout } = await run(["executions", "tree", "family"]);
      expect(stdout.trimEnd().split("\n")).toEqual([
        "○ family  pending",
        "├─ ○ a  pending",
        "│  └─ ○ child  pending  execution",
        "│     └─ ○ inside  pending",
        "│        └─ ○ grandchild  pending  execution",
        "├─ ○ b  pending",
        "└─ ○ stray  pending  execution",
      ]);
      const { items } = jsonOf(await run(["executions", "list", "--parent-task", "family-a", "--json"]));
      expect(items).toMatchObject([{ id: "child" }]);
      const cut = await run(["executions", "tree", "family", "--limit", "3"]);
      expect(cut.stdout.trimEnd().split("\n")).toHaveLength(4);
      expect(cut.stderr).toContain("more");
      const json = jsonOf(await run(["executions", "tree", "family", "--json"]));
      expect(json).toMatchObject({
        execution: { id: "family" },
        tasks: [{ id: "family-a" }, { id: "family-b" }],
        children: [{ execution: { id: "child", parentTaskId: "family-a" }, tasks: [{ id: "child-task" }] }, {}],
        isTruncated: false,
      });
    });
  },
  (name) => name === newest,
);
