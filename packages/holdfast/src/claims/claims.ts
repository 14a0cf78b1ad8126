import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkCount, checkId, checkInteger } from "../database/input.ts";
import { checkDistinct, checkEach } from "../database/items.ts";

/**
 * What fences every call on a claimed job, a claimed timer or a leased execution: the token is new at each claim and only grows,
 * so that a call of an earlier holder changes nothing, also when it comes late.
 */
export interface Claim {
  readonly id: string;
  readonly token: number;
}

/** The outcome of a fenced call whose claim was lost: what is there now, null where nothing is. */
export interface Lost<Current> {
  readonly ok: false;
  readonly current: Current | null;
}

/** The outcome of a fenced call: done, or lost. */
export type Fenced<Current> = { readonly ok: true } | Lost<Current>;

/** The outcome of a fenced call whose claim held. */
export type Held<Outcome extends { readonly ok: boolean }> = Extract<Outcome, { readonly ok: true }>;

/** Whether the claim of a fenced call held. */
export function isHeld<Outcome extends { readonly ok: boolean }>(outcome: Outcome): outcome is Held<Outcome> {
  return outcome.ok;
}

/** The least and the most that a lease lasts: below, a network's hiccup loses it; above, a dead holder's work waits for days. */
const leaseMsBounds: { readonly min: number; readonly max: number } = { min: 10, max: 24 * 60 * 60 * 1000 };

/** How long a claim lasts when nothing is said: long enough for a pause of the process, short enough not to keep work waiting. */
export const leaseMsDefault = 30_000;

/** How long a heartbeat makes claims last. */
export interface HeartbeatOptions {
  /** From now on, by the database's clock; 30,000 by default, from 10 ms to a day. */
  readonly leaseMs?: number | undefined;
}

const heartbeatFields: Fields<HeartbeatOptions> = fieldsOf<HeartbeatOptions>({ leaseMs: true });

/** How long a heartbeat makes claims last, checked. */
export function checkHeartbeat(options: HeartbeatOptions | undefined): number {
  return checkLeaseMs(heartbeatFields.readOptional(options, "options").leaseMs ?? leaseMsDefault);
}

/** How long a lease lasts, checked. */
export function checkLeaseMs(leaseMs: number, field = "leaseMs"): number {
  return checkInteger(leaseMs, field, leaseMsBounds);
}

/** A claim's id and token, checked; `fields` reads what has them. */
export function checkClaim(fields: Fields<Claim>, claim: Claim, field = "claim"): Claim {
  const { id, token } = fields.readInner(claim, field);
  return { id: checkId(id, `${field}.id`), token: checkCount(token, `${field}.token`, 0) };
}

/** The checked claims of a call, at most one an id and at most `max` in all. */
export function checkClaims(
  fields: Fields<Claim>,
  claims: readonly Claim[],
  field = "claims",
  max?: number,
): readonly Claim[] {
  const checked = checkEach(claims, field, (claim, place) => checkClaim(fields, claim, place), max);
  return checkDistinct(checked, field, ({ id }) => id);
}

/** Claims as the columns of a statement's input. */
export function claimColumns(claims: readonly Claim[]): {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
} {
  return { ids: claims.map((claim) => claim.id), tokens: claims.map((claim) => claim.token) };
}
