import type { Job, Queue } from "holdfast";
import type { JobLogLine } from "holdfast/jobs";
import type { Payloads } from "../answers/payloads.ts";
import type { JobLogRow, JobRow, QueueRow } from "../protocol/index.ts";
import { plain } from "./plain.ts";

/** A job without its payloads. */
export function jobRow({ payload: _p, result: _r, error: _e, ...head }: Job): JobRow {
  return plain(head);
}

/** A line of a job's log. */
export function logRow(show: Payloads, id: string, { data, ...line }: JobLogLine): JobLogRow {
  const row = plain(line);
  return { ...row, data: show.show(data, { of: "job-log", id, at: row.reportedAt }) };
}

/** A queue, whose jobs were counted up to a limit. */
export function queueRow(queue: Queue, countUpTo: number): QueueRow {
  return { ...plain(queue), countUpTo };
}
