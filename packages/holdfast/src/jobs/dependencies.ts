import { invalid } from "../core/input.ts";
import { quote } from "../core/quote.ts";
import type { EncodedJob } from "./input.ts";

/**
 * Orders the jobs of a batch so that each comes after those that it names. Keeps the given order if none names another. Refuses a batch
 * with a cycle, because its jobs could never run. A stored job never comes after a newer one, so a cycle can only be within one batch.
 *
 * Repeatedly takes off the jobs that nothing in the batch holds back. Any remaining job is in a cycle or comes after one. Time and memory
 * are linear in jobs and edges, without recursion.
 *
 * @throws InvalidInputError naming a job of the cycle.
 */
export function inOrderOfDependencies(jobs: readonly EncodedJob[], field: string): readonly EncodedJob[] {
  if (jobs.every((job) => job.after.length === 0)) return jobs;
  const indexes = new Map(jobs.map((job, i) => [job.id, i]));
  const followers = new Map<string, EncodedJob[]>();
  const heldBackBy = new Map<string, number>();
  for (const job of jobs) {
    const inBatch = job.after.filter((first) => indexes.has(first));
    heldBackBy.set(job.id, inBatch.length);
    for (const first of inBatch) {
      const known = followers.get(first);
      if (known) known.push(job);
      else followers.set(first, [job]);
    }
  }
  const free = jobs.filter((job) => heldBackBy.get(job.id) === 0);
  // The list grows during the loop.
  for (const { id } of free) {
    for (const follower of followers.get(id) ?? []) {
      const left = (heldBackBy.get(follower.id) ?? 0) - 1;
      heldBackBy.set(follower.id, left);
      if (left === 0) free.push(follower);
    }
  }
  if (free.length === jobs.length) return free;
  const id = jobInCycle(jobs, heldBackBy);
  throw invalid(`${field}[${indexes.get(id) ?? 0}].after`, `closes a cycle: job ${quote(id)} would come after itself`);
}

/** Starts at a remaining job and follows remaining dependencies until one repeats. */
function jobInCycle(jobs: readonly EncodedJob[], heldBackBy: ReadonlyMap<string, number>): string {
  const stuck = new Map(jobs.filter((job) => heldBackBy.get(job.id) !== 0).map((job) => [job.id, job]));
  const seen = new Set<string>();
  let [current = ""] = stuck.keys();
  while (!seen.has(current)) {
    seen.add(current);
    current = stuck.get(current)?.after.find((first) => stuck.has(first)) ?? current;
  }
  return current;
}
