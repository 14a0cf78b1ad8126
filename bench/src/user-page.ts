/** What a user gets, beside peers: docs/performance.md, and the figures of the README. */
import type { BenchResult, ContenderResult } from "./result.ts";

/** Where a figure is: a bench, and the beginning and end of a case's name. */
interface Place {
  readonly bench: string;
  readonly starts?: string;
  readonly ends?: string;
}

/** What is shown of a contender: its rate, its latency, or by how much its memory grew. */
type Kind = "rate" | "p50" | "p99" | "grown";

interface Column extends Place {
  readonly title: string;
  readonly kind?: Kind;
}

interface Row {
  readonly title: string;
  /** How the contender's name begins; the best of those is shown. */
  readonly contender: string;
  readonly isHeld?: boolean;
}

interface Table {
  readonly heading: string;
  readonly lead: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
}

const figures: Readonly<Record<Kind, (contender: ContenderResult) => number | null>> = {
  rate: ({ perSecond }) => perSecond.median,
  p50: ({ latencyMs }) => latencyMs?.p50 ?? null,
  p99: ({ latencyMs }) => latencyMs?.p99 ?? null,
  grown: ({ grewMiB }) => grewMiB,
};
const units: Readonly<Record<Kind, string>> = { rate: "", p50: " ms", p99: " ms", grown: " MiB" };

const holdfast: Row = { title: "**Holdfast**", contender: "Holdfast" };
const handWritten: Row = { title: "hand-written `pg`", contender: "hand-written pg" };
const graphileWorker: Row = { title: "graphile-worker", contender: "graphile-worker" };
const pgBoss: Row = { title: "pg-boss", contender: "pg-boss" };
const bullMq: Row = { title: "BullMQ on PostgreSQL", contender: "BullMQ" };
const queues: readonly Row[] = [holdfast, graphileWorker, pgBoss, bullMq];
const engines: readonly Row[] = [
  holdfast,
  { title: "OpenWorkflow", contender: "OpenWorkflow" },
  { title: "DBOS", contender: "DBOS" },
];

function held(row: Row): Row {
  return { ...row, title: `${row.title}, beside an old snapshot`, isHeld: true };
}

function byCallers(bench: string, callers: readonly number[], prefix = ""): readonly Column[] {
  return callers.map((count) => {
    const title = `${prefix}${count} ${count === 1 ? "caller" : "callers"}`;
    return { bench, title, starts: title };
  });
}

const tables: readonly Table[] = [
  {
    heading: "Push jobs",
    lead: "Jobs a second, one a call, by callers of one process that each wait for their call. The last column pushes 1,000 a call.",
    rows: [...queues, handWritten],
    columns: [
      ...byCallers("push-one", [1, 10, 50, 500]),
      { bench: "push-many", title: "1,000 a call", starts: "1 caller" },
    ],
  },
  {
    heading: "Run jobs",
    lead: `Jobs a second, until a queue of 200,000 that do nothing is empty. An old snapshot is another session's, such as a backup.
Holdfast keeps each job with its result; the others remove it, or keep it without one. Of the first 20,000 jobs all three do about as many.`,
    rows: [holdfast, graphileWorker, pgBoss].flatMap((row) => [row, held(row)]),
    columns: ["pushed in bulk", "pushed one by one"].map((title) => ({ bench: "drain-long", title, ends: title })),
  },
  {
    heading: "Start a job at once",
    lead: "From the push of a job to the start of its handler, by an idle worker.",
    rows: queues,
    columns: [
      { bench: "latency", title: "the middle job", kind: "p50" },
      { bench: "latency", title: "99 of 100 jobs", kind: "p99" },
    ],
  },
  {
    heading: "Run workflows",
    lead: "Workflows of one step a second: each is created, claimed, and its step and end are recorded. Each engine runs in its fastest form.",
    rows: engines,
    columns: byCallers("workflow", [1, 16]),
  },
  {
    heading: "Keep state",
    lead: "Calls a second, with 1 KB of state, or 250 bytes of history.",
    rows: [holdfast, handWritten, { title: "Keyv", contender: "@keyv" }, { title: "Emmett", contender: "Emmett" }],
    columns: [
      ...byCallers("save-state", [1, 50], "execution, "),
      ...byCallers("kv", [1, 50], "set, "),
      ...byCallers("history", [1, 50], "append, "),
    ].map((column) => ({ ...column, title: column.title.replace("execution", "save").replace("set", "kv set") })),
  },
  {
    heading: "Run without a server",
    lead: "The embedded database: calls a second in a folder (each commit on disk) and in memory, beside a server on the same machine.",
    rows: [
      { title: "a server", contender: "Holdfast on the server" },
      { title: "a folder", contender: "Holdfast in a folder" },
      { title: "memory", contender: "Holdfast in memory" },
    ],
    columns: [...byCallers("embedded", [1, 50], "push, "), ...byCallers("embedded", [1, 50], "save, ")],
  },
  {
    heading: "Grow",
    lead: "The middle call of one caller, with so many rows in each table.",
    rows: ["10,000 rows", "10,000,000 rows"].map((title) => ({ title, contender: title })),
    columns: ["execution saved", "executions listed by status", "history read", "job claimed and completed"].map(
      (title) => ({ bench: "growth", title, starts: title, kind: "p50" }),
    ),
  },
  {
    heading: "Read a million rows",
    lead: "By how much a process grows that iterates over all of them.",
    rows: ["executions listed", "history read", "kv entries streamed", "tasks walked"].map((title) => ({
      title,
      contender: title,
    })),
    columns: [{ bench: "memory", title: "grew by", kind: "grown" }],
  },
];

