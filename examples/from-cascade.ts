// Does with Holdfast what the README of Cascade's state store does, and what its runtime does to suspend steps. The page
// docs/coming-from/cascade.md has the calls side by side.
//
//   npx tsx examples/from-cascade.ts            in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/from-cascade.ts
import { openStore, startTimerPump } from "holdfast";

const url = process.env["DATABASE_URL"];
// PostgresStateStore::new: the migrations run on opening, and each repository is a property of the store.
const store = await openStore(url === undefined ? { memory: true } : { url });

// deploy_definition: a second version does not overwrite the first.
const document = { steps: [{ id: "charge" }, { id: "ship", after: ["charge"] }] };
const steps = (given: typeof document): typeof document.steps => given.steps;
const first = await store.definitions.publish({ name: "order", document, status: "active", steps });
const second = await store.definitions.publish({ name: "order", document, status: "active", steps });
const kept = await store.definitions.require("order", first.version);
console.log(`a new version: ${second.version === first.version + 1}, the former one: ${kept.status}`);

// trigger_flow.
const { execution } = await store.executions.create({
  definition: { name: "order", version: "active" },
  status: "running",
  input: { sku: "A1" },
});

// find_by_id, and None for one that does not exist.
const found = await store.executions.get(execution.id);
const unknown = await store.executions.get("no-such-instance");
console.log(`found: ${found?.status}, unknown: ${unknown === null ? "null" : "found too"}`);

// save_state, get_state: JSON null is a state, and not the lack of one.
await store.components.save({ executionId: execution.id, component: "charge", state: null });
const state = await store.components.get(execution.id, "charge");
const missing = await store.components.get(execution.id, "ship");
console.log(`state of charge: ${JSON.stringify(state?.state)}, of ship: ${missing === null ? "none" : "some"}`);

// suspend_for_event in two steps on one correlation id: the status and the waits are one commit.
const key = `payment:${execution.id}`;
await store.executions.transition(execution.id, {
  status: "waiting",
  waits: [
    { key, step: "charge" },
    { key, step: "ship" },
  ],
});

// Two events at once: each resumes another step, and none is resumed twice.
const deliver = async (payload: unknown): Promise<string> =>
  store.transaction(async (tx) => {
    const delivery = await tx.correlations.deliver({ key, payload });
    if (delivery.outcome !== "delivered") return delivery.outcome;
    const resumed = delivery.waits.map((wait) => wait.step).join(", ");
    await tx.history.append(execution.id, [{ kind: "resumed", payload: { resumed, payload } }]);
    return resumed;
  });
const resumed = await Promise.all([deliver({ part: 1 }), deliver({ part: 2 })]);
console.log(`resumed: ${resumed.toSorted().join(" and ")}`);
// A third event comes too early for anybody: it is kept until a step waits.
console.log(`third event: ${await deliver({ part: 3 })}`);

// schedule, and the timer processing: a timer has fired when what it stands for is committed, not before.
const resume = await store.timers.schedule({ executionId: execution.id, step: "ship", afterMs: 20 });
const reminder = await store.timers.schedule({ executionId: execution.id, step: "remind", afterMs: 3_600_000 });
let tellFired = (): void => undefined;
const fired = new Promise<void>((resolve) => (tellFired = resolve));
const pump = await startTimerPump(store, {
  handler: async (_timer, context) => {
    await context.acknowledge({ step: { status: "running" } });
    tellFired();
  },
});
await fired;
await pump.stop();
console.log(`timer: ${(await store.timers.require(resume.id)).status}`);

// cancel says whether it canceled.
const answers = [await store.timers.cancel(reminder.id), await store.timers.cancel(resume.id)];
console.log(`canceled the reminder: ${answers[0]}, the timer that fired: ${answers[1]}`);

// list_instances: the filters apply before the limit.
const done = await store.executions.complete(execution.id);
const { items } = await store.executions.list({
  definition: { name: "order" },
  status: "succeeded",
  order: "desc",
  limit: 1,
});
console.log(`instance: ${done.status}, listed: ${items[0]?.id === execution.id}`);

await store.close();
