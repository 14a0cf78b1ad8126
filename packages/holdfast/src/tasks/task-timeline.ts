import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkInteger, checkLimit, checkOptionalInstant, invalid } from "../core/input.ts";
import { momentAfter, momentCursor } from "../core/pages.ts";
import { combinePlans, mapPlan, type Plan } from "../core/plan.ts";
import { decodeUsage } from "../core/usage.ts";
import type { Session } from "../session/session.ts";
import {
  tasksInWindow,
  type TasksInWindowRow,
  timelineOfTasks,
  type TimelineOfTasksRow,
} from "./statements.generated.ts";
import type { TaskSummary } from "./task.ts";

/** The window of a timeline, and how finely it is read. */
export interface TaskTimelineOptions {
  /** The start of the window; that of the first task by default. */
  readonly from?: Date | undefined;
  /** The end of the window; that of the last task by default, or now while one runs. */
  readonly to?: Date | undefined;
  /** How many parts the window has; 100 by default, at most 1,000. */
  readonly parts?: number | undefined;
  /** The most tasks of one page; 100 by default, at most 1,000. */
  readonly limit?: number | undefined;
  /** The `next` of a former timeline of the same window. */
  readonly after?: string | undefined;
}

/** A window of the time that the tasks of an execution took. */
export interface TaskTimeline {
  /** When the first task started. */
  readonly startedAt: Date;
  /** When the last task ended, or now while one runs. */
  readonly endedAt: Date;
  /** The time of this answer, by the database's clock. */
  readonly now: Date;
  readonly from: Date;
  readonly to: Date;
  /** The equal parts of the window, in order. */
  readonly parts: readonly TaskTimelinePart[];
  /** How many tasks ran at some time in the window. */
  readonly total: number;
  /** These tasks by start and then by creation, a page of them. */
  readonly tasks: readonly TaskSummary[];
  /** Continues the tasks; null on the last page. */
  readonly next: string | null;
}

/** What tasks did in a part of a window. */
export interface TaskTimelinePart {
  /** Its start. */
  readonly at: Date;
  /** How many ran at some time in it. */
  readonly running: number;
  readonly started: number;
  readonly finished: number;
  /** How many of those that finished failed or timed out. */
  readonly failed: number;
}

const timelineOptions: Fields<TaskTimelineOptions> = fieldsOf<TaskTimelineOptions>({
  from: true,
  to: true,
  parts: true,
  limit: true,
  after: true,
});

/** Reads a window of the time that the tasks of an execution took; null if none has started. */
export async function timelineOf(
  session: Session,
  executionId: string,
  options: TaskTimelineOptions | undefined,
): Promise<TaskTimeline | null> {
  const given = timelineOptions.readOptional(options, "options");
  const id = checkId(executionId, "executionId");
  const window = { from: checkOptionalInstant(given.from, "from"), to: checkOptionalInstant(given.to, "to") };
  if (window.from !== null && window.to !== null && window.from > window.to) {
    throw invalid("to", "is before from: give a later time");
  }
  const parts = checkInteger(given.parts ?? 100, "parts", { min: 1, max: 1000 });
  const limit = checkLimit(given.limit);
  const page = { executionId: id, ...window, ...momentAfter(given.after), limit: limit + 1 };
  const plan: Plan<TaskTimeline | null> = mapPlan(
    combinePlans([timelineOfTasks({ executionId: id, ...window, parts }), tasksInWindow(page)]),
    ([marks, rows]) => toTimeline(marks, rows, { parts, limit }),
  );
  return session.run(plan);
}

function toTimeline(
  marks: readonly TimelineOfTasksRow[],
  rows: readonly TasksInWindowRow[],
  { parts, limit }: { readonly parts: number; readonly limit: number },
): TaskTimeline | null {
  const [first] = marks;
  if (first === undefined) return null;
  const found = new Map(marks.map((mark) => [mark.part, mark]));
  const { started = 0, finished = 0 } = found.get(0) ?? {};
  const startMs = first.fromAt.getTime();
  const partMs = (first.toAt.getTime() - startMs) / parts;
  let running = started - finished;
  // Those that run at its very end end after it.
  let total = running;
  const read = Array.from({ length: parts }, (_, i): TaskTimelinePart => {
    const mark = found.get(i + 1) ?? { started: 0, finished: 0, failed: 0 };
    const at = new Date(startMs + Math.round(i * partMs));
    const part = { at, running: running + mark.started, started: mark.started };
    running += mark.started - mark.finished;
    total += mark.started;
    return { ...part, finished: mark.finished, failed: mark.failed };
  });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    startedAt: first.firstAt,
    endedAt: first.endedAt,
    now: first.now,
    from: first.fromAt,
    to: first.toAt,
    parts: read,
    total,
    tasks: shown.map(toSummary),
    next: rows.length > limit && last !== undefined ? momentCursor(last) : null,
  };
}

function toSummary({ micros, usage, ...row }: TasksInWindowRow): TaskSummary {
  void micros;
  return { ...row, usage: decodeUsage(usage) };
}
