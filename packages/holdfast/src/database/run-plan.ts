import { setTimeout as sleep } from "node:timers/promises";
import { orAborted, runAbortably, type Stage } from "./call-limits.ts";
import type { Connection, Database } from "./database.ts";
import { type BindStatement, runAtomically } from "./execute.ts";
import { isConnectionLost, isReadOnlyServer, isSerializationFailure, toHoldfastError } from "./failures.ts";
import { idleLimitStatement } from "./idle-limit.ts";
import { type Guard, guardStatement } from "./lock-guard.ts";
import type { Plan } from "./plan.ts";
import { isReadOnlyPlan } from "./read-only.ts";
import { outcomeUnknown, RolledBackError } from "./settle-commit.ts";

/** How one plan is run. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly guard?: Guard | undefined;
  /** Called when there is a connection, right before anything is sent; it may throw instead. */
  readonly onSend?: () => void;
}

/** Runs a plan in a transaction of its own, on any connection, and again where it only collided with others. */
export type RunPlan = <T>(plan: Plan<T>, options?: RunOptions) => Promise<T>;

/** How often a plan, or a transaction by default, is run again. */
export const retriesDefault = 5;

const retryDelayMs = 5;

/** The function that runs plans on a database. */
export function planRunner(database: Database, bind: BindStatement): RunPlan {
  const idleLimit = idleLimitStatement(database);
  return async (plan, { signal, guard, onSend } = {}) => {
    const isReading = isReadOnlyPlan(plan);
    // Who only reads waits for no row.
    const wire = guard === undefined || isReading ? undefined : guardStatement(guard, database.preparedStatements);
    const attempt = async (connection: Connection, enter: (stage: Stage) => void) => {
      onSend?.();
      if (!isReading) enter("sent");
      try {
        return await runAtomically(connection, plan, { bind, guard: wire, idleLimit });
      } catch (error) {
        throw isConnectionLost(error) && !isReading ? outcomeUnknown(error) : error;
      }
    };
    return retrying(() => withConnection(database, attempt, signal), { retries: retriesDefault, signal });
  };
}

/** Works on a connection, and closes it where it is of no more use. */
export async function withConnection<T>(
  database: Database,
  work: (connection: Connection, enter: (stage: Stage) => void) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const connection = await orAborted(signal, database.connect(), (late) => late.release());
  let failure: Error | undefined;
  const wasInTransaction = connection.inTransaction();
  try {
    return await runAbortably(signal, connection, (enter) => work(connection, enter));
  } catch (error) {
    // After anything but an answer of the server, the state of the session is unknown: it is closed.
    if (error instanceof Error && (isConnectionLost(error) || isReadOnlyServer(error))) failure = error;
    throw error;
  } finally {
    // A request to cancel may still be on its way, and would hit the session's next user.
    if (signal?.aborted) failure ??= new Error("The call was aborted");
    if (!wasInTransaction && connection.inTransaction()) failure ??= new Error("A transaction was left open");
    connection.release(failure);
  }
}

/** Makes an attempt, and again where it only collided with others, unless the signal was aborted. */
export async function retrying<T>(
  attempt: () => Promise<T>,
  { retries, signal }: { readonly retries: number; readonly signal: AbortSignal | undefined },
): Promise<T> {
  for (let tried = 0; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!mayRunAgain(error) || tried >= retries || signal?.aborted) throw explain(error);
      // Full jitter, so that the transactions that collided do not meet again.
      await sleep(Math.random() * retryDelayMs * 2 ** Math.min(tried, 8));
    }
  }
}

function mayRunAgain(error: unknown): boolean {
  return isSerializationFailure(error) || error instanceof RolledBackError;
}

/** The caller's own errors pass as they are; the driver's become Holdfast's. */
function explain(error: unknown): unknown {
  return error instanceof Error && "code" in error && "severity" in error ? toHoldfastError(error) : error;
}
