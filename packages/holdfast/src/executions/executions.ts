import { hintClaimable, hintEnded } from "../claims/hints.ts";
import { type Status, statusLabels } from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkId, checkOneOf } from "../database/input.ts";
import { checkDistinct, encodeItems } from "../database/items.ts";
import { mapPlan } from "../database/plan.ts";
import { lockOf, type LockOptions, type WaitingLock } from "../database/row-locks.ts";
import type { Session } from "../database/session.ts";
import { NotFoundError } from "../errors.ts";
import { encodeUsage, type Usage } from "../usage.ts";
import { type Cancellation, cancellationOf } from "./cancel.ts";
import { addExecutionUsage, changeExecution, encodeChange, removeExecution } from "./change.ts";
import { claimsOf, type ExecutionClaims } from "./claim.ts";
import { completeExecution, completionFields, type ExecutionCompletion } from "./complete.ts";
import { countsOf, type ExecutionCounts } from "./counts.ts";
import {
  type ExecutionCreation,
  createExecution,
  type EncodedCreation,
  encodeCreation,
  type NewExecution,
  toCreation,
} from "./create.ts";
import { type Execution, type ExecutionHead, toExecution, toHead } from "./execution.ts";
import { failingOf, type FailedAttempts } from "./fail.ts";
import { type Leases, leasesOf } from "./leases.ts";
import { type ExecutionLists, listsOf } from "./lists.ts";
import { lockableExecution } from "./locks.ts";
import { type Results, resultsOf } from "./result.ts";
import { encodeExecution, type ExecutionInput, type ExecutionExpectation, saveExecution } from "./save.ts";
import { getExecution } from "./statements.generated.ts";

export type { ExecutionChange } from "./change.ts";
export type { CancelOptions, Cancellation } from "./cancel.ts";
export type { ExecutionClaims, RescueOptions } from "./claim.ts";
export type { ExecutionClaimRequest } from "./claiming.ts";
export type { ClaimedExecution, HeldLease, Lease, Wake } from "./claimed.ts";
export type { ExecutionCreation, NewExecution } from "./create.ts";
export type { DefinitionChoice, DefinitionVersion, Execution, ExecutionHead, Labels } from "./execution.ts";
export type { AttemptFailure, FailedAttempts } from "./fail.ts";
export type { LeaseRequest, Leases } from "./leases.ts";
export type { ExecutionLists, ExecutionQuery } from "./lists.ts";
export type { QueueOptions } from "./queueing.ts";
export type { ResultOptions, Results } from "./result.ts";
export type { ExecutionExpectation, ExecutionInput } from "./save.ts";
export type { ExecutionCompletion, TaskOutputs } from "./complete.ts";
export type { ExecutionCounts, ExecutionGroup, ExecutionGrouping } from "./counts.ts";
export type { ExecutionFilter } from "./filter.ts";
export type { LabelOrder } from "./label-order.ts";
export type { LabelChanges } from "./labels.ts";
export type { LabelFilter, LabelRange } from "./label-ranges.ts";

/** What a change of status expects and carries. */
export interface ExecutionStatusChange extends ExecutionExpectation {
  readonly error?: unknown;
}

/** The runs of definitions: their status, payloads, labels, counters and leases. */
export interface Executions
  extends Leases, ExecutionClaims, FailedAttempts, Cancellation, Results, ExecutionLists, ExecutionCounts {
  /**
   * Creates an execution, at version 1. Of all calls with one idempotency key, the first creates. The others get its execution as
   * "replayed", or as "mismatch" if they asked for something else. With a queue it can be claimed there, at once or from `runAt` on.
   *
   * @throws DuplicateError where the id is taken. @throws NotFoundError without the definition or the parent.
   */
  create(input?: NewExecution): Promise<ExecutionCreation>;
  /** As `create`, all or nothing. A parent comes before its children. */
  createMany(inputs: readonly NewExecution[]): Promise<readonly ExecutionCreation[]>;
  get(id: string): Promise<Execution | null>;
  /** @throws NotFoundError */
  require(id: string): Promise<Execution>;
  /**
   * Writes an execution, whether it exists or not. Of an ended one only the labels can change.
   *
   * @throws ConflictError unless it is at `expectedVersion`, for a status that cannot follow the stored one, and once it has ended.
   * @throws LeaseLostError unless `token` holds the lease. @throws NotFoundError without the definition or the parent.
   */
  save(input: ExecutionInput): Promise<ExecutionHead>;
  /** As `save`, all or nothing. A parent comes before its children. */
  saveMany(inputs: readonly ExecutionInput[]): Promise<readonly ExecutionHead[]>;
  /**
   * Changes the status, and the error where one is given. A terminal status is final, and freezes the execution with all that belongs
   * to it; none returns to "pending".
   *
   * @throws ConflictError unless the change is legal and the execution at `expectedVersion`. @throws LeaseLostError unless
   * `token` holds the lease. @throws NotFoundError
   */
  setStatus(id: string, status: Status, change?: ExecutionStatusChange): Promise<ExecutionHead>;
  /**
   * Ends an execution whose tasks have ended: its strategy makes its status out of those of its root tasks (without tasks:
   * succeeded), and `transform` its output out of theirs; if it throws: failed. Of several attempts of one name, the newest counts. An execution
   * that is terminal is given as it is, so that a second call has the same outcome.
   *
   * @throws NotReadyError while any task is not terminal, with how many as `facts.unfinished`. @throws NotFoundError
   * @throws ConflictError, @throws LeaseLostError as `setStatus`.
   */
  complete(id: string, completion?: ExecutionCompletion): Promise<Execution>;
  /**
   * Adds to counters and gives the sums; none is ever lost. The version stays. @throws NotFoundError @throws InvalidInputError where a sum
   * would pass 2^53 - 1.
   */
  addUsage(id: string, usage: Usage): Promise<Usage>;
  /**
   * Locks an execution until the transaction ends, and gives it as it then is. With `mode` "skip_locked", null where another
   * transaction holds it.
   *
   * @throws ConflictError (retryable) with `mode` "nowait" where another holds it. @throws InvalidInputError outside a
   * transaction. @throws NotFoundError
   */
  lock(id: string, options?: WaitingLock): Promise<Execution>;
  lock(id: string, options: LockOptions): Promise<Execution | null>;
  /** Removes an execution with its tasks, component states, waits, timers, jobs, history and children; false where there is none. */
  remove(id: string): Promise<boolean>;
}

