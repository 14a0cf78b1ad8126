import type { Job, Queue } from "holdfast";
import type { JobDetails, FailedJobAttempt, JobLogLine } from "holdfast/jobs";
import type { Payloads } from "../answers/payloads.ts";
import type { JobFailureRow, JobLogRow, JobRow, QueueRow } from "../protocol/index.ts";
import { plain } from "./plain.ts";

/** A job without its payloads and failures. */
export function jobRow(job: Job | JobDetails): JobRow {
  const { payload: _p, result: _r, error: _e, failures: _f, ...head } = { failures: null, ...job };
  return plain(head);
}

/** A failed attempt. */
export function failureRow(show: Payloads, id: string, { error, ...head }: FailedJobAttempt): JobFailureRow {
  return { ...plain(head), error: show.show(error, { of: "job-failure", id, token: head.token }) };
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
