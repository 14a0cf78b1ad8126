import { canceledTopic, endedTopic, hintCanceledJobs, wokenTopic } from "../claims/hints.ts";
import type { Codec, JsonText } from "../database/codec.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkId, checkOptionalBoolean, checkText } from "../database/input.ts";
import { lockedByEnds } from "../database/lock-order.ts";
import { mapPlan } from "../database/plan.ts";
import type { Session, Write } from "../database/session.ts";
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
   * Ends an execution as "canceled", whatever it is doing. Its remaining jobs, waits and timers go too, and a parent that is parked for it
   * wakes. A holder loses its lease: its next fenced call changes nothing, and a worker aborts its signal at once. Returns false if the
   * execution has ended already or does not exist.
   */
  cancel(id: string, options?: CancelOptions): Promise<boolean>;
}

const cancelOptions: Fields<CancelOptions> = fieldsOf<CancelOptions>({ reason: true, tree: true });

/** The `cancel` of a store's or a transaction's `executions`. */
export function cancellationOf(session: Session): Cancellation {
  return {
    cancel: async (id, options) => {
      const { canceled, woken } = await session.write(cancelExecution, encodeCancel(session.codec, id, options));
      hintCanceled(session, canceled);
      hintCanceledJobs(session, woken);
      return canceled.length > 0;
    },
  };
}

/** Notifies the holders of canceled executions, and callers that wait for their end. */
export function hintCanceled(session: Session, ids: readonly string[]): void {
  for (const id of ids) session.hint(canceledTopic(id));
  if (ids.length === 0) return;
  session.hint(endedTopic);
  session.hint(wokenTopic);
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
