import { type Codec, encodeOptional, type JsonText } from "../core/codec.ts";
import type { Status } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkOneOf, checkOptionalCount } from "../core/input.ts";
import { newId } from "../core/new-id.ts";
import { combinePlans, mapPlan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import { checkParent } from "../executions/execution.ts";
import type { Execution } from "../executions/executions.ts";
import { encodeLabels } from "../executions/labels.ts";
import type { Session } from "../session/session.ts";
import { activeTrace } from "../telemetry/trace-context.ts";
import { forkExecutions, type ForkExecutionsRow, lockForkKeys, lockForkSources } from "./statements.generated.ts";

/** Where to fork an execution, and the fork's own values. */
export interface ForkInput {
  /** The number of the last shared entry. By default the newest one's; 0 for none. */
  readonly at?: number | undefined;
  /** The fork's id; a new UUID (version 7) by default. */
  readonly id?: string | undefined;
  /** The state at that entry, which only the caller knows; none by default. */
  readonly state?: unknown;
  /** The source's by default. */
  readonly input?: unknown;
  /** The source's by default. */
  readonly labels?: Execution["labels"] | undefined;
  /** None by default: nothing that waits for the source's parent waits for the fork. */
  readonly parentId?: string | null | undefined;
  /** The task of that parent that started the fork; none by default. */
  readonly parentTaskId?: string | null | undefined;
  /** "pending" by default. */
  readonly status?: "pending" | "running" | undefined;
}

/** The outcome of `fork`: "created", or "replayed" if the same fork was made before. */
export interface Fork {
  readonly outcome: "created" | "replayed";
  readonly id: string;
  /** The number of the last shared entry. */
  readonly at: number;
}

/** Operations of `executions` on histories. */
export interface Forks {
  /**
   * Creates an execution whose history is another one's up to an entry, followed by its own. The shared entries are not copied. Forks of
   * forks share them too, 100 deep at most, and keep them when the source is removed. The fork runs the same definition version by the
   * same strategy, and takes over nothing else that the input does not say. A repeated call with the same `id`, source and entry changes
   * nothing.
   *
   * @throws NotFoundError if the execution, the entry or the parent does not exist.
   * @throws DuplicateError if another execution has the id.
   * @throws ConflictError for a fork more than a hundred deep.
   */
  fork(executionId: string, input?: ForkInput): Promise<Fork>;
}

/** The `fork` of a store or of a transaction. */
export function forkOf(session: Session): Forks {
  return {
    fork: async (executionId, input = {}) => {
      const encoded = encodeFork(session.codec, executionId, input);
      const { outcome, at } = await session.write(forkExecution, encoded);
      return { outcome: outcome === "replayed" ? outcome : "created", id: encoded.id, at };
    },
  };
}

/** A fork, checked and encoded. */
interface EncodedFork {
  readonly sourceId: string;
  readonly id: string;
  readonly at: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly status: Status;
  readonly labels: JsonText | null;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly traceContext: string | null;
}

const forkFields: Fields<ForkInput> = fieldsOf<ForkInput>({
  at: true,
  id: true,
  state: true,
  input: true,
  labels: true,
  parentId: true,
  parentTaskId: true,
  status: true,
});

function encodeFork(codec: Codec, sourceId: string, given: ForkInput): EncodedFork {
  const input = forkFields.read(given, "input");
  return {
    sourceId: checkId(sourceId, "executionId"),
    id: input.id === undefined ? newId() : checkId(input.id, "id"),
    at: checkOptionalCount(input.at, "at", 0),
    ...checkParent(input),
    status: checkOneOf(input.status ?? "pending", "status", ["pending", "running"]),
    labels: input.labels === undefined ? null : encodeLabels(input.labels),
    input: encodeOptional(codec, input.input, "input"),
    state: encodeOptional(codec, input.state, "state"),
    traceContext: activeTrace(),
  };
}

const forkExecution: Write<EncodedFork, ForkExecutionsRow> = {
  name: "executions.fork",
  // A fork cannot be forked in the statement that creates it.
  keys: ({ id, sourceId }) => [...new Set([id, sourceId])].toSorted().map((each) => `execution\0${each}`),
  locks: () => ["keys", "executions"],
  plan: (rows) => {
    const ids = rows.map((row) => row.id);
    const sourceIds = rows.map((row) => row.sourceId);
    const fork = forkExecutions({
      sourceIds,
      ids,
      ats: rows.map((row) => row.at),
      parentIds: rows.map((row) => row.parentId),
      parentTaskIds: rows.map((row) => row.parentTaskId),
      statuses: rows.map((row) => row.status),
      labels: rows.map((row) => row.labels),
      inputs: rows.map((row) => row.input),
      states: rows.map((row) => row.state),
      traceContexts: rows.map((row) => row.traceContext),
    });
    const plan = combinePlans([lockForkKeys({ ids }), lockForkSources({ sourceIds }), fork]);
    return mapPlan(plan, ([, , forked]) => forked);
  },
};
