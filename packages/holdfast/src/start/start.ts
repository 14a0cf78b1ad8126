import { hintCreated } from "../claims/hints.ts";
import type { Codec } from "../core/codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { invalid } from "../core/input.ts";
import { chainPlans, combinePlans, mapPlan, type Plan } from "../core/plan.ts";
import { pendingChecks } from "../core/standard-schema.ts";
import { gather, type Write } from "../core/write.ts";
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
import { type DefinedJob, hintPushed, type JobInput, type PushedJob } from "../jobs/jobs.ts";
import { encodeJobs, locksOfPush, pushGathered } from "../jobs/push.ts";
import type { Session } from "../session/session.ts";

/** An execution to create, and its first jobs. */
export interface StartInput extends NewExecution {
  /** At least one; they belong to the execution. The default `fingerprint` ignores them. */
  readonly jobs: readonly (Omit<JobInput, "executionId"> | Omit<DefinedJob, "executionId">)[];
}

/** The outcome of `start`. */
export interface ExecutionStart extends ExecutionCreation {
  /** In input order. Empty if the idempotency key was known: the earlier `start` has pushed its own jobs, and a `create` pushes none. */
  readonly jobs: readonly PushedJob[];
}

/** Creates executions together with jobs. */
export interface Starts {
  /**
   * Creates an execution as `create` does, and pushes its first jobs, all or nothing, so that no execution is left without work. Takes
   * one round trip, or two with an idempotency key; concurrent calls share them.
   *
   * @throws what `create` and `push` throw; then neither execution nor job exists.
   */
  start(input: StartInput): Promise<ExecutionStart>;
}

/** The `start` of a store or of a transaction. */
export function startOf(session: Session): Starts {
  return {
    start: async (input) => {
      const encoded = encodeStart(session.codec, input);
      const checks = pendingChecks(encoded.jobs);
      if (checks !== null) await checks;
      const write = encoded.creation.idempotencyKey === null ? startExecution : startOnce;
      const { row, jobs } = await session.write(write, encoded);
      hintPushed(session, encoded.jobs, jobs);
      if (row.outcome === "created") hintCreated(session, [encoded.creation.queue]);
      return { ...toCreation(session.codec, encoded.creation, row), jobs };
    },
  };
}

/** A start, checked and encoded: the inputs of its two writes. */
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

/** The caller reads the row: one that cannot be decoded must not fail the starts that shared its commit. */
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
    // Only the outcome of the keys says whose jobs to push.
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
