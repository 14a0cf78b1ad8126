import { setTimeout as sleep } from "node:timers/promises";
import { loneOf, type Plan, readsOnly } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import type { Connection, Database } from "../postgres/database.ts";
import { type BindStatement, runAtomically } from "../postgres/execute.ts";
import { isConnectionLost, isReadOnlyServer, isSerializationFailure, toHoldfastError } from "../postgres/failures.ts";
import { orAborted, runAbortably, type Stage } from "./call-limits.ts";
import { outcomeUnknown, RolledBackError } from "./settle-commit.ts";
import { type Guard, guardStatement, idleLimitStatement } from "./transaction-limits.ts";

/** How one plan is run. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly guard?: Guard | undefined;
  /** Called once there is a connection, right before anything is sent. It may throw to stop. */
  readonly onSend?: () => void;
}

/** Runs a plan in its own transaction, on any connection, and again if it only collided with others. */
export type RunPlan = <T>(plan: Plan<T>, options?: RunOptions) => Promise<T>;

/** The default number of retries of a plan or a transaction. */
export const retriesDefault = 5;

const retryDelayMs = 5;

/** The function that runs plans on a database. */
export function planRunner(database: Database, bind: BindStatement): RunPlan {
  const idleLimit = idleLimitStatement(database);
  return async (plan, { signal, guard, onSend } = {}) => {
    const isReading = readsOnly(plan);
    // A read waits for no row.
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

/** Works on a connection, and closes it if it can no longer be used. */
export async function withConnection<T>(
  database: Database,
  work: (connection: Connection, enter: (stage: Stage) => void) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const connecting = database.connect();
  const connection = await (signal ? orAborted(signal, connecting, (late) => late.release()) : connecting);
  let failure: Error | undefined;
  const wasInTransaction = connection.inTransaction();
  try {
    if (!signal) return await work(connection, ignoreStage);
    return await runAbortably(signal, connection, (enter) => work(connection, enter));
  } catch (error) {
    // After anything except an answer of the server, the session's state is unknown: it is closed.
    if (error instanceof Error && (isConnectionLost(error) || isReadOnlyServer(error))) failure = error;
    throw error;
  } finally {
    // A cancel request may still be on its way, and would hit the session's next user.
    if (signal?.aborted) failure ??= new Error("The call was aborted");
    if (!wasInTransaction && connection.inTransaction()) failure ??= new Error("A transaction was left open");
    connection.release(failure);
  }
}

function ignoreStage(): void {
  // Without a signal nobody gives the call up.
}

/** Makes an attempt, and again if it only collided with others, unless the signal was aborted. */
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

/** The caller's own errors pass unchanged; the driver's become Holdfast's. */
function explain(error: unknown): unknown {
  return error instanceof Error && "code" in error && "severity" in error ? toHoldfastError(error) : error;
}

/** Executes a write of inputs by their own plan. A lone input takes the fast path first. */
export async function runWrite<I, O>(
  write: Write<I, O>,
  inputs: readonly I[],
  run: (plan: Plan<readonly O[]>) => Promise<readonly O[]>,
): Promise<readonly O[]> {
  const only = loneOf(inputs);
  const fast = only === undefined ? undefined : write.fastPath?.(only);
  if (fast) {
    const outputs = await run(fast);
    if (outputs.length > 0) return outputs;
  }
  return run(write.plan(inputs));
}
