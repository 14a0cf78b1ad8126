// A workflow engine on the public API: steps, retries, a sleep, an event with a timeout, a child, cancellation, and resumption after
// kill -9. The guide docs/guides/write-an-engine.md explains it.
//
//   npx tsx examples/engine.ts                         in memory, without a server
//   npx tsx examples/engine.ts state order-7           in a folder: a killed run resumes
//   DATABASE_URL=postgres://… npx tsx examples/engine.ts
import { randomUUID } from "node:crypto";
import {
  type ClaimedExecution,
  type ExecutionContext,
  type ExecutionHandler,
  LeaseLostError,
  openStore,
  startWorker,
  type Store,
} from "holdfast";
import type { Park } from "holdfast/executions";

/** An async function that runs from its start in every turn. A turn begins when the execution is claimed. */
type Workflow = (run: Run) => Promise<unknown>;

/** Thrown to leave a turn whose execution is parked. */
class Parked extends Error {}

/** Thrown by a workflow that no retry can save. */
class Final extends Error {}

interface Turn {
  store: Store;
  execution: ClaimedExecution;
  context: ExecutionContext;
  /** The outputs that earlier turns recorded, by the names of their steps. */
  recorded: ReadonlyMap<string, unknown>;
}

/** What a workflow does durably. Each call returns what an earlier turn recorded under its name, or does its work now. */
class Run {
  readonly #turn: Turn;

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  get execution(): ClaimedExecution {
    return this.#turn.execution;
  }

  /** Does the work and records its output. When the work throws, the whole turn is tried again later. */
  async step<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { context, recorded } = this.#turn;
    if (recorded.has(name)) return recorded.get(name) as T;
    const output = await work(context.signal);
    await context.transition({ tasks: [{ name, status: "succeeded", output }] });
    return output;
  }

  async sleep(name: string, ms: number): Promise<void> {
    if (this.#turn.recorded.has(name)) return;
    await this.#park({ afterMs: ms }, [{ name, status: "succeeded" }]);
  }

  /** Returns the event's payload, or null when the time is up first. */
  async event(name: string, key: string, timeoutMs: number): Promise<unknown> {
    const { execution, recorded } = this.#turn;
    const isOver = recorded.has(name) || execution.wake?.step === name;
    if (!isOver) await this.#park({ waits: [{ key, step: name, ttlMs: timeoutMs }] });
    return this.step(name, async () => execution.wake?.payload ?? null);
  }

  /** Starts another workflow once, and returns its output. */
  async child(name: string, queue: string, input: unknown): Promise<unknown> {
    const { store, execution } = this.#turn;
    const idempotencyKey = `${execution.id}/${name}`;
    const { execution: child } = await store.executions.create({
      queue,
      input,
      parentId: execution.id,
      idempotencyKey,
    });
    if (child.finishedAt === null) await this.#park({ children: true });
    if (child.status !== "succeeded") throw new Final(`The child ${name} ended as ${child.status}.`);
    return child.output;
  }

  /** Ends the turn. The next one begins when what the execution is parked for has come. */
  async #park(park: Park, tasks: readonly { name: string; status: "succeeded" }[] = []): Promise<never> {
    await this.#turn.context.park(park, { step: { tasks } });
    throw new Parked();
  }
}

function handlerOf(store: Store, workflow: Workflow): ExecutionHandler {
  return async (execution, context) => {
    const recorded = new Map<string, unknown>();
    const steps = store.tasks.iterate({ executionId: execution.id, status: "succeeded" });
    for await (const { name, output } of steps) recorded.set(name, output);
    try {
      return await workflow(new Run({ store, execution, context, recorded }));
    } catch (error) {
      // The turn is over, or the execution was canceled meanwhile.
      if (error instanceof Parked || error instanceof LeaseLostError) return undefined;
      if (error instanceof Final) return context.end({ status: "failed", error });
      throw error;
    }
  };
}

const did = (step: string): void => console.log(`did ${step}`);

const workflows: Readonly<Record<string, Workflow>> = {
  async orders(run) {
    const price = await run.step("price", async () => (did("price"), 42));
    const place = await run.step("reserve", async () => {
      did("reserve");
      if (run.execution.attempts === 1) throw new Error("The shelf is locked.");
      return 7;
    });
    await run.sleep("cool off", 20);
    const paid = await run.event("payment", `paid:${run.execution.id}`, 60_000);
    const survey = await run.event("survey", `survey:${run.execution.id}`, 20);
    return { price, paid, survey, shipped: await run.child("shipment", "shipments", { place }) };
  },
  refunds: (run) => run.event("goods back", `back:${run.execution.id}`, 60_000),
  repairs: (run) => run.child("inspection", "inspections", {}),
  inspections: () => Promise.reject(new Final("The warranty is over.")),
  shipments: (run) => run.step("ship", async () => `shipped ${JSON.stringify(run.execution.input)}`),
};

const [folder, order = randomUUID(), refund = randomUUID(), repair = randomUUID()] = process.argv.slice(2);
const url = process.env["DATABASE_URL"];
const embedded = folder === undefined ? { memory: true as const } : { folder };
const store = await openStore(url === undefined ? embedded : { url });
const executions = Object.fromEntries(Object.entries(workflows).map(([name, each]) => [name, handlerOf(store, each)]));
const onError = (error: unknown): void => console.log(`failed: ${String(error)}`);
const worker = await startWorker(store, { executions, leaseMs: 5000, onError });

await store.executions.create({ id: order, queue: "orders", idempotencyKey: order });
await store.correlations.deliver({ key: `paid:${order}`, payload: { by: "ada" }, dedupeId: order });
console.log(`order: ${JSON.stringify((await store.executions.result(order))?.output)}`);

await store.executions.create({ id: refund, queue: "refunds", idempotencyKey: refund });
await store.executions.cancel(refund, { reason: "lost on its way", tree: true });
const canceled = await store.executions.result(refund);
console.log(`refund: ${canceled?.status}, ${JSON.stringify(canceled?.error)}`);

await store.executions.create({ id: repair, queue: "repairs", idempotencyKey: repair });
console.log(`repair: ${(await store.executions.result(repair))?.status}`);
await worker.stop();
await store.close();
