import { NotFoundError } from "../core/errors.ts";
import { type Fields, fieldsOf, pageRequest } from "../core/fields.ts";
import {
  checkId,
  checkInteger,
  checkLimit,
  checkOptionalId,
  checkOrder,
  invalid,
  type Page,
  type PageRequest,
  toPage,
} from "../core/input.ts";
import { checkEach } from "../core/items.ts";
import { iterate, nameAfter } from "../core/pages.ts";
import { mapPlan } from "../core/plan.ts";
import type { Session } from "../session/session.ts";
import {
  type Checkpoint,
  type CheckpointKey,
  type CheckpointPlace,
  type CheckpointThread,
  toCheckpoint,
} from "./checkpoint.ts";
import {
  checkCheckpointKey,
  type CheckpointInput,
  type CheckpointWritesInput,
  checkPlace,
  encodeCheckpoint,
  encodeWrites,
} from "./input.ts";
import {
  ancestorsOf,
  type CheckpointFilter,
  type CheckpointListRequest,
  checkpointRows,
  type FoundCheckpoint,
  numberOfCheckpoints,
  pageOfCheckpoints,
} from "./read.ts";
import {
  checkThreads,
  type CheckpointPruning,
  type CheckpointSelection,
  pruneCheckpoints,
  removeLabeled,
  removeThread,
} from "./remove.ts";
import { copyThread, listThreads } from "./statements.generated.ts";
import { writeCheckpoint } from "./write.ts";

export type { Checkpoint, CheckpointKey, CheckpointPart, CheckpointThread, CheckpointWrite } from "./checkpoint.ts";
export type { CheckpointInput, CheckpointPartInput, CheckpointWriteInput, CheckpointWritesInput } from "./input.ts";
export type { CheckpointFilter, CheckpointListRequest } from "./read.ts";
export type { CheckpointPruning, CheckpointSelection } from "./remove.ts";
export { countExpiredThreads, removeExpiredThreads } from "./statements.generated.ts";

/** The name of a checkpoint, or of the newest one of a namespace. */
export interface CheckpointReference {
  readonly thread: string;
  /** Empty by default. */
  readonly namespace?: string | undefined;
  /** The greatest in byte order by default. */
  readonly id?: string | undefined;
}

/** How many ancestors to read, and what of them. */
export interface CheckpointAncestorsOptions {
  /** 100 by default, at most 1,000. */
  readonly limit?: number | undefined;
  /** Only the parts and the pending writes of these names; all by default. */
  readonly names?: readonly string[] | undefined;
}

/** Versions of the state of threads, with parents, shared parts and pending writes. */
export interface Checkpoints {
  /**
   * Writes a checkpoint; an existing one is replaced. The newest of a namespace is the one with the greatest id in byte order, so ids
   * should grow with time. The first write of a thread that has expired removes its former content.
   */
  write(input: CheckpointInput): Promise<void>;
  /** Adds pending writes of a task to a checkpoint, which may be written later. */
  addWrites(input: CheckpointWritesInput): Promise<void>;
  /** A checkpoint with its parts and pending writes, or the newest of a namespace; null if there is none. */
  get(reference: CheckpointReference): Promise<Checkpoint | null>;
  /**
   * Like `get`.
   *
   * @throws NotFoundError
   */
  require(reference: CheckpointReference): Promise<Checkpoint>;
  /** By id, across threads and namespaces; newest first unless `order` is "asc". A page ends early at 16 MiB of values. */
  list(request?: CheckpointListRequest): Promise<Page<Checkpoint>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(request?: CheckpointListRequest): AsyncGenerator<Checkpoint, void, undefined>;
  /** The number of checkpoints. */
  count(filter?: CheckpointFilter): Promise<number>;
  /** The ancestors of a checkpoint, the parent first. To continue, ask for those of the last one. Holds all of them in memory. */
  ancestors(key: CheckpointKey, options?: CheckpointAncestorsOptions): Promise<readonly Checkpoint[]>;
  /** The threads by name in byte order. */
  threads(page?: PageRequest): Promise<Page<CheckpointThread>>;
  /** Every item of `threads`, read in pages of `limit`. */
  iterateThreads(page?: PageRequest): AsyncGenerator<CheckpointThread, void, undefined>;
  /** Removes the checkpoints of a thread, except the newest of each namespace and its nearest ancestors, and returns their number. */
  prune(thread: string, pruning?: CheckpointPruning): Promise<number>;
  /** Removes the selected checkpoints of all threads, and returns their number. Parts that others share stay. */
  removeAll(selection: CheckpointSelection): Promise<number>;
  /**
   * Copies a thread with all its content under another name, and returns the number of checkpoints; 0 if there is no such thread.
   *
   * @throws DuplicateError if the other name is taken.
   */
  copyThread(source: string, target: string): Promise<number>;
  /** Removes a thread with all its content, and returns whether it existed. */
  removeThread(thread: string): Promise<boolean>;
  /** Like `removeThread`, for each thread in the given order, all or nothing. */
  removeThreads(threads: readonly string[]): Promise<readonly boolean[]>;
}

