import type { End } from "holdfast/executions";
import { isOver, type RunRecord, runOf } from "./record.ts";
import type { FoundRun, Nouns, RunStep } from "./runs.ts";
import { removeTimers } from "./timers.ts";

/** The kinds of the events that complete a log. */
export const lastEvents: ReadonlySet<string> = new Set(["RUN_FINISHED", "RUN_ERRORED"]);

/** The last record of a run, and the end of its execution. */
export interface RunEnd {
  readonly record: RunRecord;
  readonly end: End;
}

/** How the execution of a run ends; null if the run is not over. */
export function endOf(record: RunRecord): RunEnd | null {
  const run = runOf(record);
  if (!isOver(run)) return null;
  const { status, output, error } = run;
  // What holds until the end, and nothing after it.
  const ended = { ...record, lease: null, timers: {}, delivery: null };
  if (status === "finished") return { record: ended, end: { status: "succeeded", output } };
  return { record: ended, end: { status: status === "aborted" ? "canceled" : "failed", error } };
}

/** Whether the log of a run is complete. */
async function isLogComplete({ history }: Pick<Nouns, "history">, id: string): Promise<boolean> {
  return lastEvents.has((await history.last(id))?.kind ?? "");
}

/** Ends the execution with its run, if the log is complete. Usually the log's last event comes after. */
export async function settled({ id }: FoundRun, nouns: Nouns, record: RunRecord): Promise<RunStep<true>> {
  const over = endOf(record);
  if (over === null || !(await isLogComplete(nouns, id))) return { record, answer: true };
  await removeTimers(nouns, id, record);
  return { record: over.record, with: { end: over.end }, answer: true };
}

/** Ends the execution of a run that is over and whose log stays incomplete: its process was killed, or could not append the last event. */
export async function abandoned(
  { id, execution, record }: FoundRun,
  nouns: Nouns,
): Promise<Omit<RunStep<never>, "answer">> {
  const over = endOf(record);
  if (over === null || execution.finishedAt !== null) return {};
  await removeTimers(nouns, id, record);
  return { record: over.record, with: { end: over.end } };
}
