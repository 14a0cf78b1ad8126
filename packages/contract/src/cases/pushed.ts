import type { PushedJob } from "holdfast/jobs";
import type { Nouns } from "holdfast/transactions";

/** What a push is to answer: that, and the moment that the job is kept with. */
export async function pushedAs({ jobs }: Nouns, expected: Omit<PushedJob, "runAt">): Promise<PushedJob> {
  const { runAt } = await jobs.require(expected.id);
  return { ...expected, runAt };
}
