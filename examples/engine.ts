// A small workflow engine on the public API: steps that are recorded once, a sleep, an event with a timeout, a child, cancellation, and
// resumption after a crash. Each line of its loop is one call and one round trip.
//
//   npx tsx examples/engine.ts                in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/engine.ts
import { randomUUID } from "node:crypto";
import {
  type ClaimedExecution,
  type ExecutionContext,
  type ExecutionHandler,
  openStore,
  startWorker,
  type Store,
  type TransitionResult,
} from "holdfast";

/** A workflow is run from its start each time it is claimed; what its steps gave is read back, and not done again. */
type Workflow = (run: Run) => Promise<unknown>;

class Parked extends Error {}

class Run {
  readonly #store: Store;
  readonly #context: ExecutionContext;
  readonly execution: ClaimedExecution;

  constructor(store: Store, execution: ClaimedExecution, context: ExecutionContext) {
    this.#store = store;
    this.execution = execution;
    this.#context = context;
  }

  /** Does something once: its output is recorded under the lease, and given again when the workflow is resumed. */
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const known = await this.#store.tasks.get(`${this.execution.id}/${name}`);
    if (known?.status === "succeeded") return known.output as T;
    const output = await work();
    await this.#context.transition({
      tasks: [{ id: `${this.execution.id}/${name}`, name, status: "succeeded", output }],
    });
    return output;
  }

  async sleep(name: string, ms: number): Promise<void> {
    const isOver = await this.#wokenFor(name, () => this.#context.park({ afterMs: ms }, { step: this.#waiting(name) }));
    await this.step(`${name} over`, async () => isOver);
  }

  /** The event's payload; undefined when the time is over first. */
  async event(name: string, key: string, timeoutMs: number): Promise<unknown> {
    const done = await this.#store.tasks.get(`${this.execution.id}/${name} over`);
    if (done !== null) return done.output;
    const park = { waits: [{ key }], afterMs: timeoutMs };
    await this.#wokenFor(name, () => this.#context.park(park, { step: this.#waiting(name) }));
    return this.step(`${name} over`, async () => this.execution.wake?.payload ?? null);
  }

  /** Starts a child, once, and waits for its end. */
  async child(name: string, queue: string, input: unknown): Promise<unknown> {
    const id = `${this.execution.id}/${name}`;
    await this.#store.executions.create({ queue, input, parentId: this.execution.id, idempotencyKey: id, id });
    const child = await this.#store.executions.require(id);
    if (child.finishedAt !== null) return child.output;
    await this.#context.park({ children: true });
    throw new Parked();
  }

  #waiting(name: string): { readonly tasks: readonly { id: string; name: string; status: "succeeded" }[] } {
    return { tasks: [{ id: `${this.execution.id}/${name} asked`, name: `${name} asked`, status: "succeeded" }] };
  }

  /** Parks the first time; true when resumed from there. */
  async #wokenFor(name: string, park: () => Promise<TransitionResult>): Promise<true> {
    if ((await this.#store.tasks.get(`${this.execution.id}/${name} asked`)) !== null) return true;
    await park();
    throw new Parked();
  }
}

const url = process.env["DATABASE_URL"];
const store = await openStore(url === undefined ? { memory: true } : { url });

const workflows: Readonly<Record<string, Workflow>> = {
  async orders(run) {
    const reserved = await run.step("reserve", async () => ({ place: 7 }));
    await run.sleep("cool off", 20);
    const paid = await run.event("payment", `paid:${run.execution.id}`, 60_000);
    const shipped = await run.child("shipment", "shipments", reserved);
    return { reserved, paid, shipped };
  },
  async shipments(run) {
    return run.step("ship", async () => `shipped ${JSON.stringify(run.execution.input)}`);
  },
};

const handlers = Object.entries(workflows).map(([queue, workflow]): [string, ExecutionHandler] => [
  queue,
  async (execution: ClaimedExecution, context: ExecutionContext) => {
    try {
      return await workflow(new Run(store, execution, context));
    } catch (error) {
      if (error instanceof Parked) return undefined;
      throw error;
    }
  },
]);

const worker = await startWorker(store, { executions: Object.fromEntries(handlers), pollMs: 50 });
const [paid, unpaid] = [randomUUID(), randomUUID()];
await store.executions.createMany([paid, unpaid].map((id) => ({ id, queue: "orders" })));
await store.correlations.deliver({ key: `paid:${paid}`, payload: { by: "ada" } });
console.log(`paid: ${JSON.stringify((await store.executions.result(paid))?.output)}`);
await store.executions.cancel(unpaid, { reason: "out of stock", tree: true });
const canceled = await store.executions.result(unpaid);
console.log(`unpaid: ${canceled?.status}, ${JSON.stringify(canceled?.error)}`);
await worker.stop();
await store.close();
