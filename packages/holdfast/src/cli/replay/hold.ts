import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { type Store, UnavailableError } from "../../index.ts";

/** The right of this process to work on an execution alone. */
export interface ExecutionHold {
  release(): Promise<void>;
}

/**
 * Takes the execution's lease and keeps it. The lease of a killed process expires within `leaseMs`, and this waits for it.
 *
 * @throws UnavailableError if another living process holds it.
 */
export async function holdExecution(store: Store, executionId: string, leaseMs: number): Promise<ExecutionHold> {
  const holder = `${hostname()}:${process.pid}`;
  const deadline = performance.now() + leaseMs + 1000;
  let lease = await store.executions.acquireLease(executionId, { holder, leaseMs });
  while (lease === null && performance.now() < deadline) {
    await sleep(100);
    lease = await store.executions.acquireLease(executionId, { holder, leaseMs });
  }
  if (lease === null) {
    throw new UnavailableError(
      `Execution ${executionId} is being run by another process: give --join to work on it together.`,
      {
        facts: { executionId },
      },
    );
  }
  const { token } = lease;
  const timer = setInterval(
    () => void store.executions.heartbeat([{ id: executionId, token }], { leaseMs }).catch(() => undefined),
    leaseMs / 3,
  );
  return {
    release: async () => {
      clearInterval(timer);
      await store.executions.releaseLease(executionId, token);
    },
  };
}
