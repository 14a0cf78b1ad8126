import { mapPlan, type Plan } from "./plan.ts";
import type { Write } from "./session.ts";

/** One statement for what all wholes, such as transitions, have of one part; its outcomes go back to the wholes that they belong to. */
export function gather<W, I, O>(
  wholes: readonly W[],
  partOf: (whole: W) => readonly I[],
  write: Pick<Write<I, O>, "plan">,
): Plan<readonly (readonly O[])[]> {
  const parts = wholes.map(partOf);
  const inputs = parts.flat();
  if (inputs.length === 0) return { statements: [], read: () => parts.map(() => []) };
  return mapPlan(write.plan(inputs), (outcomes) => {
    let start = 0;
    return parts.map((part) => outcomes.slice(start, (start += part.length)));
  });
}
