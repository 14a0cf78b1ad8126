import { type Store, startWorker } from "holdfast";
import { ConflictError, InvalidInputError } from "holdfast/errors";
import type { ClaimedExecution, End } from "holdfast/executions";
import type { ExecutionContext, ExecutionStep, Worker, WorkerOptions } from "holdfast/worker";
import { Bell } from "./bell.ts";
import { checkFields } from "./input.ts";
import { LiveActor } from "./live-actor.ts";
import { type CheckedMachine, checkMachines, type Machines } from "./machines.ts";
import { Mailbox } from "./mailbox.ts";
import { queueOf } from "./queue.ts";
import { storedActorOf } from "./stored-actor.ts";

/** The options of a worker of actors, as those of a worker of executions. */
export type ActorWorkerOptions = Pick<WorkerOptions, "concurrency" | "leaseMs" | "pollMs" | "onError">;

/** How long an actor waits for a process with its version of the machine. */
const newerMs = 5000;

/**
 * Runs the actors of these machines, each in one process at a time. An actor runs while it has events or work to do, and is stored after
 * each change. If its process dies, another one goes on from its last snapshot.
 *
 * @throws InvalidInputError
 */
export async function startActors(store: Store, machines: Machines, given: ActorWorkerOptions = {}): Promise<Worker> {
  checkFields(given, "options", ["concurrency", "leaseMs", "pollMs", "onError"]);
  const { leaseMs = 30_000, ...options } = given;
  const handlers = [...checkMachines(machines).values()].map((machine) => {
    const handler = async (execution: ClaimedExecution, context: ExecutionContext): Promise<void> =>
      new Turn({ store, machine, execution, context, leaseMs }, options.onError).run();
    return [queueOf(machine.name), handler] as const;
  });
  return startWorker(store, { ...options, leaseMs, executions: Object.fromEntries(handlers) });
}

interface Claimed {
  readonly store: Store;
  readonly machine: CheckedMachine;
  readonly execution: ClaimedExecution;
  readonly context: ExecutionContext;
  readonly leaseMs: number;
}

/** An actor's time in this process, from its claim until it is idle or ends. */
class Turn {
  readonly #claimed: Claimed;
  readonly #onError: WorkerOptions["onError"];
  readonly #bell = new Bell();

  constructor(claimed: Claimed, onError: WorkerOptions["onError"]) {
    this.#claimed = claimed;
    this.#onError = onError;
  }

  async run(): Promise<void> {
    const { store, execution, context, leaseMs, machine } = this.#claimed;
    const { id, state, leaseUntil } = execution;
    const stored = storedActorOf(id, state);
    // Attempts count from the last progress, so that an actor that works for months may lose its process as often as it has to.
    if (stored?.hasProgressed && execution.attempts > 1) {
      return void (await context.park({ afterMs: 0 }, { step: { state: { ...stored, hasProgressed: false } } }));
    }
    const now = leaseUntil.getTime() - leaseMs;
    const onChange = this.#bell.ring;
    try {
      const actor = new LiveActor({ machine, execution, stored, now, onChange });
      const mailbox = new Mailbox(store.history, id, { after: actor.applied, onMail: this.#bell.ring });
      context.signal.addEventListener("abort", this.#bell.ring);
      try {
        // What waited comes before what the restarted children do.
        const waiting = await mailbox.read();
        actor.start();
        actor.apply(waiting);
        await this.#live(actor, mailbox);
      } finally {
        actor.stop();
        await mailbox.close();
      }
    } catch (error) {
      await this.#leave(error);
    }
  }

  async #live(actor: LiveActor, mailbox: Mailbox): Promise<void> {
    const { context } = this.#claimed;
    while (!context.signal.aborted) {
      const { status } = actor.snapshot;
      if (status !== "active") return void (await context.end(endOf(actor), { step: this.#stateOf(actor) }));
      if (actor.isIdle()) {
        const state = actor.isChanged && this.#stateOf(actor);
        const until = actor.nextAt();
        const park = until === null ? { call: true } : { until };
        return void (await context.park(park, { step: { status: "waiting", ...state } }));
      }
      if (actor.isChanged) await context.transition({ status: "running", ...this.#stateOf(actor) });
      mailbox.follow();
      await this.#bell.rung(actor.nextInMs());
      actor.apply(mailbox.take());
    }
  }

  #stateOf(actor: LiveActor): Pick<ExecutionStep, "state" | "labels"> {
    const { labels } = this.#claimed.machine;
    const state = actor.toStored();
    return { state, ...(labels && { labels: labels(state.snapshot) }) };
  }

  /** Leaves an actor of a newer machine to another process, and ends one that cannot be stored. */
  async #leave(error: unknown): Promise<void> {
    const { context, execution } = this.#claimed;
    if (context.signal.aborted) return;
    if (error instanceof ConflictError && error.reason === "version") {
      this.#onError?.(error, execution);
      await context.park({ afterMs: newerMs });
    } else if (error instanceof InvalidInputError || isUnpersistable(error)) {
      await context.end({ status: "failed", error });
    } else throw error;
  }
}

function isUnpersistable(error: unknown): boolean {
  return error instanceof Error && error.message.includes("cannot be persisted");
}

function endOf(actor: LiveActor): End {
  const { snapshot } = actor;
  if (snapshot.status === "error") return { status: "failed", error: snapshot.error };
  if (snapshot.status !== "done") return { status: "canceled" };
  return { status: "succeeded", ...(snapshot.output !== undefined && { output: snapshot.output }) };
}
