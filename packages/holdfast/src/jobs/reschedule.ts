import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkKey, invalid } from "../core/input.ts";
import { mapPlan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import { type Acknowledged, lost } from "./acknowledge.ts";
import type { RescheduledJob } from "./job.ts";
import { checkQueue, type QueueName } from "./queue-definition.ts";
import {
  type EncodedRescheduling,
  encodeRescheduling,
  type Rescheduling,
  reschedulingColumns,
  reschedulingFields,
} from "./rescheduling.ts";
import { rescheduleJobs } from "./statements.generated.ts";

/** The unique key that a job holds in a queue. */
export interface JobKey {
  readonly queue: QueueName;
  readonly uniqueKey: string;
}

/** A job to reschedule, by its id or by its key; checked. */
export interface EncodedReschedule extends EncodedRescheduling {
  readonly id: string | null;
  readonly queue: string | null;
  readonly uniqueKey: string | null;
}

const keyFields: Fields<JobKey> = fieldsOf<JobKey>({ queue: true, uniqueKey: true });

/** Checks the rescheduling of a job named by id. */
export function encodeReschedule(id: string, changes: Rescheduling): EncodedReschedule {
  return { id: checkId(id, "id"), queue: null, uniqueKey: null, ...checkChanges(changes) };
}

/** Checks the rescheduling of a job named by its unique key. */
export function encodeRescheduleByKey(key: JobKey, changes: Rescheduling): EncodedReschedule {
  const { queue, uniqueKey } = keyFields.read(key, "key");
  return {
    id: null,
    queue: checkQueue(queue),
    uniqueKey: checkKey(uniqueKey, "uniqueKey"),
    ...checkChanges(changes),
  };
}

function checkChanges(changes: Rescheduling): EncodedRescheduling {
  const encoded = encodeRescheduling(reschedulingFields.read(changes, "changes"));
  if ((encoded.runAt ?? encoded.delayMs ?? encoded.priority) !== null) return encoded;
  throw invalid("changes", "names nothing to change: give runAt, delayMs or priority");
}

/** The write of reschedulings. */
export const rescheduleWrite: Write<EncodedReschedule, Acknowledged<RescheduledJob>> = {
  name: "jobs.reschedule",
  keys: ({ id, queue, uniqueKey }) => [id === null ? `unique\0${queue}\0${uniqueKey}` : `job\0${id}`],
  plan: (jobs) => {
    const plan = rescheduleJobs({
      ids: jobs.map(({ id }) => id),
      queues: jobs.map(({ queue }) => queue),
      uniqueKeys: jobs.map(({ uniqueKey }) => uniqueKey),
      ...reschedulingColumns(jobs),
    });
    return mapPlan(plan, (rows) =>
      rows.map((row) => {
        const { ok, id, queue, status, runAt } = row;
        if (!ok || id === null || queue === null || runAt === null || !isWaiting(status)) {
          return { outcome: lost(row), woken: [] };
        }
        return { outcome: { ok: true, id, status, runAt }, woken: status === "blocked" ? [] : [queue] };
      }),
    );
  },
};

type Waiting = Extract<RescheduledJob, { readonly ok: true }>["status"];

function isWaiting(status: string | null): status is Waiting {
  return status === "blocked" || status === "scheduled" || status === "ready";
}
