import { checkCount, checkId, checkInteger, checkItems, checkObject } from "../database/input.ts";

/**
 * What fences every call on a claimed job, a claimed timer or a leased execution: the token is new at each claim and only grows,
 * so that a call of an earlier holder changes nothing, also when it comes late.
 */
export interface Claim {
  readonly id: string;
  readonly token: number;
}

/** The outcome of a fenced call: done, or lost, with what is there now (null where nothing is). */
export type Fenced<Current> = { readonly ok: true } | { readonly ok: false; readonly current: Current | null };

/** The least and the most that a lease lasts: below, a network's hiccup loses it; above, a dead holder's work waits for days. */
const leaseMsBounds: { readonly min: number; readonly max: number } = { min: 10, max: 24 * 60 * 60 * 1000 };

/** How long a claim lasts when nothing is said: long enough for a pause of the process, short enough not to keep work waiting. */
export const leaseMsDefault = 30_000;

/** How long a lease lasts, checked. */
export function checkLeaseMs(leaseMs: number, field = "leaseMs"): number {
  return checkInteger(leaseMs, field, leaseMsBounds);
}

/** A claim's id and token, checked. */
export function checkClaim(claim: Claim, field = "claim"): Claim {
  checkObject(claim, field);
  return { id: checkId(claim.id, `${field}.id`), token: checkCount(claim.token, `${field}.token`, 0) };
}

/** The claims of a call, each checked, of which each id has one. Any number of them, unless `check` is checkBatch. */
export function checkClaims(
  claims: readonly Claim[],
  field = "claims",
  check: typeof checkItems = checkItems,
): readonly Claim[] {
  return check(claims, field, (claim) => claim.id).map((claim, i) => checkClaim(claim, `${field}[${i}]`));
}

/** Claims as the columns of a statement's input. */
export function claimColumns(claims: readonly Claim[]): {
  readonly ids: readonly string[];
  readonly tokens: readonly number[];
} {
  return { ids: claims.map((claim) => claim.id), tokens: claims.map((claim) => claim.token) };
}
