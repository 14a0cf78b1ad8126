import { type Codec, encodeOptional, type JsonText } from "../database/codec.ts";
import type { Status } from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkId, checkOneOf, checkOptionalCount, checkOptionalId } from "../database/input.ts";
import { newId } from "../database/new-id.ts";
import { combinePlans, mapPlan } from "../database/plan.ts";
import type { Session, Write } from "../database/session.ts";
import type { Execution } from "../executions/executions.ts";
import { encodeLabels } from "../executions/labels.ts";
import { forkExecutions, type ForkExecutionsRow, lockForkKeys, lockForkSources } from "./statements.generated.ts";

/** Where an execution is forked, and what the fork has of its own. */
export interface ForkInput {
  /** The number of the last entry that is shared; that of the newest one by default, and 0 for none. */
  readonly at?: number | undefined;
  /** The fork's id; a new UUID (version 7) where it is left out. */
  readonly id?: string | undefined;
  /** The state as it was at that entry, which only the caller knows; none by default. */
  readonly state?: unknown;
  /** The source's by default. */
  readonly input?: unknown;
  /** The source's by default. */
  readonly labels?: Execution["labels"] | undefined;
  /** None by default: what waits for the source's parent does not wait for the fork. */
  readonly parentId?: string | null | undefined;
  /** "pending" by default. */
  readonly status?: "pending" | "running" | undefined;
}

/** What became of a call of `fork`: "created" anew, or "replayed" where the same fork was made before. */
export interface Fork {
  readonly outcome: "created" | "replayed";
  readonly id: string;
  /** The number of the last shared entry. */
  readonly at: number;
}

/** What `executions` can do by histories. */
export interface Forks {
  /**
   * Makes a new execution whose history is that of another one up to an entry, and then its own. The shared entries are not copied:
   * forks of forks share them too, 100 deep at most, and keep them when the source is removed. The new execution runs the same
   * version of the definition, by the same strategy; nothing else of the source goes along but what `input` says. Made
   * again with the same `id`, source and entry, nothing is changed.
   *
   * @throws NotFoundError without the execution, the entry or the parent. @throws DuplicateError where the id is taken otherwise.
   * @throws ConflictError for a hundred and first fork behind each other.
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
  readonly status: Status;
  readonly labels: JsonText | null;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
}

const forkFields: Fields<ForkInput> = fieldsOf<ForkInput>({
  at: true,
  id: true,
  state: true,
  input: true,
  labels: true,
  parentId: true,
  status: true,
});

function encodeFork(codec: Codec, sourceId: string, given: ForkInput): EncodedFork {
  const input = forkFields.read(given, "input");
  return {
    sourceId: checkId(sourceId, "executionId"),
    id: input.id === undefined ? newId() : checkId(input.id, "id"),
    at: checkOptionalCount(input.at, "at", 0),
    parentId: checkOptionalId(input.parentId, "parentId"),
    status: checkOneOf(input.status ?? "pending", "status", ["pending", "running"]),
    labels: input.labels === undefined ? null : encodeLabels(input.labels),
    input: encodeOptional(codec, input.input, "input"),
    state: encodeOptional(codec, input.state, "state"),
  };
}

const forkExecution: Write<EncodedFork, ForkExecutionsRow> = {
  name: "executions.fork",
  // A fork cannot be forked in the statement that makes it.
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
      statuses: rows.map((row) => row.status),
      labels: rows.map((row) => row.labels),
      inputs: rows.map((row) => row.input),
      states: rows.map((row) => row.state),
    });
    const plan = combinePlans([lockForkKeys({ ids }), lockForkSources({ sourceIds }), fork]);
    return mapPlan(plan, ([, , forked]) => forked);
  },
};
