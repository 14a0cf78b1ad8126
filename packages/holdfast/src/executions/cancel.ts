import { hintCanceledJobs, hintStopped } from "../claims/hints.ts";
import type { Codec, JsonText } from "../core/codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkOptionalBoolean, checkText } from "../core/input.ts";
import { lockedByEnds } from "../core/lock-order.ts";
import { mapPlan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import type { Session } from "../session/session.ts";
import { cancelExecutions, type CancelExecutionsRow } from "./statements.generated.ts";

/** How an execution is canceled. */
export interface CancelOptions {
  /** Kept as the message of the execution's error, named "Canceled". */
  readonly reason?: string | undefined;
  /** Whether to cancel everything below it too; false by default. */
  readonly tree?: boolean | undefined;
}

/** Stops executions from outside. */
export interface Cancellation {
  /**
   * Ends an execution as "canceled", whatever it is doing. Its remaining jobs, waits and timers go too, and a parked parent wakes. A
   * holder loses its lease: its next fenced call changes nothing, and a worker aborts its signal at once. Returns false if the execution
   * has ended already or does not exist.
   */
  cancel(id: string, options?: CancelOptions): Promise<boolean>;
}

const cancelOptions: Fields<CancelOptions> = fieldsOf<CancelOptions>({ reason: true, tree: true });

/** The `cancel` of a store's or a transaction's `executions`. */
export function cancellationOf(session: Session): Cancellation {
  return {
    cancel: async (id, options) => {
      const { canceled, woken } = await session.write(cancelExecution, encodeCancel(session.codec, id, options));
      hintStopped(session, canceled, "canceled");
      hintCanceledJobs(session, woken);
      return canceled.length > 0;
    },
  };
}

interface EncodedCancel {
  readonly id: string;
  readonly error: JsonText | null;
  readonly tree: boolean;
}

function encodeCancel(codec: Codec, id: string, options: CancelOptions | undefined): EncodedCancel {
  const { reason, tree } = cancelOptions.readOptional(options, "options");
  return {
    id: checkId(id, "id"),
    error:
      reason === undefined ? null : codec.encode({ name: "Canceled", message: checkText(reason, "reason") }, "reason"),
    tree: checkOptionalBoolean(tree, "tree") === true,
  };
}

const cancelExecution: Write<EncodedCancel, CancelExecutionsRow> = {
  name: "executions.cancel",
  keys: ({ id }) => [`execution\0${id}`],
  locks: () => lockedByEnds,
  plan: (rows) =>
    mapPlan(
      cancelExecutions({
        ids: rows.map((row) => row.id),
        errors: rows.map((row) => row.error),
        trees: rows.map((row) => row.tree),
      }),
      (done) => done,
    ),
};
