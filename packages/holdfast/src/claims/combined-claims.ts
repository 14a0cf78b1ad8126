import { combinePlans, mapPlan, type Plan } from "../core/plan.ts";

interface Limited {
  readonly limit: number;
}

/** Which claims share a statement, and how. */
interface Combining<C extends Limited, R> {
  /** Whether two claims differ in nothing but their limits. */
  readonly isAlike: (one: C, other: C) => boolean;
  /** The most that one statement may claim. */
  readonly limitMax: number;
  readonly planOf: (claim: C) => Plan<readonly R[]>;
}

/** Claims for all callers by as few statements as their limits allow. Each caller gets the next rows of what its statement found. */
export function combineClaims<C extends Limited, R>(
  claims: readonly C[],
  { isAlike, limitMax, planOf }: Combining<C, R>,
): Plan<readonly (readonly R[])[]> {
  const combined: C[] = [];
  const places = claims.map((claim) => {
    const found = combined.findIndex((other) => isAlike(other, claim) && other.limit + claim.limit <= limitMax);
    const at = found < 0 ? combined.length : found;
    const from = combined[at]?.limit ?? 0;
    combined[at] = { ...claim, limit: from + claim.limit };
    return { at, from, to: from + claim.limit };
  });
  return mapPlan(combinePlans(combined.map(planOf)), (found) =>
    places.map(({ at, from, to }) => found[at]?.slice(from, to) ?? []),
  );
}
