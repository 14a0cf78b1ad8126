import type { Wait } from "../correlations/index.ts";
import type { HistoryEntry } from "../history/index.ts";
import type { Store } from "../index.ts";
import type { Timer } from "../timers/index.ts";
import type { Context } from "./context.ts";
import { formatError } from "./job-errors.ts";
import { formatDuration } from "./moments.ts";
import { withStore } from "./opening.ts";
import { printTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

/** Something that happened in an execution. */
interface TimelineEvent {
  readonly at: Date;
  readonly kind: "execution" | "task" | "job" | "timer" | "wait" | "history";
  readonly id: string;
  readonly name: string;
  readonly what: string;
  /** How long it took, at its end. */
  readonly durationMs: number | null;
}

/** `holdfast executions timeline`. */
export function printTimeline(context: Context, id: string, limit: number): Promise<void> {
  return withStore(context, async (store) => {
    const { events, isTruncated } = await readEvents(store, id, limit);
    if (context.isJson) {
      await context.printJson({ executionId: id, events, isTruncated });
      return;
    }
    const start = events[0]?.at.getTime() ?? 0;
    await context.print(`from ${events[0]?.at.toISOString() ?? ""}`);
    await printTable<TimelineEvent>(
      context,
      [
        { title: "AFTER", cell: ({ at }) => formatDuration(at.getTime() - start), isNumber: true },
        { title: "WHAT", cell: ({ kind }) => kind, paint: () => "dim" },
        { title: "NAME", cell: ({ name }) => name, yields: true },
        { title: "", cell: ({ what }) => what, paint: ({ what }) => paintOf(what), yields: true },
        {
          title: "TOOK",
          cell: ({ durationMs }) => (durationMs === null ? "" : formatDuration(durationMs)),
          isNumber: true,
        },
      ],
      events,
    );
    if (isTruncated) await context.note(`only the first ${limit} of each kind are shown`);
  });
}

async function readEvents(
  store: Store,
  executionId: string,
  limit: number,
): Promise<{ readonly events: readonly TimelineEvent[]; readonly isTruncated: boolean }> {
  const page = { executionId, limit };
  const [execution, tasks, jobs, timers, waits, delivered, expired, history] = await store.read([
    ({ executions }) => executions.require(executionId),
    (nouns) => nouns.tasks.list({ ...page, payloads: false }),
    (nouns) => nouns.jobs.list(page),
    (nouns) => nouns.timers.list(page),
    ({ correlations }) => correlations.list(page),
    ({ correlations }) => correlations.list({ ...page, status: "delivered" }),
    ({ correlations }) => correlations.list({ ...page, status: "expired" }),
    (nouns) => nouns.history.read(executionId, { limit }),
  ]);
  const events = [
    ...lifeOf("execution", {
      ...execution,
      name: executionId,
      end: execution.status,
      detail: formatError(execution.error),
    }),
    ...tasks.items.flatMap((task) =>
      lifeOf("task", { ...task, end: task.status, detail: task.attempt > 1 ? `attempt ${task.attempt}` : "" }),
    ),
    ...jobs.items.flatMap((job) =>
      lifeOf("job", { ...job, name: job.queue, end: job.status, detail: formatError(job.error) }),
    ),
    ...timers.items.flatMap(eventsOfTimer),
    ...[waits, delivered, expired].flatMap(({ items }) => items.flatMap(eventsOfWait)),
    ...history.items.map(eventOfEntry),
  ];
  const isTruncated = [tasks, jobs, timers, waits, delivered, expired, history].some(({ next }) => next !== null);
  // A stable sort: what has one time stays in the order of causes.
  return { events: events.toSorted((a, b) => a.at.getTime() - b.at.getTime()), isTruncated };
}

function eventsOfTimer({ id, step, createdAt, fireAt, firedAt, canceledAt }: Timer): readonly TimelineEvent[] {
  const happened = { id, name: step, kind: "timer", durationMs: null } as const;
  return [
    { ...happened, at: createdAt, what: `set for ${fireAt.toISOString()}` },
    ...(firedAt === null ? [] : [{ ...happened, at: firedAt, what: "fired" }]),
    ...(canceledAt === null ? [] : [{ ...happened, at: canceledAt, what: "canceled" }]),
  ];
}

function eventsOfWait({ id, key, step, createdAt, delivery }: Wait): readonly TimelineEvent[] {
  const happened = { id, name: key, kind: "wait", durationMs: null } as const;
  return [
    { ...happened, at: createdAt, what: `${step} waits` },
    ...(delivery === null ? [] : [{ ...happened, at: delivery.deliveredAt, what: "delivered" }]),
  ];
}

function eventOfEntry({ number, kind, recordedAt }: HistoryEntry): TimelineEvent {
  const id = String(number);
  return { at: recordedAt, kind: "history", id, name: kind, what: `entry ${id}`, durationMs: null };
}

interface Life {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly end: string;
  readonly detail: string;
}

function lifeOf(kind: TimelineEvent["kind"], life: Life): readonly TimelineEvent[] {
  const { id, name, createdAt, startedAt, finishedAt, end, detail } = life;
  const happened = { id, name, kind, durationMs: null };
  const durationMs = startedAt === null || finishedAt === null ? null : finishedAt.getTime() - startedAt.getTime();
  return [
    { ...happened, at: createdAt, what: "created" },
    ...(startedAt === null ? [] : [{ ...happened, at: startedAt, what: "started" }]),
    ...(finishedAt === null
      ? []
      : [{ ...happened, at: finishedAt, what: detail === "" ? end : `${end}: ${detail}`, durationMs }]),
  ];
}

function paintOf(what: string): Paint | undefined {
  if (/^(failed|timed_out|dead)/.test(what)) return "red";
  if (/^(succeeded|fired|delivered)/.test(what)) return "green";
  return what.startsWith("canceled") ? "yellow" : undefined;
}