const referenceFields: Fields<CheckpointReference> = fieldsOf<CheckpointReference, Checkpoint>({
  thread: true,
  namespace: true,
  id: true,
  parentId: false,
  createdAt: false,
  labels: false,
  manifest: false,
  state: false,
  parts: false,
  writes: false,
});

const ancestorsOptions: Fields<CheckpointAncestorsOptions> = fieldsOf<CheckpointAncestorsOptions>({
  limit: true,
  names: true,
});

function checkReference(reference: CheckpointReference): CheckpointPlace {
  const { thread, namespace, id } = referenceFields.read(reference, "reference");
  return { id: checkOptionalId(id, "id"), ...checkPlace(thread, namespace) };
}

/** The `checkpoints` of a store or of a transaction. */
export function checkpointsOf(session: Session): Checkpoints {
  const { codec } = session;
  return {
    ...readingOf(session),
    ...listingOf(session),
    write: async (input) => session.write(writeCheckpoint, encodeCheckpoint(codec, input)),
    addWrites: async (input) => session.write(writeCheckpoint, encodeWrites(codec, input)),
    prune: async (thread, pruning = {}) => pruneCheckpoints(session, thread, pruning),
    removeAll: async (selection) => removeLabeled(session, selection),
    copyThread: async (source, target) => {
      const names = { source: checkId(source, "source"), target: checkId(target, "target") };
      if (names.source === names.target) throw invalid("target", "is the thread itself: give another name");
      return session.run(mapPlan(copyThread(names), ({ copied }) => copied));
    },
    removeThread: async (thread) => session.write(removeThread, checkId(thread, "thread")),
    removeThreads: async (threads) => session.writeAll(removeThread, checkThreads(threads)),
  };
}

function readingOf(session: Session): Pick<Checkpoints, "get" | "require" | "ancestors"> {
  const { codec } = session;
  const toRecord = ({ place, rows }: FoundCheckpoint): Checkpoint => toCheckpoint(codec, place, rows);
  const read = async (place: CheckpointPlace): Promise<Checkpoint | null> => {
    const found = await session.read(checkpointRows, place);
    return found && toRecord(found);
  };
  return {
    get: async (reference) => read(checkReference(reference)),
    require: async (reference) => {
      const place = checkReference(reference);
      const checkpoint = await read(place);
      if (checkpoint) return checkpoint;
      const { thread, id } = place;
      const name = id === null ? `The newest checkpoint of thread ${thread}` : `Checkpoint ${id} of thread ${thread}`;
      throw new NotFoundError(`${name} does not exist: write it first.`, { facts: { entity: "checkpoint", ...place } });
    },
    ancestors: async (key, options = {}) => {
      const { limit, names } = ancestorsOptions.read(options, "options");
      const plan = ancestorsOf(
        checkCheckpointKey(key),
        checkInteger(limit ?? 100, "limit", { min: 1, max: 1000 }),
        names === undefined ? null : checkEach(names, "names", checkId),
      );
      return session.run(mapPlan(plan, (found) => found.map(toRecord)));
    },
  };
}

type Listing = Pick<Checkpoints, "list" | "iterate" | "count" | "threads" | "iterateThreads">;

function listingOf(session: Session): Listing {
  const { codec } = session;
  const list: Checkpoints["list"] = async (request = {}) => {
    const { items, ...rest } = await session.run(pageOfCheckpoints(request));
    return { items: items.map(({ place, rows }) => toCheckpoint(codec, place, rows)), ...rest };
  };
  const threads: Checkpoints["threads"] = async (page = {}) => {
    const { after, limit, order: given } = pageRequest.read(page, "page");
    const size = checkLimit(limit);
    const order = checkOrder(given);
    const plan = listThreads[order]({ after: nameAfter(after, order), limit: size + 1 });
    return toPage(
      await session.run(plan),
      size,
      (thread): CheckpointThread => thread,
      ({ thread }) => thread,
    );
  };
  return {
    list,
    iterate: (request = {}) => iterate(request, "request", list),
    count: async (filter = {}) => session.run(numberOfCheckpoints(filter)),
    threads,
    iterateThreads: (page = {}) => iterate(page, "page", threads),
  };
}
