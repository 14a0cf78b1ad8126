import { loneOf } from "./batches.ts";
import type { Plan } from "./plan.ts";
import type { Write } from "./session.ts";

/** Executes a write of inputs by a plan of their own: of a lone one, by that of the usual case first. */
export async function runWrite<I, O>(
  write: Write<I, O>,
  inputs: readonly I[],
  run: (plan: Plan<readonly O[]>) => Promise<readonly O[]>,
): Promise<readonly O[]> {
  const only = loneOf(inputs);
  const usual = only === undefined ? undefined : write.usual?.(only);
  if (usual) {
    const outputs = await run(usual);
    if (outputs.length > 0) return outputs;
  }
  return run(write.plan(inputs));
}
