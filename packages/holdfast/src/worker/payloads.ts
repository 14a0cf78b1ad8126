import { checkBySchema, type PendingCheck, readBySchema } from "../core/standard-schema.ts";
import type { ClaimedJob, QueueSchemas } from "../jobs/jobs.ts";

/**
 * A job as its handler gets it: with the payload as the schema of its queue gives it.
 *
 * @throws CorruptError where the payload does not fit the schema.
 */
export async function readPayload(schema: NonNullable<QueueSchemas["payload"]>, job: ClaimedJob): Promise<ClaimedJob> {
  return { ...job, payload: await readBySchema(schema, job.payload, { field: "payload", of: `job ${job.id}` }) };
}

/**
 * Checks the result of a job by the schema of its queue.
 *
 * @throws InvalidInputError
 */
export function checkResult(schema: QueueSchemas["result"], result: unknown): PendingCheck {
  return checkBySchema(schema, result, { name: "result", place: "" });
}
