import { batchItemsMax } from "./input.ts";
import type { Session, Write } from "./session.ts";

/** `writeAll` of every session: cuts what is too much for one statement. */
export async function writeAll<I, O>(
  session: Pick<Session, "run" | "transaction">,
  write: Write<I, O>,
  inputs: readonly I[],
): Promise<readonly O[]> {
  if (inputs.length === 0) return [];
  if (inputs.length <= batchItemsMax) return session.run(write.plan(inputs));
  return session.transaction(async (inner) => {
    if (write.lock) await inner.run(write.lock(inputs));
    const outputs: O[] = [];
    // One after the other, so that no more than one plan's parameters are in memory beside the inputs.
    for (let from = 0; from < inputs.length; from += batchItemsMax) {
      outputs.push(...(await inner.run(write.plan(inputs.slice(from, from + batchItemsMax)))));
    }
    return outputs;
  });
}