const statusChange: Fields<ExecutionStatusChange> = fieldsOf<ExecutionStatusChange>({
  expectedVersion: true,
  token: true,
  error: true,
});

/** The `executions` of a store or of a transaction. */
export function executionsOf(session: Session): Executions {
  const { codec } = session;
  const get = async (id: string): Promise<Execution | null> =>
    session.run(mapPlan(getExecution({ id: checkId(id, "id") }), (row) => row && toExecution(codec, row)));
  const require = async (id: string): Promise<Execution> => (await get(id)) ?? notFound(id);
  return {
    ...leasesOf(session),
    ...claimsOf(session),
    ...failingOf(session),
    ...cancellationOf(session),
    ...resultsOf(session, require),
    ...listsOf(session),
    ...countsOf(session),
    ...writesOf(session),
    get,
    require,
    complete: async (id, completion) => {
      const options = completionFields.readOptional(completion, "completion");
      const completed = (await completeExecution(session, checkId(id, "id"), options)) ?? notFound(id);
      hintEnded(session, completed);
      return completed;
    },
    lock: lockOf(session, lockableExecution, { read: (row) => toExecution(codec, row), notFound }),
  };
}

type Writes = Pick<Executions, "create" | "createMany" | "save" | "saveMany" | "setStatus" | "addUsage" | "remove">;

function writesOf(session: Session): Writes {
  const { codec } = session;
  return {
    create: async (input = {}) => {
      const encoded = encodeCreation(codec, input);
      const creation = toCreation(codec, encoded, await session.write(createExecution, encoded));
      if (creation.outcome === "created") hintClaimable(session, [encoded.queue]);
      return creation;
    },
    createMany: async (inputs) => {
      const rows = encodeItems(inputs, "inputs", (input, place) => encodeCreation(codec, input, place));
      checkDistinct(rows, "inputs", (row) => row.idempotencyKey ?? undefined);
      const created = await session.writeAll(createExecution, rows);
      hintClaimable(
        session,
        created.map(({ outcome }, i) => (outcome === "created" ? (rows[i]?.queue ?? null) : null)),
      );
      return created.map((row, i) => toCreation(codec, rows[i] as EncodedCreation, row));
    },
    save: async (input) => {
      const saved = toHead(await session.write(saveExecution, encodeExecution(codec, input)));
      hintEnded(session, saved);
      return saved;
    },
    saveMany: async (inputs) => {
      const rows = encodeItems(inputs, "inputs", (input, place) => encodeExecution(codec, input, place));
      const saved = (await session.writeAll(saveExecution, rows)).map(toHead);
      for (const head of saved) hintEnded(session, head);
      return saved;
    },
    setStatus: async (id, status, change) => {
      const { error, expectedVersion, token } = statusChange.readOptional(change, "change");
      // In a change, undefined says nothing of the status; here nothing else would be changed then but the version.
      checkOneOf(status, "status", statusLabels);
      const changed = await session.write(
        changeExecution,
        encodeChange(codec, id, { status, error, expectedVersion, token }),
      );
      hintEnded(session, changed);
      return changed;
    },
    addUsage: async (id, usage) => {
      const encoded = { id: checkId(id, "id"), usage: encodeUsage(usage) ?? "{}" };
      return session.write(addExecutionUsage, encoded);
    },
    remove: async (id) => session.write(removeExecution, checkId(id, "id")),
  };
}

function notFound(id: string): never {
  throw new NotFoundError(`Execution ${id} does not exist: create it first.`, { facts: { entity: "execution", id } });
}
