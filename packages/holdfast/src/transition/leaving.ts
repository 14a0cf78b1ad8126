import type { Status } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import {
  checkId,
  checkInteger,
  checkOneOf,
  checkOptionalBoolean,
  checkOptionalInstant,
  invalid,
} from "../core/input.ts";
import { checkDistinct, checkEach } from "../core/items.ts";
import { newId } from "../core/new-id.ts";
import { checkExpiry, correlationKeysMax, type Expiry } from "../correlations/waits.ts";
import { delayMsMax } from "../jobs/jobs.ts";

/** An event that a parked execution waits for. */
export interface ParkedWait {
  readonly key: string;
  /** Names the wait in the claim that its event leads to; the key by default. */
  readonly step?: string | undefined;
  /** From then on no event is delivered to it, and its expiry wakes the execution. At most one of `expiresAt` and `ttlMs` is given. */
  readonly expiresAt?: Date | undefined;
  /** By the database's clock. */
  readonly ttlMs?: number | undefined;
}

/** What a parked execution waits for. Whatever comes first wakes it, once. Give at least one, and not both `until` and `afterMs`. */
export interface Park {
  readonly until?: Date | undefined;
  /** By the database's clock. */
  readonly afterMs?: number | undefined;
  /** Events. An earlier one wakes it at once. */
  readonly waits?: readonly ParkedWait[] | undefined;
  /**
   * The end of all children that it has when it parks: true or "all". If none is running, it wakes at once. "any" is the end of one of
   * them. If one has ended since the claim, it wakes at once. Without children, only what else is given wakes it.
   */
  readonly children?: boolean | "all" | "any" | undefined;
  /** A call of `wake` ends every park. True allows a park that nothing else ends. */
  readonly call?: boolean | undefined;
}

/** How a step ends its execution. */
export interface End {
  readonly status: "succeeded" | "failed" | "timed_out" | "canceled";
  readonly output?: unknown;
  readonly error?: unknown;
  /** What happens to unfinished children: "leave" (the default) lets them continue; "cancel" ends them with all descendants. */
  readonly children?: "leave" | "cancel" | undefined;
}

/** A park, checked. */
export interface EncodedPark {
  readonly id: string;
  readonly until: Date | null;
  readonly afterMs: number | null;
  readonly waits: readonly EncodedParkedWait[];
  readonly children: "all" | "any" | null;
}

interface EncodedParkedWait {
  readonly id: string;
  readonly step: string;
  readonly key: string;
  readonly expiry: Expiry;
}

const parkFields: Fields<Park> = fieldsOf<Park>({
  until: true,
  afterMs: true,
  waits: true,
  children: true,
  call: true,
});
const waitFields: Fields<ParkedWait> = fieldsOf<ParkedWait>({
  key: true,
  step: true,
  expiresAt: true,
  ttlMs: true,
});
const endFields: Fields<End> = fieldsOf<End>({ status: true, output: true, error: true, children: true });
/** How executions and tasks end. */
export const endStatuses: readonly End["status"][] = [
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
  const waits = checkEach(input.waits ?? [], "park.waits", encodeParkedWait, correlationKeysMax);
  const children = checkChildren(input.children);
  const isOpenEnded = checkOptionalBoolean(input.call, "park.call") === true;
  if ((until ?? afterMs) === undefined && waits.length === 0 && children !== "all" && !isOpenEnded) {
    const message =
      children === null
        ? "names nothing to wait for: give a moment, events, children or a call"
        : 'names only "any" of the children, and there may be none: give a moment, events or a call too';
    throw invalid("park", message);
  }
  return {
    id,
    until: checkOptionalInstant(until, "park.until"),
    afterMs: afterMs === undefined ? null : checkInteger(afterMs, "park.afterMs", { min: 0, max: delayMsMax }),
    waits: checkDistinct(waits, "park.waits", ({ key }) => key),
    children,
  };
}

function checkChildren(children: Park["children"]): EncodedPark["children"] {
  if (children === undefined || children === false) return null;
  return children === true ? "all" : checkOneOf(children, "park.children", ["all", "any"] as const);
}

function encodeParkedWait(given: ParkedWait, place: string): EncodedParkedWait {
  const { key, step = key, ...expiry } = waitFields.readInner(given, place);
  return {
    id: newId(),
    key: checkId(key, `${place}.key`),
    step: checkId(step, `${place}.step`),
    expiry: checkExpiry(expiry, 0, `${place}.`),
  };
}

/** Checks how a step ends its execution. */
export function readEnd(given: End): End {
  const end = endFields.readInner(given, "end");
  checkOneOf(end.status, "end.status", endStatuses);
  checkOneOf(end.children ?? "leave", "end.children", ["leave", "cancel"]);
  return end;
}
