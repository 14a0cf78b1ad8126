import { loneOf } from "../database/batches.ts";
import { type Codec, encodeOptional, type JsonText } from "../database/codec.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkId, checkOneOf, checkOptionalBoolean, checkOptionalId, invalid } from "../database/input.ts";
import { checkDistinct, encodeEach } from "../database/items.ts";
import { newId } from "../database/new-id.ts";
import { combinePlans, mapPlan, type Plan } from "../database/plan.ts";
import type { Write } from "../database/session.ts";
import { checkExpiry, type Expiry } from "./moments.ts";
import { deliverEvent, deliverEvents, type DeliverEventsRow } from "./statements.generated.ts";
import { correlationKeysMax, lockKeys } from "./waits.ts";

/** How long an event is kept for a waiter where nothing is said: 30 days. */
const ttlMsDefault = 30 * 24 * 60 * 60 * 1000;

/** An event to deliver. At most one of `ttlMs` and `expiresAt` is given. */
export interface DeliveryInput {
  readonly key: string;
  readonly payload?: unknown;
  /** A later delivery under the same key with the same dedupe id changes nothing and gets this one's outcome. */
  readonly dedupeId?: string | undefined;
  /** Whom to resume: the waiter that has waited longest ("one", the default), or all. */
  readonly to?: "one" | "all" | undefined;
  /** False: where nobody waits, it is lost, and the outcome says so; true by default. */
  readonly keep?: boolean | undefined;
  /** How long to keep it where nobody waits, counted from the database's clock; 30 days where neither is given. */
  readonly ttlMs?: number | undefined;
  /** Until when to keep it where nobody waits. */
  readonly expiresAt?: Date | undefined;
}

/** A wait that a delivery took: the step of the execution that now goes on. */
export interface DeliveredWait {
  readonly id: string;
  readonly executionId: string;
  readonly step: string;
}

/** What a delivery did when it was made first. */
export type FirstDelivery =
  | { readonly outcome: "delivered"; readonly waits: readonly DeliveredWait[] }
  | { readonly outcome: "kept"; readonly eventId: string };

/** Nobody waited for an event that was not to be kept. A later delivery, with its dedupe id too, is made anew. */
export interface MissedDelivery {
  readonly outcome: "missed";
}

/** The outcome of a delivery. */
export type DeliveryOutcome =
  | FirstDelivery
  | MissedDelivery
  | { readonly outcome: "duplicate"; readonly first: FirstDelivery };

/** A delivery, checked and encoded. */
export interface EncodedDelivery {
  readonly id: string;
  readonly key: string;
  readonly dedupeId: string | null;
  readonly takesAll: boolean;
  readonly keeps: boolean;
  readonly expiry: Expiry;
  readonly payload: JsonText | null;
}

const deliveryFields: Fields<DeliveryInput> = fieldsOf<DeliveryInput>({
  key: true,
  payload: true,
  dedupeId: true,
  to: true,
  keep: true,
  ttlMs: true,
  expiresAt: true,
});

/** Checks and encodes a delivery, so that what is wrong with it is its caller's error alone. */
export function encodeDelivery(codec: Codec, given: DeliveryInput, field = "input"): EncodedDelivery {
  const input = deliveryFields.read(given, field);
  const expiry = checkExpiry(input, 1);
  const keeps = checkOptionalBoolean(input.keep, "keep") ?? true;
  if (!keeps && (input.ttlMs ?? input.expiresAt) !== undefined) {
    throw invalid("keep", "is false together with ttlMs or expiresAt, which say how long to keep: give one of them");
  }
  return {
    id: newId(),
    key: checkId(input.key, "key"),
    dedupeId: checkOptionalId(input.dedupeId, "dedupeId"),
    takesAll: checkOneOf(input.to ?? "one", "to", ["one", "all"]) === "all",
    keeps,
    expiry: expiry.at === null ? { at: null, ttlMs: expiry.ttlMs ?? ttlMsDefault } : expiry,
    payload: encodeOptional(codec, input.payload, "payload"),
  };
}

/** As {@link encodeDelivery}, for events that are delivered together, one a key. */
export function encodeDeliveries(
  codec: Codec,
  inputs: readonly DeliveryInput[],
  field: string,
): readonly EncodedDelivery[] {
  const encode = (input: DeliveryInput, place: string): EncodedDelivery => encodeDelivery(codec, input, place);
  return checkDistinct(encodeEach(inputs, field, encode, correlationKeysMax), field, ({ key }) => key);
}

/** The outcome of a delivery, and the queues in which it woke executions. */
export interface Delivered {
  readonly outcome: DeliveryOutcome;
  readonly woken: readonly string[];
}

/**
 * The write that delivers events: one of a key at a time, so that each sees what the former has left. One by itself, without a dedupe
 * id, has a statement that is quicker.
 */
export const deliverWrite: Write<EncodedDelivery, Delivered> = {
  name: "correlations.deliver",
  keys: (delivery) => [`correlation\0${delivery.key}`],
  locks: () => ["keys", "correlations"],
  plan: (deliveries) => {
    const only = loneOf(deliveries);
    const deliver = only?.dedupeId === null ? onePlan(only) : manyPlan(deliveries);
    return mapPlan(combinePlans([lockKeys(deliveries), deliver]), ([, rows]) =>
      rows.map((row, i) => ({ outcome: toOutcome(row, deliveries[i]?.keeps !== false), woken: row.woken ?? [] })),
    );
  },
};

function onePlan({ expiry, ...delivery }: EncodedDelivery): Plan<readonly DeliverEventsRow[]> {
  const deliver = deliverEvent({ ...delivery, expiresAt: expiry.at, ttlMs: expiry.ttlMs });
  return mapPlan(deliver, ({ waits, woken }) => [{ isDuplicate: false, eventId: delivery.id, waits, woken }]);
}

function manyPlan(deliveries: readonly EncodedDelivery[]): Plan<readonly DeliverEventsRow[]> {
  return deliverEvents({
    ids: deliveries.map((delivery) => delivery.id),
    keys: deliveries.map((delivery) => delivery.key),
    dedupeIds: deliveries.map((delivery) => delivery.dedupeId),
    takesAll: deliveries.map((delivery) => delivery.takesAll),
    keeps: deliveries.map((delivery) => delivery.keeps),
    expiresAt: deliveries.map((delivery) => delivery.expiry.at),
    ttlsMs: deliveries.map((delivery) => delivery.expiry.ttlMs),
    payloads: deliveries.map((delivery) => delivery.payload),
  });
}

function toOutcome({ isDuplicate, eventId, waits }: DeliverEventsRow, keeps: boolean): DeliveryOutcome {
  if (waits === null && !isDuplicate && !keeps) return { outcome: "missed" };
  const first: FirstDelivery =
    waits === null
      ? { outcome: "kept", eventId }
      : // The statement itself has written this JSON, whatever the store's codec.
        { outcome: "delivered", waits: JSON.parse(waits) as readonly DeliveredWait[] };
  return isDuplicate ? { outcome: "duplicate", first } : first;
}
