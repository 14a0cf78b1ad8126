import { hintCreated, hintEnded } from "../claims/hints.ts";
import { type Status, statusLabels } from "../core/enums.generated.ts";
import { NotFoundError } from "../core/errors.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkOneOf, checkOptionalBoolean, pageLimitMax } from "../core/input.ts";
import { checkDistinct, checkEach, encodeItems } from "../core/items.ts";
import { mapPlan } from "../core/plan.ts";
import { encodeUsage, type Usage } from "../core/usage.ts";
import { type Lock, type Lockable, lockOf } from "../session/row-locks.ts";
import type { Session } from "../session/session.ts";
import { type Cancellation, cancellationOf } from "./cancel.ts";
import { addExecutionUsage, changeExecution, encodeChange, removeExecution } from "./change.ts";
import { claimsOf, type ExecutionClaims } from "./claim.ts";
import { completeExecution, completionFields, type ExecutionCompletion } from "./complete.ts";
import { countsOf, type ExecutionCounts } from "./counts.ts";
import {
  createExecution,
  encodeCreation,
  type EncodedCreation,
  type ExecutionCreation,
  type NewExecution,
  toCreation,
} from "./create.ts";
import {
  endedByWrite,
  type Execution,
  type ExecutionHead,
  type ExecutionRow,
  toExecution,
  toWrittenHead,
} from "./execution.ts";
import { type FailedAttempts, failingOf } from "./fail.ts";
import { type FormerStates, formerStatesOf } from "./former-states.ts";
import { type Leases, leasesOf } from "./leases.ts";
import { type ExecutionLists, listsOf } from "./lists.ts";
import { type Results, resultsOf } from "./result.ts";
import { encodeExecution, type ExecutionExpectation, type ExecutionInput, saveExecution } from "./save.ts";
import { executionExists, getExecution, getExecutions, lockExecution } from "./statements.generated.ts";
import { type Waking, wakingOf } from "./wake.ts";

export type { ExecutionChange } from "./change.ts";
export type { CancelOptions, Cancellation } from "./cancel.ts";
export type { WakeOptions, Waking } from "./wake.ts";
export type { ExecutionClaims } from "./claim.ts";
export type { ClaimChange, ExecutionClaimRequest } from "./claiming.ts";
export type { ClaimedExecution, HeldLease, Lease, Wake } from "./claimed.ts";
export type { ExecutionCreation, NewExecution } from "./create.ts";
export type { DefinitionChoice, DefinitionVersion, Execution, ExecutionHead, Labels } from "./execution.ts";
export type { AttemptFailure, FailedAttempt, FailedAttempts } from "./fail.ts";
export type { FormerState, FormerStateQuery, FormerStates, StateOwner } from "./former-states.ts";
export type { Availability, ExecutionHeartbeatOptions, HolderClaim, LeaseRequest, Leases } from "./leases.ts";
export type { ExecutionLists, ExecutionQuery } from "./lists.ts";
export type { QueueOptions } from "./queueing.ts";
export type { ResultOptions, Results } from "./result.ts";
export type { ExecutionExpectation, ExecutionInput } from "./save.ts";
export type { ExecutionCompletion, TaskOutputs } from "./complete.ts";
export type { ExecutionCounts, ExecutionEnds, ExecutionGroup, ExecutionGrouping } from "./counts.ts";
export type { ExecutionFilter } from "./filter.ts";
export type { LabelOrder } from "./label-order.ts";
export { encodeLabels, type LabelChanges } from "./labels.ts";
export { type LabelFilter, type LabelRange, spanColumns, splitLabelFilter } from "./label-ranges.ts";

/** The expectations and further fields of a status change. */
export interface ExecutionStatusChange extends ExecutionExpectation {
  readonly error?: unknown;
}

/** What `getMany` reads. */
export interface ExecutionReadOptions {
  /** Whether to read input, state, output and error; true by default. Otherwise they are undefined. */
  readonly payloads?: boolean | undefined;
}

