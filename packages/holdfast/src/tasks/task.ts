import { type Codec, decodeOptional } from "../core/codec.ts";
import type { Status, Strategy, TaskType } from "../core/enums.generated.ts";
import { decodeUsage, type Usage } from "../core/usage.ts";
import type { GetTaskRow, SaveTasksRow } from "./statements.generated.ts";

/** A task without its payloads, as writes and trees return it. */
export interface TaskSummary {
  readonly id: string;
  readonly executionId: string;
  /** Its place in creation order, which is also the order of children. */
  readonly sequence: number;
  /** 1 at creation, plus one for each write except of usage alone. */
  readonly version: number;
  readonly parentId: string | null;
  readonly name: string;
  readonly type: TaskType;
  readonly status: Status;
  /** How the statuses of its children determine its own. */
  readonly strategy: Strategy;
  /** The number of this attempt. Each attempt is a task of its own, with the same parent and name. */
  readonly attempt: number;
  readonly component: string | null;
  readonly agent: string | null;
  readonly action: string | null;
  readonly tool: string | null;
  readonly usage: Usage;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When it first ran; null if it was canceled or timed out before. */
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** A unit of work inside an execution. A payload that was never given is undefined; JSON null is a value. */
export interface Task extends TaskSummary {
  readonly input: unknown;
  readonly output: unknown;
  readonly error: unknown;
}

/**
 * A task to save. Omitted fields keep their stored values; a new task gets the defaults.
 *
 * A basic task names an agent with its action, or a tool, or neither; a router names none of them.
 */
export interface TaskInput {
  /** A version 7 UUID is generated if none is given. */
  readonly id?: string | undefined;
  /** The task's execution, which never changes. */
  readonly executionId: string;
  /** Another task of the same execution, or of the same batch; null makes the task a root. */
  readonly parentId?: string | null | undefined;
  readonly name: string;
  /** "basic" by default. */
  readonly type?: TaskType | undefined;
  /** "pending" by default. */
  readonly status?: Status | undefined;
  /** "wait_all" by default. */
  readonly strategy?: Strategy | undefined;
  /** 1 by default. */
  readonly attempt?: number | undefined;
  readonly component?: string | null | undefined;
  readonly agent?: string | null | undefined;
  readonly action?: string | null | undefined;
  readonly tool?: string | null | undefined;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
  /** Refuses the save at another version; 0 means that no task may exist. */
  readonly expectedVersion?: number | undefined;
}

/** A task to create under a parent, in its execution. */
export type ChildInput = Omit<TaskInput, "executionId" | "parentId" | "expectedVersion">;

/** Reads a record without payloads from its row. */
export function toSummary(row: SaveTasksRow): TaskSummary {
  const { usage } = row;
  return { ...row, usage: decodeUsage(usage) };
}

/** Reads a record from its row, and decodes its payloads. */
export function toTask(codec: Codec, row: GetTaskRow): Task {
  return {
    ...row,
    usage: decodeUsage(row.usage),
    input: decodeOptional(codec, row.input),
    output: decodeOptional(codec, row.output),
    error: decodeOptional(codec, row.error),
  };
}
