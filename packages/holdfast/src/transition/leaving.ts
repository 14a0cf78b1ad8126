import { correlationKeysMax } from "../correlations/waits.ts";
import type { Status } from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import {
  checkId,
  checkInteger,
  checkOneOf,
  checkOptionalBoolean,
  checkOptionalInstant,
  invalid,
} from "../database/input.ts";
import { checkDistinct, checkEach } from "../database/items.ts";
import { newId } from "../database/new-id.ts";
import { delayMsMax } from "../jobs/jobs.ts";

/** An event that a parked execution waits for. */
export interface ParkedWait {
  readonly key: string;
  /** Names the wait to the claim that the event leads to; the key by default. */
  readonly step?: string | undefined;
}

/** What a parked execution waits for: whichever comes first wakes it, once. At least one of them; of `until` and `afterMs`, at most one. */
export interface Park {
  readonly until?: Date | undefined;
  /** Counted from the database's clock. */
  readonly afterMs?: number | undefined;
  /** Events; one that came before wakes it at once. */
  readonly waits?: readonly ParkedWait[] | undefined;
  /** The end of all children that it has when it parks; with none that runs, it is woken at once. */
  readonly children?: boolean | undefined;
}

/** How a step ends its execution. */
export interface End {
  readonly status: "succeeded" | "failed" | "timed_out" | "canceled";
  readonly output?: unknown;
  readonly error?: unknown;
  /** What becomes of children that have not ended: "leave" lets them go on, as is the default; "cancel" ends them, with all below them. */
  readonly children?: "leave" | "cancel" | undefined;
}

/** A park, checked; each wait as its id, its step and its key. */
export interface EncodedPark {
  readonly id: string;
  readonly until: Date | null;
  readonly afterMs: number | null;
  readonly waits: readonly { readonly id: string; readonly step: string; readonly key: string }[];
  readonly children: boolean;
}

const parkFields: Fields<Park> = fieldsOf<Park>({ until: true, afterMs: true, waits: true, children: true });
const waitFields: Fields<ParkedWait> = fieldsOf<ParkedWait>({ key: true, step: true });
const endFields: Fields<End> = fieldsOf<End>({ status: true, output: true, error: true, children: true });
const endStatuses: readonly End["status"][] = [
  "succeeded",
  "failed",
  "timed_out",
  "canceled",
] satisfies readonly Status[];

/** Checks what a parked execution waits for. */
export function encodePark(id: string, given: Park): EncodedPark {
  const input = parkFields.readInner(given, "park");
  const { until, afterMs } = input;
  if (until !== undefined && afterMs !== undefined) {
    throw invalid("park.afterMs", "is given together with until: give one of them");
  }
  const waits = checkEach(
    input.waits ?? [],
    "park.waits",
    (wait, place) => {
      const { key, step = key } = waitFields.readInner(wait, place);
      return { id: newId(), key: checkId(key, `${place}.key`), step: checkId(step, `${place}.step`) };
    },
    correlationKeysMax,
  );
  const children = checkOptionalBoolean(input.children, "park.children") === true;
  if ((until ?? afterMs) === undefined && waits.length === 0 && !children) {
    throw invalid("park", "names nothing to wait for: give a moment, events or children");
  }
  return {
    id,
    until: checkOptionalInstant(until, "park.until"),
    afterMs: afterMs === undefined ? null : checkInteger(afterMs, "park.afterMs", { min: 0, max: delayMsMax }),
    waits: checkDistinct(waits, "park.waits", ({ key }) => key),
    children,
  };
}

/** Checks how a step ends its execution. */
export function readEnd(given: End): End {
  const end = endFields.readInner(given, "end");
  checkOneOf(end.status, "end.status", endStatuses);
  checkOneOf(end.children ?? "leave", "end.children", ["leave", "cancel"]);
  return end;
}
