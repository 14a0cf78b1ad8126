// What the README of Compozy's store does, done with Holdfast; docs/coming-from/compozy.md has the calls side by side.
//
//   npx tsx examples/from-compozy.ts            in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/from-compozy.ts
import { NotReadyError, openStore } from "holdfast";

const url = process.env["DATABASE_URL"];
const store = await openStore(url === undefined ? { memory: true } : { url });

// SetupStore and UpsertExecution: a run of the workflow "etl-pipeline".
const { execution } = await store.executions.create({
  status: "running",
  input: { environment: "production" },
  labels: { workflow: "etl-pipeline" },
});

// UpsertState twice: a task that runs, then the same one with what came of it.
const loading = await store.tasks.save({
  executionId: execution.id,
  name: "data-processor",
  status: "running",
  input: { source: "database" },
});
await store.tasks.save({
  id: loading.id,
  executionId: execution.id,
  name: "data-processor",
  status: "succeeded",
  output: { processedRows: 1000 },
});

// What the task has used; concurrent additions add up, and a later save keeps them.
const used = await store.tasks.addUsage(loading.id, { "openai/gpt-4o/prompt": 700, "openai/gpt-4o/completion": 300 });
console.log(`usage: ${JSON.stringify(used)}`);

// ListTasksByStatus, as one page; `next` leads to the following one.
const succeeded = await store.tasks.list({ executionId: execution.id, status: "succeeded" });
console.log(`completed tasks: ${succeeded.items.map((task) => task.name).join(", ")}`);

// Several children of one parent, all or none.
const parent = await store.tasks.save({ executionId: execution.id, name: "fan-out", type: "parallel" });
const children = await store.tasks.createChildren(parent.id, [
  { name: "child-1", agent: "writer", action: "draft" },
  { name: "child-2", tool: "formatter" },
]);

// GetProgressInfo.
const before = await store.tasks.progress(parent.id);
console.log(`children: ${before.total}, pending: ${before.counts.pending}, overall: ${before.overall}`);

// CompleteWorkflow: the children have not ended.
try {
  await store.executions.complete(execution.id);
} catch (error) {
  if (!(error instanceof NotReadyError)) throw error;
  console.log(`not ready: ${String(error.facts["unfinished"])} tasks have not ended`);
}

// WithTransaction and GetStateForUpdate: lock, change, and let the parent follow, in one commit.
for (const child of children) {
  await store.transaction(async (tx) => {
    const locked = await tx.tasks.lock(child.id);
    await tx.tasks.setStatus(locked.id, "succeeded", { output: { result: locked.name } });
    // What is read in a transaction is what it has written, progress too.
    const { counts } = await tx.tasks.progress(parent.id);
    console.log(`in the transaction of ${locked.name}: ${counts.succeeded} succeeded`);
    await tx.tasks.propagate(locked.id);
  });
}

// ListChildrenOutputs and GetTaskTree.
const outputs = await store.tasks.childrenOutputs(parent.id);
console.log(`outputs: ${JSON.stringify(Object.fromEntries(outputs))}`);
const { nodes, isTruncated } = await store.tasks.tree(parent.id);
console.log(`tree: ${nodes.map(({ name, depth }) => `${name} at ${depth}`).join(", ")}, whole: ${!isTruncated}`);

// CompleteWorkflow with an output transformer; made again, it answers the same.
const done = await store.executions.complete(execution.id, {
  transform: (byName) => ({ totalProcessed: 1000, tasks: Object.keys(byName) }),
});
const again = await store.executions.complete(execution.id);
console.log(`workflow: ${done.status}, again: ${again.status}, output: ${JSON.stringify(again.output)}`);

await store.close();
