import { hintClaimable } from "../claims/hints.ts";
import { encodeOptional, type JsonText } from "../core/codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId } from "../core/input.ts";
import type { Write } from "../core/write.ts";
import type { Session } from "../session/session.ts";
import { activeTrace } from "../telemetry/trace-context.ts";
import { wakeExecutions, type WakeExecutionsRow } from "./statements.generated.ts";

/** The options of a call that wakes an execution. */
export interface WakeOptions {
  /** Passed to the following claims, as their `wake.payload`. */
  readonly payload?: unknown;
}

/** Wakes executions. */
export interface Waking {
  /**
   * Makes a parked execution claimable at once. If the execution is not parked, its next park ends at once, so a call between its last
   * check and its park is not lost. The last of several such calls counts. Returns false for an execution that has ended, does not exist,
   * or is in no queue.
   */
  wake(id: string, options?: WakeOptions): Promise<boolean>;
}

const wakeOptions: Fields<WakeOptions> = fieldsOf<WakeOptions>({ payload: true });

/** The `wake` of a store's or a transaction's `executions`. */
export function wakingOf(session: Session): Waking {
  return {
    wake: async (id, options) => {
      const { payload } = wakeOptions.readOptional(options, "options");
      const { isWoken, queue } = await session.write(wakeExecution, {
        id: checkId(id, "id"),
        payload: encodeOptional(session.codec, payload, "payload"),
        traceContext: activeTrace(),
      });
      hintClaimable(session, [queue]);
      return isWoken;
    },
  };
}

interface EncodedWake {
  readonly id: string;
  readonly payload: JsonText | null;
  readonly traceContext: string | null;
}

const wakeExecution: Write<EncodedWake, WakeExecutionsRow> = {
  name: "executions.wake",
  keys: ({ id }) => [`execution\0${id}`],
  locks: () => ["executions", "correlations"],
  plan: (wakes) =>
    wakeExecutions({
      ids: wakes.map(({ id }) => id),
      payloads: wakes.map(({ payload }) => payload),
      traceContexts: wakes.map(({ traceContext }) => traceContext),
    }),
};
