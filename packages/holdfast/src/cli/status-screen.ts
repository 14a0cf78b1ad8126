import type { Overview, QueueWork, Replica, TableStats } from "../health/index.ts";
import type { Context } from "./context.ts";
import { escapeControls } from "./escaping.ts";
import { formatAge, formatBytes, formatDuration, formatNumber } from "./moments.ts";
import { definitionPaints, schedulePaints, statusPaints, timerPaints } from "./statuses.ts";
import { type Column, tableLines } from "./table.ts";
import type { Paint } from "./terminal.ts";
import { wrapParts } from "./wrapping.ts";

/** What `holdfast status` shows, and what its `--json` prints. */
export interface StatusReport extends Overview {
  /** Of the library. */
  readonly version: string;
  readonly schema: string;
  /** The newest that was applied. */
  readonly migration: string | null;
  readonly missingMigrations: number;
  readonly bytes: number;
  readonly tables: readonly TableStats[];
}

/** The lines of the screen. */
export async function statusLines(context: Context, report: StatusReport): Promise<readonly string[]> {
  return [
    ...headLines(context, report),
    "",
    ...(await countLines(context, report)),
    "",
    ...(await queueLines(context, report)),
    "",
    ...dueLines(context, report),
  ];
}

function headLines({ paint, columns }: Context, report: StatusReport): readonly string[] {
  const { version, schema, migration, missingMigrations, server, bytes, tables, at } = report;
  const indexes = tables.reduce((sum, { indexBytes }) => sum + indexBytes, 0);
  const dead = tables.reduce((sum, { deadRows }) => sum + deadRows, 0);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const behind = missingMigrations > 0 ? paint("red", `, ${missingMigrations} migrations missing`) : "";
  const share = rows + dead === 0 ? 0 : Math.round((100 * dead) / (rows + dead));
  const since = server.startedAt === null ? "" : `, up ${formatDuration(at.getTime() - server.startedAt.getTime())}`;
  const what = [
    paint("bold", `holdfast ${version}`),
    `schema ${schema} at ${migration ?? "nothing"}${behind}`,
    `PostgreSQL ${server.version}${since}`,
  ];
  const size = [
    `${formatBytes(bytes)}, of it indexes ${formatBytes(indexes)}`,
    paint(share > 50 && dead > 10_000 ? "yellow" : undefined, `${formatNumber(dead)} dead rows (${share} %)`),
    `${server.connections} of ${server.connectionsMax} connections`,
    server.isStandby ? paint("red", "standby") : replicasText(server.replicas),
  ];
  return [...wrapParts(what, columns, " · "), ...wrapParts(size, columns, " · ")];
}

function replicasText(replicas: readonly Replica[]): string {
  if (replicas.length === 0) return "no replica";
  return replicas
    .map(({ name, lagBytes, lagMs }) => {
      const lag = lagBytes === null ? "lag hidden" : `${formatBytes(lagBytes)} behind`;
      return `replica ${escapeControls(name)} ${lag}${lagMs === null ? "" : `, ${formatDuration(lagMs)}`}`;
    })
    .join(", ");
}

async function countLines(context: Context, { counts, countUpTo }: StatusReport): Promise<readonly string[]> {
  const { paint } = context;
  const paints: Readonly<Record<string, Paint | undefined>> = {
    ...timerPaints,
    ...schedulePaints,
    ...definitionPaints,
    ...statusPaints,
  };
  return Object.entries(counts).map(([noun, byStatus]) => {
    const parts = Object.entries(byStatus as Readonly<Record<string, number>>).flatMap(([status, count]) =>
      count === 0 ? [] : [paint(paints[status], `${formatNumber(count)}${count === countUpTo ? "+" : ""} ${status}`)],
    );
    return `${noun.padEnd(12)}${parts.length === 0 ? paint("dim", "none") : parts.join("  ")}`;
  });
}

async function queueLines(context: Context, { queues, countUpTo, at }: StatusReport): Promise<readonly string[]> {
  if (queues.length === 0) return [context.paint("dim", "no queue has work")];
  const now = at.getTime();
  const atMost = (count: number): string => `${formatNumber(count)}${count === countUpTo ? "+" : ""}`;
  const columns: readonly Column<QueueWork>[] = [
    { title: "QUEUE", cell: ({ queue }) => queue, yields: true },
    { title: "OF", cell: ({ kind }) => `${kind}s`, yields: true },
    { title: "READY", cell: ({ ready }) => atMost(ready), isNumber: true },
    { title: "OLDEST", cell: ({ oldestReadyAt }) => (oldestReadyAt === null ? "" : formatAge(oldestReadyAt, now)) },
    { title: "RUNNING", cell: ({ running }) => formatNumber(running), isNumber: true },
    { title: "SCHEDULED", cell: ({ scheduled }) => atMost(scheduled), isNumber: true, yields: true },
    { title: "BLOCKED", cell: ({ blocked }) => atMost(blocked), isNumber: true, yields: true },
    {
      title: "DEAD",
      cell: ({ dead }) => formatNumber(dead),
      paint: ({ dead }) => (dead > 0 ? "red" : undefined),
      isNumber: true,
    },
    { title: "", cell: (queue) => trouble(queue, now), paint: () => "yellow", yields: true },
  ];
  return tableLines(context, columns, queues);
}

function trouble({ pausedAt, expired, oldestExpiredAt }: QueueWork, now: number): string {
  return [
    ...(pausedAt === null ? [] : [`paused ${formatAge(pausedAt, now)}`]),
    ...(oldestExpiredAt === null ? [] : [`${expired} lost ${formatAge(oldestExpiredAt, now)}`]),
  ].join(", ");
}

function dueLines({ paint, columns }: Context, { leases, timers, schedules, at }: StatusReport): readonly string[] {
  const now = at.getTime();
  const late = (what: string, { overdue, oldestOverdueAt, nextAt }: Overview["timers"]): string => {
    const next = nextAt === null ? "" : `, next ${formatAge(nextAt, now)}`;
    if (oldestOverdueAt === null) return `${what} none due${next}`;
    return `${what} ${paint("yellow", `${formatNumber(overdue)} due, the oldest for ${formatDuration(now - oldestOverdueAt.getTime())}`)}${next}`;
  };
  const lost = leases.overdue === 0 ? "" : paint("yellow", `, ${formatNumber(leases.overdue)} have run out`);
  const parts = [
    late("timers", timers),
    late("schedules", schedules),
    `leases ${formatNumber(leases.count)} held${lost}`,
  ];
  return wrapParts(parts, columns, " · ");
}
