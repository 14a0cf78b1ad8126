import { cancelAllWrite, type EncodedSelection } from "../claims/step-selection.ts";
import { type Codec, decodeOptional } from "../core/codec.ts";
import type { WaitStatus } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkKey, checkOwnId, type Inside } from "../core/input.ts";
import { checkDistinct, encodeItems } from "../core/items.ts";
import { newId } from "../core/new-id.ts";
import { combinePlans, loneOf, mapPlan, type Plan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import type { TraceContext } from "../telemetry/span-parts.ts";
import { toTraceContext } from "../telemetry/trace-context.ts";
import { checkExpiry, type Expiry } from "./expiry.ts";
import {
  cancelWaits,
  cancelWaitsOfExecutions,
  type GetWaitRow,
  lockCorrelation,
  lockCorrelations,
  registerWait,
  registerWaits,
  type RegisterWaitsRow,
} from "./statements.generated.ts";

export { checkExpiry, type Expiry } from "./expiry.ts";
export type { RegisterWaitsRow } from "./statements.generated.ts";

/** A step of an execution that waits, or waited, for an event under a key. It stays as long as its execution, unless it is canceled. */
export interface Wait {
  readonly id: string;
  readonly key: string;
  readonly executionId: string;
  readonly step: string;
  readonly status: WaitStatus;
  readonly createdAt: Date;
  /** After this time nothing is delivered to it; null if it waits forever. */
  readonly expiresAt: Date | null;
  /** null if nothing was delivered to it. */
  readonly delivery: WaitDelivery | null;
}

/** What was delivered to a wait. */
export interface WaitDelivery {
  readonly eventId: string;
  /** undefined if none was given; null is a payload. */
  readonly payload: unknown;
  readonly deliveredAt: Date;
  /** The trace of the delivery; null without one. */
  readonly traceContext: TraceContext | null;
}

/** A wait to register, with at most one of `expiresAt` and `ttlMs`. */
export interface WaitInput {
  /** Generated if it is omitted. A step that registers it again gets what has become of the wait since. */
  readonly id?: string | undefined;
  readonly key: string;
  readonly executionId: string;
  readonly step: string;
  readonly expiresAt?: Date | undefined;
  /** By the database's clock. */
  readonly ttlMs?: number | undefined;
}

/** An event that a wait took. */
export interface TakenEvent {
  readonly id: string;
  /** undefined if none was given; null is a payload. */
  readonly payload: unknown;
  /** The trace of its delivery; null without one. */
  readonly traceContext: TraceContext | null;
}

/**
 * The outcome of a wait. Either it waits now, perhaps since an earlier call, or it is over. An earlier event is delivered at once. A wait
 * that is registered again by its id gets the event that it got.
 */
export type WaitOutcome =
  | { readonly outcome: "waiting" | "expired"; readonly wait: Wait }
  | { readonly outcome: "delivered"; readonly wait: Wait; readonly event: TakenEvent };

/** A wait, checked and encoded. */
export interface EncodedWait {
  readonly id: string;
  /** Whether the caller chose the id, and may have registered it before. */
  readonly isOwn: boolean;
  readonly key: string;
  readonly executionId: string;
  readonly step: string;
  readonly expiry: Expiry;
}

/** The most keys that one call locks. Each takes an entry in the lock table that all sessions of the server share. */
export const correlationKeysMax = 1000;

const waitFields: Fields<Inside<WaitInput>> = fieldsOf<Inside<WaitInput>>({
  id: true,
  key: true,
  executionId: true,
  step: true,
  expiresAt: true,
  ttlMs: true,
});

/**
 * Checks and encodes a wait before it joins others, so that an error concerns its caller alone. Inside an `owner`, an execution, the wait
 * need not name it.
 */
export function encodeWait(given: Inside<WaitInput>, field = "input", owner?: string): EncodedWait {
  const input = waitFields.read(given, field);
  return {
    id: input.id === undefined ? newId() : checkId(input.id, "id"),
    isOwn: input.id !== undefined,
    key: checkKey(input.key, "key"),
    executionId: checkOwnId(input.executionId, "executionId", owner),
    step: checkKey(input.step, "step"),
    expiry: checkExpiry(input, 0),
  };
}

/** Like {@link encodeWait}, for waits registered together. Ids must be distinct, and so must the keys of one execution's step. */
export function encodeWaits(
  inputs: readonly Inside<WaitInput>[],
  field: string,
  owner?: string,
): readonly EncodedWait[] {
  const waits = encodeItems(inputs, field, (input, place) => encodeWait(input, place, owner), correlationKeysMax);
  return checkDistinct(waits, field, placeOf);
}

/**
 * Locks the keys of waits or deliveries, and those of existing waits by id. Must precede the acting statement, and any lock on an
 * execution.
 */
export function lockKeys(items: readonly { readonly key: string }[], waitIds: readonly string[] = []): Plan<void> {
  const only = waitIds.length === 0 ? loneOf(items) : undefined;
  return only ? lockCorrelation({ key: only.key }) : lockCorrelations({ keys: items.map((item) => item.key), waitIds });
}

/**
 * Registers waits whose keys an earlier statement of the transaction has locked, or takes their events. A single one has a faster
 * statement.
 */
export function registerPlan(waits: readonly EncodedWait[]): Plan<readonly RegisterWaitsRow[]> {
  const only = loneOf(waits);
  if (only) {
    const { expiry, ...wait } = only;
    return mapPlan(registerWait({ ...wait, expiresAt: expiry.at, ttlMs: expiry.ttlMs }), (row) => [row]);
  }
  return registerWaits({
    ids: waits.map((wait) => wait.id),
    areOwn: waits.map((wait) => wait.isOwn),
    keys: waits.map((wait) => wait.key),
    executionIds: waits.map((wait) => wait.executionId),
    steps: waits.map((wait) => wait.step),
    expiresAt: waits.map((wait) => wait.expiry.at),
    ttlsMs: waits.map((wait) => wait.expiry.ttlMs),
  });
}

/** Registers waits or takes their events. A transition sends `lockKeys` first and uses `registerPlan` instead. */
export const waitWrite: Write<EncodedWait, RegisterWaitsRow> = {
  name: "correlations.wait",
  keys: (wait) => [placeOf(wait), `wait\0${wait.id}`],
  locks: () => ["keys", "correlations"],
  plan: (waits) => mapPlan(combinePlans([lockKeys(waits), registerPlan(waits)]), ([, rows]) => rows),
};

/** The checked id of a wait to cancel, and optionally the execution that it must belong to. */
export interface CanceledWait {
  readonly id: string;
  readonly executionId: string | null;
}

/** Cancels waits. Fails if one belongs to another execution than it should. */
export const cancelWaitWrite: Write<CanceledWait, boolean> = {
  name: "correlations.cancel",
  keys: ({ id }) => [`wait\0${id}`],
  plan: (waits) => {
    const plan = cancelWaits({
      ids: waits.map(({ id }) => id),
      executionIds: waits.map(({ executionId }) => executionId),
    });
    return mapPlan(plan, (rows) => rows.map((row) => row.canceled));
  },
};

/** Cancels the waits of executions, or of their steps. */
export const cancelWaitsOf: Write<EncodedSelection, number> = cancelAllWrite("correlations", cancelWaitsOfExecutions);

/** Whether one of these waits may expire before the pump's next wake-up. */
export function doExpire(waits: readonly EncodedWait[]): boolean {
  return waits.some(({ expiry }) => expiry.at !== null || expiry.ttlMs !== null);
}

/** Reads the outcome of a wait. */
export function toWaitOutcome(
  codec: Codec,
  { key, executionId, step }: EncodedWait,
  row: RegisterWaitsRow,
): WaitOutcome {
  const wait = toWait(codec, { ...row, key, executionId, step });
  if (wait.delivery === null) return { outcome: wait.status === "expired" ? "expired" : "waiting", wait };
  const { eventId, payload, traceContext } = wait.delivery;
  return { outcome: "delivered", wait, event: { id: eventId, payload, traceContext } };
}

/** Reads a wait's row. */
export function toWait(codec: Codec, row: GetWaitRow): Wait {
  const { id, key, executionId, step, status, createdAt, expiresAt, endedAt, eventId } = row;
  const traceContext = toTraceContext(row.traceContext);
  const delivery =
    eventId === null || endedAt === null
      ? null
      : { eventId, payload: decodeOptional(codec, row.payload), deliveredAt: endedAt, traceContext };
  return { id, key, executionId, step, status, createdAt, expiresAt, delivery };
}

/** A step of an execution waits once per key. The parts cannot contain the NUL that separates them. */
function placeOf({ key, executionId, step }: EncodedWait): string {
  return `wait\0${key}\0${executionId}\0${step}`;
}
