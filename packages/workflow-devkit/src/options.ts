import type { ConnectionOptions, Store, StoreOptions } from "holdfast";
import { InvalidInputError } from "holdfast";
import type { WorkerOptions } from "holdfast/worker";
import type { Deliver, Destination } from "./delivery.ts";

/** The options of a World: its own, and those of a store to open. */
export type HoldfastWorldOptions = WorldOptions & ConnectionOptions & StoreOptions;

interface WorldOptions {
  /** An open store, which stays the caller's to close. By default the World opens one. */
  readonly store?: Store | undefined;
  /** Separates the Worlds of several applications on one store; "workflow-devkit" by default. */
  readonly namespace?: string | undefined;
  /** How many messages are delivered at once; 50 by default. A step that waits for another run holds one meanwhile. */
  readonly concurrency?: number | undefined;
  /** After how long without a sign of life another process takes over a message; 30,000 by default. */
  readonly leaseMs?: number | undefined;
  /**
   * The server of the application, which gets the messages. By default as of `WORKFLOW_LOCAL_BASE_URL`, the port `PORT`, or a port on which
   * this process listens.
   */
  readonly baseUrl?: string | undefined;
  /** Gets the messages in this process, in place of a server: the `POST` of the engine's flow route. */
  readonly deliver?: Deliver | undefined;
  /** Receives errors of deliveries and of the database. By default the first becomes a process warning. */
  readonly onError?: WorkerOptions["onError"] | undefined;
}

/** Options, checked. */
export interface CheckedOptions {
  readonly store: Store | undefined;
  readonly namespace: string;
  readonly connection: ConnectionOptions & StoreOptions;
  readonly worker: Pick<WorkerOptions, "concurrency" | "leaseMs" | "onError">;
  readonly destination: Destination;
}

/** Checks what the World itself needs. What a store or a worker needs is checked by them. */
export function checkOptions(options: HoldfastWorldOptions): CheckedOptions {
  const {
    store,
    namespace = "workflow-devkit",
    concurrency = 50,
    leaseMs,
    baseUrl,
    deliver,
    onError,
    ...connection
  } = options;
  const [other] = Object.keys(connection);
  if (store !== undefined && other !== undefined) {
    throw invalid(other, "is for a store to open, and store is an open one: give one of them");
  }
  if (typeof namespace !== "string" || namespace === "") throw invalid("namespace", "must be a text that is not empty");
  checkWhole(concurrency, "concurrency", 1, 10_000);
  if (leaseMs !== undefined) checkWhole(leaseMs, "leaseMs", 1000, 86_400_000);
  if (baseUrl !== undefined && deliver !== undefined) {
    throw invalid("deliver", "is given together with baseUrl: give one of them");
  }
  if (baseUrl !== undefined && !(/^https?:/u.test(baseUrl) && URL.canParse(baseUrl))) {
    throw invalid("baseUrl", "must be the URL of a server, such as http://localhost:3000");
  }
  if (deliver !== undefined && typeof deliver !== "function") throw invalid("deliver", "must be a function");
  const worker = { concurrency, ...(leaseMs !== undefined && { leaseMs }), ...(onError !== undefined && { onError }) };
  return { store, namespace, connection, worker, destination: { baseUrl, deliver } };
}

function checkWhole(value: unknown, field: string, min: number, max: number): void {
  if (!Number.isSafeInteger(value) || Number(value) < min || Number(value) > max) {
    throw invalid(field, `must be a whole number from ${min} to ${max}`);
  }
}

function invalid(field: string, problem: string): InvalidInputError {
  return new InvalidInputError(`${field} ${problem}.`, { facts: { field } });
}
