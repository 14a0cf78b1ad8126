import fc from "fast-check";
import { testStore } from "../../src/testing/index.ts";
import { stepsOf } from "./sequences.ts";
import { Run } from "./steps.ts";

/** Does random sequences of steps to a store and to a model of it; answers how many steps it did. A failure names the shortest sequence. */
export async function checkAgainstModel({
  runs,
  steps,
  limitMs,
}: {
  readonly runs: number;
  readonly steps: number;
  readonly limitMs: number;
}): Promise<number> {
  let done = 0;
  const property = fc.asyncProperty(stepsOf(steps), async (sequence) => {
    await using test = await testStore();
    const run = new Run(test);
    await run.start();
    for (const step of sequence) {
      await run.do(step);
      done += 1;
    }
  });
  await fc.assert(property, { numRuns: runs, plugins: [fc.interruptAfterTimeLimit(limitMs)] });
  return done;
}