/** The runs of definitions: their status, payloads, labels, counters and leases. */
export interface Executions
  extends
    Leases,
    ExecutionClaims,
    FailedAttempts,
    Cancellation,
    Waking,
    Results,
    ExecutionLists,
    ExecutionCounts,
    FormerStates {
  /**
   * Creates an execution, at version 1. Of all calls with one idempotency key, the first creates. The others get its execution as
   * "replayed", or as "mismatch" if they asked for something else. With a queue it can be claimed there, at once or from `runAt` on.
   *
   * @throws DuplicateError if the id is taken.
   * @throws NotFoundError if the definition or the parent does not exist.
   */
  create(input?: NewExecution): Promise<ExecutionCreation>;
  /** Like `create`, all or nothing. A parent comes before its children. */
  createMany(inputs: readonly NewExecution[]): Promise<readonly ExecutionCreation[]>;
  get(id: string): Promise<Execution | null>;
  /** The executions of at most 1,000 ids, in the order of the ids; null for each missing one. */
  getMany(ids: readonly string[], options?: ExecutionReadOptions): Promise<readonly (Execution | null)[]>;
  /** @throws NotFoundError */
  require(id: string): Promise<Execution>;
  /**
   * Creates or updates an execution. Of an ended one, only the labels can change.
   *
   * @throws ConflictError unless it is at `expectedVersion`, for a status that cannot follow the stored one, and once it has ended.
   * @throws LeaseLostError unless `token` holds the lease.
   * @throws NotFoundError if the definition or the parent does not exist.
   */
  save(input: ExecutionInput): Promise<ExecutionHead>;
  /** Like `save`, all or nothing. A parent comes before its children. */
  saveMany(inputs: readonly ExecutionInput[]): Promise<readonly ExecutionHead[]>;
  /**
   * Changes the status, and the error if one is given. A terminal status is final, and freezes the execution with everything it owns.
   * Nothing returns to "pending".
   *
   * @throws ConflictError unless the change is legal and the execution at `expectedVersion`.
   * @throws LeaseLostError unless `token` holds the lease.
   * @throws NotFoundError
   */
  setStatus(id: string, status: Status, change?: ExecutionStatusChange): Promise<ExecutionHead>;
  /**
   * Ends an execution whose tasks have ended. Its strategy derives its status from its root tasks (without tasks: succeeded), and
   * `transform` derives its output from theirs. If `transform` throws, the execution fails. Of several attempts of one name, the newest
   * counts. A terminal execution is returned as it is, so a second call has the same outcome.
   *
   * @throws NotReadyError while any task is not terminal, with their number as `facts.unfinished`.
   * @throws NotFoundError
   * @throws ConflictError or LeaseLostError as `setStatus`.
   */
  complete(id: string, completion?: ExecutionCompletion): Promise<Execution>;
  /**
   * Adds to counters and returns the sums. Concurrent additions all count. The version stays.
   *
   * @throws NotFoundError
   * @throws InvalidInputError if a sum would exceed 2^53 - 1.
   */
  addUsage(id: string, usage: Usage): Promise<Usage>;
  /**
   * Locks an execution until the transaction ends, and returns it as it then is. With `mode` "skip_locked", returns null if another
   * transaction holds it.
   *
   * @throws ConflictError (retryable) with `mode` "nowait" if another transaction holds it.
   * @throws InvalidInputError outside a transaction.
   * @throws NotFoundError
   */
  readonly lock: Lock<Execution>;
  /**
   * Removes an execution with its tasks, component states, waits, timers, jobs, history and children. Returns false if it does not exist.
   */
  remove(id: string): Promise<boolean>;
}

const statusChange: Fields<ExecutionStatusChange> = fieldsOf<ExecutionStatusChange>({
  expectedVersion: true,
  token: true,
  error: true,
});

const readOptions: Fields<ExecutionReadOptions> = fieldsOf<ExecutionReadOptions>({ payloads: true });

const lockable: Lockable<ExecutionRow> = {
  entity: "execution",
  statements: lockExecution,
  exists: executionExists,
};

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
    ...wakingOf(session),
    ...resultsOf(session, require),
    ...listsOf(session),
    ...formerStatesOf(session),
    ...countsOf(session),
    ...writesOf(session),
    get,
    getMany: async (ids, options) => {
      const { payloads } = readOptions.readOptional(options, "options");
      const withPayloads = checkOptionalBoolean(payloads, "payloads") !== false;
      const checked = checkEach(ids, "ids", checkId, pageLimitMax);
      const rows = await session.run(getExecutions({ ids: checked, withPayloads }));
      const found = new Map(rows.map((row) => [row.id, toExecution(codec, row)]));
      return checked.map((id) => found.get(id) ?? null);
    },
    require,
    complete: async (id, completion) => {
      const options = completionFields.readOptional(completion, "completion");
      return (await completeExecution(session, checkId(id, "id"), options)) ?? notFound(id);
    },
    lock: lockOf(session, lockable, { read: (row) => toExecution(codec, row), notFound }),
  };
}

type Writes = Pick<Executions, "create" | "createMany" | "save" | "saveMany" | "setStatus" | "addUsage" | "remove">;

function writesOf(session: Session): Writes {
  const { codec } = session;
  return {
    create: async (input = {}) => {
      const encoded = encodeCreation(codec, input);
      const creation = toCreation(codec, encoded, await session.write(createExecution, encoded));
      if (creation.outcome === "created") hintCreated(session, [encoded.queue]);
      return creation;
    },
    createMany: async (inputs) => {
      const rows = encodeItems(inputs, "inputs", (input, place) => encodeCreation(codec, input, place));
      checkDistinct(rows, "inputs", (row) => row.idempotencyKey ?? undefined);
      const created = await session.writeAll(createExecution, rows);
      const queues = rows.flatMap(({ queue }, i) => (created[i]?.outcome === "created" ? [queue] : []));
      hintCreated(session, queues);
      return created.map((row, i) => toCreation(codec, rows[i] as EncodedCreation, row));
    },
    save: async (input) => {
      const saved = toWrittenHead(await session.write(saveExecution, encodeExecution(codec, input)));
      if (endedByWrite(saved)) hintEnded(session, saved);
      return saved;
    },
    saveMany: async (inputs) => {
      const rows = encodeItems(inputs, "inputs", (input, place) => encodeExecution(codec, input, place));
      const saved = (await session.writeAll(saveExecution, rows)).map(toWrittenHead);
      for (const head of saved) if (endedByWrite(head)) hintEnded(session, head);
      return saved;
    },
    setStatus: async (id, status, change) => {
      const { error, expectedVersion, token } = statusChange.readOptional(change, "change");
      // In a change, undefined leaves the status. Here only the version would change then.
      checkOneOf(status, "status", statusLabels);
      const changed = await session.write(
        changeExecution,
        encodeChange(codec, id, { status, error, expectedVersion, token }),
      );
      if (endedByWrite(changed)) hintEnded(session, changed);
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
