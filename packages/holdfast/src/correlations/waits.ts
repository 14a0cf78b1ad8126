import { loneOf } from "../database/batches.ts";
import { type Codec, decodeOptional } from "../database/codec.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkId, checkOwnId, type Inside } from "../database/input.ts";
import { checkDistinct, encodeItems } from "../database/items.ts";
import { newId } from "../database/new-id.ts";
import { combinePlans, mapPlan, type Plan } from "../database/plan.ts";
import type { Write } from "../database/session.ts";
import { checkExpiry, type Expiry } from "./moments.ts";
import {
  cancelWaits,
  cancelWaitsOfExecutions,
  lockCorrelation,
  lockCorrelations,
  registerWait,
  registerWaits,
  type RegisterWaitsRow,
} from "./statements.generated.ts";

export type { RegisterWaitsRow } from "./statements.generated.ts";

/** An execution's step that waits for an event under a key. */
export interface Wait {
  readonly id: string;
  readonly key: string;
  readonly executionId: string;
  readonly step: string;
  readonly createdAt: Date;
  /** From then on nothing is delivered to it; null where it waits for ever. */
  readonly expiresAt: Date | null;
}

/** What to wait for. At most one of `expiresAt` and `ttlMs` is given. */
export interface WaitInput {
  /** Made by Holdfast where it is left out. */
  readonly id?: string | undefined;
  readonly key: string;
  readonly executionId: string;
  readonly step: string;
  readonly expiresAt?: Date | undefined;
  /** Counted from the database's clock. */
  readonly ttlMs?: number | undefined;
}

/** An event that was taken from those kept under a key. */
export interface TakenEvent {
  readonly id: string;
  /** undefined where none was given; null is a payload. */
  readonly payload: unknown;
}

/** The outcome of a wait: registered (also by an earlier call), or over at once with an event that had come before it. */
export type WaitOutcome =
  | { readonly outcome: "waiting"; readonly wait: Wait }
  | { readonly outcome: "delivered"; readonly event: TakenEvent };

/** A wait, checked and encoded. */
export interface EncodedWait {
  readonly id: string;
  readonly key: string;
  readonly executionId: string;
  readonly step: string;
  readonly expiry: Expiry;
}

/** The most keys that one call locks: each takes a place in the lock table that all sessions of the server share. */
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
 * Checks and encodes a wait, so that what is wrong with it is its caller's error alone. Inside an `owner`, an execution, it need not
 * name that one.
 */
export function encodeWait(given: Inside<WaitInput>, field = "input", owner?: string): EncodedWait {
  const input = waitFields.read(given, field);
  return {
    id: input.id === undefined ? newId() : checkId(input.id, "id"),
    key: checkId(input.key, "key"),
    executionId: checkOwnId(input.executionId, "executionId", owner),
    step: checkId(input.step, "step"),
    expiry: checkExpiry(input, 0),
  };
}

/** As {@link encodeWait}, for waits that are registered together: an id, and a key of one execution's step, come once. */
export function encodeWaits(
  inputs: readonly Inside<WaitInput>[],
  field: string,
  owner?: string,
): readonly EncodedWait[] {
  const waits = encodeItems(inputs, field, (input, place) => encodeWait(input, place, owner), correlationKeysMax);
  return checkDistinct(waits, field, placeOf);
}

/**
 * Locks the keys of waits or deliveries, and those of waits that are there, by their ids; comes before the acting statement, and before any
 * lock on an execution.
 */
export function lockKeys(items: readonly { readonly key: string }[], waitIds: readonly string[] = []): Plan<void> {
  const only = waitIds.length === 0 ? loneOf(items) : undefined;
  return only ? lockCorrelation({ key: only.key }) : lockCorrelations({ keys: items.map((item) => item.key), waitIds });
}

/** Registers waits whose keys a former statement of the transaction has locked, or takes their events. One by itself has a quicker statement. */
export function registerPlan(waits: readonly EncodedWait[]): Plan<readonly RegisterWaitsRow[]> {
  const only = loneOf(waits);
  if (only) {
    const { expiry, ...wait } = only;
    return mapPlan(registerWait({ ...wait, expiresAt: expiry.at, ttlMs: expiry.ttlMs }), (row) => [row]);
  }
  return registerWaits({
    ids: waits.map((wait) => wait.id),
    keys: waits.map((wait) => wait.key),
    executionIds: waits.map((wait) => wait.executionId),
    steps: waits.map((wait) => wait.step),
    expiresAt: waits.map((wait) => wait.expiry.at),
    ttlsMs: waits.map((wait) => wait.expiry.ttlMs),
  });
}

/** The write that registers waits or takes their events. A transition sends `lockKeys` first and `registerPlan` in its place. */
export const waitWrite: Write<EncodedWait, RegisterWaitsRow> = {
  name: "correlations.wait",
  keys: (wait) => [placeOf(wait), `wait\0${wait.id}`],
  locks: () => ["keys", "correlations"],
  plan: (waits) => mapPlan(combinePlans([lockKeys(waits), registerPlan(waits)]), ([, rows]) => rows),
};

/** A wait to cancel, by its checked id, and the execution that it must belong to where one is given. */
export interface CanceledWait {
  readonly id: string;
  readonly executionId: string | null;
}

/** The write that cancels waits, or fails where one belongs to another execution than it should. */
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

/** Waits of an execution, and of one of its steps where it is named; checked. */
export interface EncodedSelection {
  readonly executionId: string;
  readonly step: string | null;
}

/** The write that cancels the waits of executions, or of steps of theirs. */
export const cancelAllWaitsWrite: Write<EncodedSelection, number> = {
  name: "correlations.cancelAll",
  keys: ({ executionId }) => [`waits\0${executionId}`],
  plan: (selections) => {
    const plan = cancelWaitsOfExecutions({
      executionIds: selections.map(({ executionId }) => executionId),
      steps: selections.map(({ step }) => step),
    });
    return mapPlan(plan, (rows) => rows.map((row) => row.canceled));
  },
};

/** Reads the outcome of a wait. */
export function toWaitOutcome(
  codec: Codec,
  { key, executionId, step }: EncodedWait,
  row: RegisterWaitsRow,
): WaitOutcome {
  if (row.eventId !== null) {
    return { outcome: "delivered", event: { id: row.eventId, payload: decodeOptional(codec, row.payload) } };
  }
  if (row.waitId === null || row.createdAt === null) {
    throw new TypeError("A wait was neither registered nor delivered to.");
  }
  return {
    outcome: "waiting",
    wait: { id: row.waitId, key, executionId, step, createdAt: row.createdAt, expiresAt: row.expiresAt },
  };
}

/** One execution's step waits once for a key. A NUL separates the parts, which none of them can hold. */
function placeOf({ key, executionId, step }: EncodedWait): string {
  return `wait\0${key}\0${executionId}\0${step}`;
}
