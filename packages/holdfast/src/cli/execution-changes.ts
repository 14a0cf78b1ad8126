import { type ConfirmFlags, confirm, requireConsent } from "./confirmation.ts";
import type { Context } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { withStore } from "./opening.ts";

/** The options of `executions cancel`. */
export interface CancelFlags extends ConfirmFlags {
  readonly tree?: true;
  readonly reason?: string;
}

/** `holdfast executions cancel`. */
export async function cancelExecution(context: Context, id: string, flags: CancelFlags): Promise<void> {
  requireConsent(context, flags);
  const { tree, reason } = flags;
  await withStore(context, async (store) => {
    const [execution, lease, children] = await store.read([
      ({ executions }) => executions.require(id),
      ({ executions }) => executions.leaseOf(id),
      ({ executions }) => executions.count({ parentId: id }),
    ]);
    const parts = [
      `cancel execution ${id} (${execution.status}${lease === null ? "" : `, held by ${lease.holder}`})`,
      ...(children === 0 ? [] : [`${tree ? "with" : "without"} its ${children} children`]),
    ];
    if (!(await confirm(context, parts.join(" "), flags))) return;
    const canceled = await store.executions.cancel(id, { reason, tree });
    if (!canceled) context.exitCode = exitCodes.failed;
    if (context.isJson) await context.printJson({ canceled });
    else await context.print(canceled ? "canceled" : `it has ended already (${execution.status})`);
  });
}

/** `holdfast executions wake`. */
export function wakeExecution(context: Context, id: string): Promise<void> {
  return withStore(context, async (store) => {
    await store.executions.require(id);
    const woken = await store.executions.wake(id);
    if (!woken) context.exitCode = exitCodes.failed;
    if (context.isJson) await context.printJson({ woken });
    else await context.print(woken ? "woken" : "it cannot be woken: it has ended, or waits in no queue");
  });
}
