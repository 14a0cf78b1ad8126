import { type Codec, encodeOptional, type JsonText } from "../core/codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkKey, checkOneOf, checkOptionalBoolean, checkOptionalKey, invalid } from "../core/input.ts";
import { checkDistinct, encodeEach } from "../core/items.ts";
import { newId } from "../core/new-id.ts";
import { combinePlans, loneOf, mapPlan, type Plan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import { activeTrace } from "../telemetry/trace-context.ts";
import { checkExpiry, type Expiry } from "./expiry.ts";
import { deliverEvent, deliverEvents, type DeliverEventsRow } from "./statements.generated.ts";
import { correlationKeysMax, lockKeys } from "./waits.ts";

/** How long an event is kept for a waiter by default: 30 days. */
const ttlMsDefault = 30 * 24 * 60 * 60 * 1000;

/** An event to deliver, with at most one of `ttlMs` and `expiresAt`. */
export interface DeliveryInput {
  readonly key: string;
  readonly payload?: unknown;
  /** A later delivery under the same key with the same dedupe id changes nothing and gets this one's outcome. */
  readonly dedupeId?: string | undefined;
  /** The waits to resume: the oldest ("one", the default), or all. */
  readonly to?: "one" | "all" | undefined;
  /** If false and nobody waits, the event is lost, and the outcome says so. True by default. */
  readonly keep?: boolean | undefined;
  /** How long to keep it if nobody waits, by the database's clock; 30 days if neither is given. */
  readonly ttlMs?: number | undefined;
  /** Until when to keep it if nobody waits. */
  readonly expiresAt?: Date | undefined;
}

/** A wait that a delivery took: the step of the execution to resume. */
export interface DeliveredWait {
  readonly id: string;
  readonly executionId: string;
  readonly step: string;
}

/** The outcome of the first delivery with a dedupe id. */
export type FirstDelivery =
  | { readonly outcome: "delivered"; readonly waits: readonly DeliveredWait[] }
  | { readonly outcome: "kept"; readonly eventId: string };

/** Nobody waited, and the event was not to be kept. A repeated delivery counts as a new one, even with its dedupe id. */
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
  readonly toAll: boolean;
  readonly keeps: boolean;
  readonly expiry: Expiry;
  readonly payload: JsonText | null;
  /** The trace that is active. */
  readonly traceContext: string | null;
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

/** Checks and encodes a delivery before it joins others, so that an error concerns its caller alone. */
export function encodeDelivery(codec: Codec, given: DeliveryInput, field = "input"): EncodedDelivery {
  const input = deliveryFields.read(given, field);
  const expiry = checkExpiry(input, 1);
  const keeps = checkOptionalBoolean(input.keep, "keep") ?? true;
  if (!keeps && (input.ttlMs ?? input.expiresAt) !== undefined) {
    throw invalid("keep", "is false together with ttlMs or expiresAt, which say how long to keep: give one of them");
  }
  return {
    id: newId(),
    key: checkKey(input.key, "key"),
    dedupeId: checkOptionalKey(input.dedupeId, "dedupeId"),
    toAll: checkOneOf(input.to ?? "one", "to", ["one", "all"]) === "all",
    keeps,
    expiry: expiry.at === null ? { at: null, ttlMs: expiry.ttlMs ?? ttlMsDefault } : expiry,
    payload: encodeOptional(codec, input.payload, "payload"),
    traceContext: activeTrace(),
  };
}

/** Like {@link encodeDelivery}, for events delivered together, with distinct keys. */
export function encodeDeliveries(
  codec: Codec,
  inputs: readonly DeliveryInput[],
  field: string,
): readonly EncodedDelivery[] {
  const encode = (input: DeliveryInput, place: string): EncodedDelivery => encodeDelivery(codec, input, place);
  return checkDistinct(encodeEach(inputs, field, encode, correlationKeysMax), field, ({ key }) => key);
}

/** The outcome of a delivery, and the queues of woken executions. */
export interface Delivered {
  readonly outcome: DeliveryOutcome;
  readonly woken: readonly string[];
}

/**
 * Delivers events, one per key at a time, so that each sees the effect of the previous one. A single one without a dedupe id has a faster
 * statement.
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
    toAll: deliveries.map((delivery) => delivery.toAll),
    keeps: deliveries.map((delivery) => delivery.keeps),
    expiresAt: deliveries.map((delivery) => delivery.expiry.at),
    ttlsMs: deliveries.map((delivery) => delivery.expiry.ttlMs),
    payloads: deliveries.map((delivery) => delivery.payload),
    traceContexts: deliveries.map((delivery) => delivery.traceContext),
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
