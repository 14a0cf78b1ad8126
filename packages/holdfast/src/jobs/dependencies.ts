import { invalid } from "../database/input.ts";
import { quote } from "../quote.ts";
import type { EncodedJob } from "./input.ts";

/**
 * The jobs of a batch in an order in which each comes after those of the batch that it names; in the given one where none names
 * another. Refuses a batch whose jobs come after each other in a cycle: they could never run. A job that exists never comes
 * after a newer one, so a cycle can only be among the jobs of one batch.
 *
 * Takes off, again and again, the jobs that nothing in the batch holds back; what cannot be taken off is in a cycle or
 * comes after one. Time and memory are linear in the jobs and edges, without recursion.
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
  // The list grows while it is walked.
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

/** From a job that was not taken off, goes to one that it comes after and that was not either, until one comes twice. */
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
