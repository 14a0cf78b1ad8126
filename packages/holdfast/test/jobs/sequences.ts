import fc from "fast-check";

/** A step, as numbers that choose: so that whatever is left of a sequence that fails is a sequence too. */
export interface Step {
  readonly act: (typeof acts)[number];
  readonly n: readonly number[];
}

const weights = {
  push: 6,
  pushAlike: 3,
  pushKeyed: 4,
  pushAfter: 4,
  claim: 9,
  complete: 5,
  completeMany: 2,
  fail: 4,
  release: 2,
  reschedule: 2,
  heartbeat: 2,
  stale: 1,
  cancel: 3,
  cancelAll: 1,
  retry: 2,
  retryAll: 1,
  advance: 4,
  rescue: 1,
  pause: 1,
  limit: 2,
  removeExecution: 1,
  retain: 1,
} as const;

const acts = (Object.keys(weights) as (keyof typeof weights)[]).flatMap((act) =>
  Array.from({ length: weights[act] }, () => act),
);

/** Sequences of steps. */
export const stepsOf = (length: number): fc.Arbitrary<readonly Step[]> =>
  fc.array(fc.record({ act: fc.constantFrom(...acts), n: fc.array(fc.nat(999), { minLength: 8, maxLength: 8 }) }), {
    // Sequences that fail are made shorter.
    minLength: 1,
    maxLength: length,
    size: "max",
  });
