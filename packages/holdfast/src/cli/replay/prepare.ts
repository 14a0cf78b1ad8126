import { createHash } from "node:crypto";
import { ConflictError, type Store, type Transaction } from "../../index.ts";
import type { RecordedTask, Recording } from "../recording/recording.ts";

/** A recording and the execution that replays it. */
export interface PreparedReplay {
  readonly recording: Recording;
  readonly executionId: string;
  readonly queue: string;
  /** How much faster than recorded; infinite for no waiting at all. */
  readonly speed: number;
  /** Whether several processes may work on the execution at once. */
  readonly isJoining: boolean;
  /** Whether the execution existed already. */
  readonly isResumed: boolean;
}

interface PrepareOptions {
  readonly recording: Recording;
  readonly executionId: string;
  readonly speed: number;
  readonly isJoining: boolean;
}

/** The id of a recorded task's task: ids are unique in the whole store. */
export function taskIdOf(executionId: string, recordedId: string): string {
  return `${executionId}/${recordedId}`;
}

/** The id of the task that groups the tasks of one kind. */
export function groupIdOf(executionId: string, group: string): string {
  return `${executionId}#${group}`;
}

/** Thrown to undo the transaction that found the execution. */
class AlreadyThere extends Error {}

/**
 * Publishes the recording as a definition, and creates the execution with all its tasks and jobs, unless they exist. The latter takes one
 * transaction. A crash leaves all of it or nothing.
 *
 * @throws ConflictError if the id belongs to an execution of another recording.
 */
export async function prepareReplay(store: Store, options: PrepareOptions): Promise<PreparedReplay> {
  const queue = `replay:${options.executionId}`;
  try {
    await store.transaction((tx) => make(tx, options, queue));
    return { ...options, queue, isResumed: false };
  } catch (error) {
    if (error instanceof AlreadyThere) return { ...options, queue, isResumed: true };
    throw error;
  }
}

async function make(tx: Transaction, options: PrepareOptions, queue: string): Promise<void> {
  const { recording, executionId } = options;
  const digest = createHash("sha256").update(JSON.stringify(recording.document)).digest("hex");
  const { outcome } = await tx.executions.create({
    id: executionId,
    definition: { name: recording.name, version: await publish(tx, recording, digest) },
    idempotencyKey: executionId,
    fingerprint: digest,
    status: "running",
    input: { recording: recording.name, tasks: recording.tasks.length },
  });
  if (outcome === "replayed") throw new AlreadyThere();
  if (outcome === "mismatch") {
    throw new ConflictError(`Execution ${executionId} belongs to another recording: choose another --id.`, {
      facts: { id: executionId },
    });
  }
  await makeTasks(tx, options, queue);
}

async function publish(tx: Transaction, { name, document }: Recording, digest: string): Promise<number> {
  const latest = await tx.definitions.get(name, "latest");
  if (latest && digestOf(latest.document) === digest) return latest.version;
  const definition = { name, document: { digest, workflow: document }, status: "active" } as const;
  return (await tx.definitions.publish(definition)).version;
}

function digestOf(document: unknown): unknown {
  return typeof document === "object" && document !== null && "digest" in document ? document.digest : null;
}

/** The tree is workflow → kind of task → task; the jobs hold the dependencies. */
async function makeTasks(tx: Transaction, { recording, executionId }: PrepareOptions, queue: string): Promise<void> {
  const groups = [...new Set(recording.tasks.map((task) => task.group))];
  const root = { id: executionId, executionId, name: recording.name, type: "composite" } as const;
  const groupTasks = groups.map((group) => {
    const type = "collection" as const;
    return { id: groupIdOf(executionId, group), executionId, parentId: executionId, name: group, type };
  });
  await tx.tasks.saveMany([root, ...groupTasks]);
  for (const chunk of chunksOf(recording.tasks)) {
    await tx.tasks.saveMany(chunk.map((task) => toTask(executionId, task)));
    await tx.jobs.pushMany(chunk.map((task) => toJob({ executionId, queue, task })));
  }
  const payload = { recording: recording.name, tasks: recording.tasks.length };
  await tx.history.append(executionId, [{ kind: "execution-started", payload }]);
}

type TaskInput = Parameters<Transaction["tasks"]["save"]>[0];
type JobInput = Parameters<Transaction["jobs"]["pushMany"]>[0][number];

function toTask(executionId: string, task: RecordedTask): TaskInput {
  const { parents, runtimeMs, program } = task;
  return {
    id: taskIdOf(executionId, task.id),
    executionId,
    parentId: groupIdOf(executionId, task.group),
    name: task.name,
    component: task.group,
    ...(program === null ? {} : { tool: program }),
    input: { parents, runtimeMs },
  };
}

function toJob({ executionId, queue, task }: { executionId: string; queue: string; task: RecordedTask }): JobInput {
  return {
    id: taskIdOf(executionId, task.id),
    queue,
    executionId,
    payload: { taskId: taskIdOf(executionId, task.id), runtimeMs: task.runtimeMs },
    after: task.parents.map((parent) => taskIdOf(executionId, parent)),
    // A process that is killed again and again spends one each time, which is not the task's fault.
    maxAttempts: 1_000_000,
  };
}

/** Batches have a limit, and recordings have none. */
function chunksOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const size = 5000;
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
