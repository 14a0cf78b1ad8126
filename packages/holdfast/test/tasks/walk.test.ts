import { expect, test } from "vitest";
import { executionsOf } from "../../src/executions/executions.ts";
import { migrate } from "../../src/migrations/runner.ts";
import { type TaskTreeNode, walkTree } from "../../src/tasks/task-tree.ts";
import { tasksOf } from "../../src/tasks/tasks.ts";
import { opened, sessionOn } from "../database/support.ts";
import { describeOnEach } from "../support/databases.ts";

const taskCount = 31;

describeOnEach("a tree that is walked", (fresh) => {
  test("comes as it is read at once, however much of it is in memory", async () => {
    const database = await opened(await fresh.prepared());
    await migrate(database, "holdfast");
    const session = sessionOn(database);
    const tasks = tasksOf(session);
    await executionsOf(session).create({ id: "e" });
    const inputs = Array.from({ length: taskCount }, (_, i) => ({
      id: `t${i}`,
      executionId: "e",
      name: "n",
      parentId: i === 0 ? null : `t${Math.floor((i - 1) / (1 + (i % 3)))}`,
    }));
    await tasks.saveMany(inputs);
    const { nodes } = await tasks.tree("t0");
    expect(nodes).toHaveLength(taskCount);
    for (const [pageTasks, pagesAhead] of [
      [1, 1],
      [3, 2],
      [5, 4],
      [taskCount, 1],
      [taskCount - 1, 2],
      [100, 100],
    ] as const) {
      const walked: TaskTreeNode[] = [];
      for await (const node of walkTree(session, "t0", { pageTasks, pagesAhead })) walked.push(node);
      expect(walked).toEqual(nodes);
    }
  });
});