const introduction = `# How fast it is

See what to expect, beside peers on the same PostgreSQL and a machine of two cores. Your machine has other rates: compare the columns of
a table, and measure your own work by [bench/README.md](../bench/README.md).

Many callers share a commit in Holdfast, so its rates grow with them. A lone caller pays for versions, statuses, fences and indexes: it
writes at 0.57 to 0.93 of the rate of hand-written SQL, which has none of these. Large blobs on S3 move at 0.75 of the rate of the AWS SDK,
because Holdfast verifies their digests. [Tuning](tuning.md) says what makes it faster.`;

const closing = `## How it is measured

- One PostgreSQL for everybody, with \`fsync\` and \`synchronous_commit\` on. Client, server and disk share the two cores.
- Three rounds. Each runs every contender once, on a new database of its own. The tables show medians.
- Peers are set as their documentation advises for throughput. Holdfast has its defaults, except for \`concurrency\` and \`prefetch\` of the
  workers that empty a queue.
- After each measurement the database is asked whether the work was truly done.

[All figures](internals/benchmarks.md) have every case, our own targets and the machine; [where the time
goes](internals/where-the-time-goes.md) says what stops us where one is not met.`;

/** The page for users. */
export function userPageOf(results: readonly BenchResult[]): string {
  const sections = tables.map(({ heading, lead, rows, columns }) => {
    const body = rows.map((row) => [row.title, ...columns.map((column) => cellOf(results, row, column))]);
    return `## ${heading}\n\n${lead}\n\n${tableOf(["", ...columns.map(({ title }) => title)], body)}`;
  });
  return `${[introduction, ...sections, closing].join("\n\n")}\n`;
}

const headlines: readonly { readonly what: string; readonly column: Column; readonly peers: readonly Row[] }[] = [
  {
    what: "jobs pushed a second, by 50 callers",
    column: { title: "", bench: "push-one", starts: "50 callers" },
    peers: queues.slice(1),
  },
  {
    what: "jobs done a second, of 200,000 pushed in bulk",
    column: { title: "", bench: "drain-long", ends: "pushed in bulk" },
    peers: queues.slice(1),
  },
  {
    what: "from a push to its handler, the middle job",
    column: { title: "", bench: "latency", kind: "p50" },
    peers: queues.slice(1),
  },
  {
    what: "workflows of one step a second, by 16 callers",
    column: { title: "", bench: "workflow", starts: "16 callers" },
    peers: engines.slice(1),
  },
];

/** The few figures of the README, each beside the best peer's. */
export function headlinesOf(results: readonly BenchResult[]): string {
  const body = headlines.map(({ what, column, peers }) => {
    const measured = peers.filter((row) => bestOf(results, row, column) !== null);
    const best = measured.reduce((one, other) => {
      const found = [one, other].map((row) => bestOf(results, row, column) ?? 0);
      return better(column, found) === found[0] ? one : other;
    });
    return [what, cellOf(results, holdfast, column), `${cellOf(results, best, column)} (${best.title})`];
  });
  return tableOf(["", "Holdfast", "the best peer"], body);
}

function cellOf(results: readonly BenchResult[], row: Row, column: Column): string {
  const best = bestOf(results, row, column);
  if (best === null) return "–";
  const { kind = "rate" } = column;
  const digits =
    best < 100 ? { minimumSignificantDigits: 3, maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 };
  return `${best.toLocaleString("en-US", digits)}${units[kind]}`;
}

/** The best figure of the contenders of a row; null where none was measured. */
function bestOf(results: readonly BenchResult[], { contender, isHeld = false }: Row, column: Column): number | null {
  const { bench, starts = "", ends = "", kind = "rate" } = column;
  const found = results
    .filter(({ name }) => name === bench)
    .flatMap(({ cases }) => cases.filter(({ name }) => name.startsWith(starts) && name.endsWith(ends)))
    .flatMap(({ contenders }) => contenders)
    .filter(({ name }) => name.startsWith(contender) && !name.includes("former release"))
    .filter(({ name }) => name.includes("snapshot held") === isHeld)
    .flatMap((each) => figures[kind](each) ?? []);
  return found.length === 0 ? null : better(column, found);
}

function better({ kind = "rate" }: Column, found: readonly number[]): number {
  return kind === "rate" ? Math.max(...found) : Math.min(...found);
}

function tableOf(head: readonly string[], body: readonly (readonly string[])[]): string {
  const rule = head.map((_, i) => (i === 0 ? "---" : "---:"));
  return [head, rule, ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
