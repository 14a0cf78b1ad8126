import { hintClaimable } from "../claims/hints.ts";
import type { Codec } from "../database/codec.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { gather } from "../database/gather.ts";
import { invalid } from "../database/input.ts";
import { chainPlans, combinePlans, mapPlan, type Plan } from "../database/plan.ts";
import type { Session, Write } from "../database/session.ts";
import {
  createExecution,
  creationNames,
  type EncodedCreation,
  encodeFields,
  type ExecutionCreation,
  type NewExecution,
  toCreation,
} from "../executions/create.ts";
import type { EncodedJob } from "../jobs/input.ts";
import { hintPushed, type JobInput, type PushedJob } from "../jobs/jobs.ts";
import { encodeJobs, locksOfPush, pushGathered } from "../jobs/push.ts";

/** An execution to create, and the jobs that begin it. */
export interface StartInput extends NewExecution {
  /** At least one; they belong to the execution. What `fingerprint` is made of leaves them out. */
  readonly jobs: readonly Omit<JobInput, "executionId">[];
}

/** What became of a call of `start`. */
export interface ExecutionStart extends ExecutionCreation {
  /**
   * In the order of the input; none where the idempotency key was known: the `start` that created the execution has pushed its own, and
   * a `create` pushes none.
   */
  readonly jobs: readonly PushedJob[];
}

/** What `executions` can do with jobs that are there from the start. */
export interface Starts {
  /**
   * Creates an execution as `create` does, and pushes its first jobs, all or nothing: so none is there that nobody works on. One
   * round trip, with an idempotency key two; calls of concurrent callers travel together.
   *
   * @throws what `create` and `push` throw; then there is neither execution nor job.
   */
  start(input: StartInput): Promise<ExecutionStart>;
}

/** The `start` of a store or of a transaction. */
export function startOf(session: Session): Starts {
  return {
    start: async (input) => {
      const encoded = encodeStart(session.codec, input);
      const write = encoded.creation.idempotencyKey === null ? startExecution : startOnce;
      const { row, jobs } = await session.write(write, encoded);
      hintPushed(session, encoded.jobs, jobs);
      if (row.outcome === "created") hintClaimable(session, [encoded.creation.queue]);
      return { ...toCreation(session.codec, encoded.creation, row), jobs };
    },
  };
}

/** A start, checked and encoded: the inputs of the two writes that it is made of. */
interface EncodedStart {
  readonly creation: EncodedCreation;
  readonly jobs: readonly EncodedJob[];
}

const startFields: Fields<StartInput> = fieldsOf<StartInput>({ ...creationNames, jobs: true });

function encodeStart(codec: Codec, input: StartInput): EncodedStart {
  const { jobs: inputs, ...given } = startFields.read(input, "input");
  const creation = encodeFields(codec, given);
  const jobs = encodeJobs(codec, inputs, "jobs");
  if (jobs.length === 0) throw invalid("jobs", "is empty: give at least one, or use `create`");
  const own = jobs.map((job, i) => {
    if ((job.executionId ?? creation.id) !== creation.id) {
      throw invalid(`jobs[${i}].executionId`, "is another execution's: leave it out, or push that job by itself");
    }
    return { ...job, executionId: creation.id };
  });
  return { creation, jobs: own };
}

/** The row is read by its caller: one that cannot be decoded must not fail the starts that travelled with it, which are committed. */
interface Started {
  readonly row: Parameters<typeof toCreation>[2];
  readonly jobs: readonly PushedJob[];
}

const startExecution: Write<EncodedStart, Started> = {
  name: "executions.start",
  keys: ({ creation, jobs }) => [...createExecution.keys(creation), ...jobs.flatMap(pushGathered.keys)],
  locks: ({ creation, jobs }) => [...(createExecution.locks?.(creation) ?? []), ...jobs.flatMap(locksOfPush)],
  plan: (starts) => {
    const create = createExecution.plan(starts.map(({ creation }) => creation));
    if (starts.every(({ creation }) => creation.idempotencyKey === null)) {
      return mapPlan(combinePlans([create, pushFirst(starts)]), ([rows, pushed]) => together(rows, pushed));
    }
    // Only what became of the keys says whose jobs are to be pushed.
    return chainPlans(create, (rows) => {
      const jobsOf = starts.map(({ jobs }, i) => ({ jobs: rows[i]?.outcome === "created" ? jobs : [] }));
      return mapPlan(pushFirst(jobsOf), (pushed) => together(rows, pushed));
    });
  },
};

/** The same write for starts with idempotency keys. It flies apart, because no flight should wait for its second round trip. */
const startOnce: Write<EncodedStart, Started> = { ...startExecution, name: "executions.startOnce", isApart: true };

function pushFirst(starts: readonly Pick<EncodedStart, "jobs">[]): Plan<readonly (readonly PushedJob[])[]> {
  return gather(starts, ({ jobs }) => jobs, pushGathered);
}

function together(rows: readonly Started["row"][], pushed: readonly Started["jobs"][]): readonly Started[] {
  return rows.map((row, i) => ({ row, jobs: pushed[i] ?? [] }));
}
