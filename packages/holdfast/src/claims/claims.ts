import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkCount, checkId, checkInteger, checkOneOf } from "../core/input.ts";
import { checkDistinct, checkEach } from "../core/items.ts";

/**
 * Fences every call on a claimed job, a claimed timer or a leased execution. The token is new at each claim and only grows, so a late
 * call of an earlier holder changes nothing.
 */
export interface Claim {
  readonly id: string;
  readonly token: number;
}

/** The outcome of a fenced call whose claim was lost: the stored state, or null. */
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

/**
 * The shortest and the longest lease. A shorter one would not survive a network hiccup; with a longer one, a dead holder's work would
 * wait for days.
 */
const leaseMsBounds: { readonly min: number; readonly max: number } = { min: 10, max: 24 * 60 * 60 * 1000 };
const timeoutMsBounds = { min: 1, max: 2 ** 31 - 1 };

/** The default lease: long enough for a pause of the process, short enough not to delay work. */
export const leaseMsDefault = 30_000;

/** How long a heartbeat renews claims. */
export interface HeartbeatOptions {
  /** From now on, by the database's clock; 30,000 by default, from 10 ms to a day. */
  readonly leaseMs?: number | undefined;
}

const heartbeatFields: Fields<HeartbeatOptions> = fieldsOf<HeartbeatOptions>({ leaseMs: true });

/** Checks how long a heartbeat renews claims. */
export function checkHeartbeat(options: HeartbeatOptions | undefined): number {
  return checkLeaseMs(heartbeatFields.readOptional(options, "options").leaseMs ?? leaseMsDefault);
}

/** Checks whether expired claims count until another takes them. */
export function checkExpired(expired: "refused" | "allowed" | undefined, field = "expired"): boolean {
  return checkOneOf(expired ?? "refused", field, ["refused", "allowed"]) === "allowed";
}

/** Checks the length of a lease. */
export function checkLeaseMs(leaseMs: number, field = "leaseMs"): number {
  return checkInteger(leaseMs, field, leaseMsBounds);
}

/** Checks the time limit of a handler: no longer than a timer can wait. */
export function checkTimeoutMs(timeoutMs: number, field = "timeoutMs"): number {
  return checkInteger(timeoutMs, field, timeoutMsBounds);
}

/** Checks a claim's id and token, read by `fields`. */
export function checkClaim(fields: Fields<Claim>, claim: Claim, field = "claim"): Claim {
  const { id, token } = fields.readInner(claim, field);
  return { id: checkId(id, `${field}.id`), token: checkCount(token, `${field}.token`, 0) };
}

/** Checks the claims of a call, at most one per id and at most `max` in all. */
export function checkClaims(
  fields: Fields<Claim>,
  claims: readonly Claim[],
  field = "claims",
  max?: number,
): readonly Claim[] {
  const checked = checkEach(claims, field, (claim, place) => checkClaim(fields, claim, place), max);
  return checkDistinct(checked, field, ({ id }) => id);
}

/** Claims as input columns of a statement. */
export function claimColumns(claims: readonly Claim[]): {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
} {
  return { ids: claims.map((claim) => claim.id), tokens: claims.map((claim) => claim.token) };
}
