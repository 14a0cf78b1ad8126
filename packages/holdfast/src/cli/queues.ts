import { type Command, InvalidArgumentError } from "commander";
import type { Store } from "../index.ts";
import type { Queue, QueueSettings, Rate } from "../queues/index.ts";
import { type Context, UsageError } from "./context.ts";
import { withExamples } from "./examples.ts";
import { formatAge, formatDuration, formatNumber } from "./moments.ts";
import { withStore } from "./opening.ts";
import { duration, orNone, wholeNumber } from "./option-values.ts";
import { type PageFlags, printList, withPage } from "./page.ts";
import { printRecord } from "./record.ts";
import type { Column } from "./table.ts";

/** `holdfast queues`. */
export function buildQueues(command: Command, context: Context): void {
  withExamples(
    withPage(command.command("list").description("queues with jobs or settings, by name; counts up to 10,000")),
    "queues list",
    "queues list --all --json",
  ).action((flags: PageFlags) =>
    withStore(context, (store) =>
      printList(context, flags, { noun: "queues", columns, list: (page) => store.queues.list(page) }),
    ),
  );
  withExamples(
    command.command("get").description("one queue, with its settings and exact counts").argument("<name>"),
    "queues get mail",
  ).action((name: string) =>
    withStore(context, async (store) => {
      const [queue, counts] = await store.read([({ queues }) => queues.get(name), ({ queues }) => queues.counts(name)]);
      await noteUnknown(context, store, name);
      await printRecord(context, { ...queue, counts });
    }),
  );
  withExamples(
    command
      .command("pause")
      .description("stop every process from claiming from a queue; running jobs continue")
      .argument("<name>"),
    "queues pause mail",
  ).action((name: string) =>
    withStore(context, async (store) => {
      await noteUnknown(context, store, name);
      await store.queues.pause(name);
      await context.print(context.isJson ? JSON.stringify({ paused: true }) : "paused; `queues resume` ends it");
    }),
  );
  withExamples(
    command.command("resume").description("let processes claim from a queue again").argument("<name>"),
    "queues resume mail",
  ).action((name: string) =>
    withStore(context, async (store) => {
      await noteUnknown(context, store, name);
      const resumed = await store.queues.resume(name);
      if (context.isJson) await context.printJson({ resumed });
      else await context.print(resumed ? "resumed" : "was not paused");
    }),
  );
  buildSet(command, context);
}

/** Says that nothing is known of a queue. Any name is one, so a mistyped name is no error. */
async function noteUnknown(context: Context, store: Store, name: string): Promise<void> {
  const [queue, executions] = await store.read([
    ({ queues }) => queues.get(name, { countUpTo: 1 }),
    (nouns) => nouns.executions.list({ queue: name, limit: 1, payloads: false }),
  ]);
  const { name: _, counts, ...settings } = queue;
  const isKnown = [...Object.values(counts), executions.items.length].some((count) => count > 0);
  if (isKnown || Object.values(settings).some((value) => value !== null)) return;
  await context.note(`queue ${name} has no jobs, executions or settings: is this its name?`);
}

function buildSet(command: Command, context: Context): void {
  withExamples(
    command
      .command("set")
      .description("set limits of a queue for all processes; `none` removes one")
      .argument("<name>")
      .option("--concurrency <n>", "how many of its jobs run at once", orNone(wholeNumber(1, 2 ** 31 - 1)))
      .option(
        "--concurrency-per-group <n>",
        "how many jobs of one group run at once",
        orNone(wholeNumber(1, 2 ** 31 - 1)),
      )
      .option("--rate <n/period>", "how many jobs may start in a period: 100/1m", orNone(rateOf))
      .option(
        "--aging <duration>",
        "the wait after which a job passes a new one of the next better priority",
        orNone(duration),
      )
      .option("--timeout <duration>", "the time limit of handlers that set none", orNone(duration)),
    "queues set mail --concurrency 20 --rate 100/1m",
    "queues set mail --rate none",
  ).action(async (name: string, flags: SetFlags) => {
    const settings: QueueSettings = {
      concurrency: settingOf(flags.concurrency),
      concurrencyPerGroup: settingOf(flags.concurrencyPerGroup),
      rate: settingOf(flags.rate),
      agingMs: settingOf(flags.aging),
      timeoutMs: settingOf(flags.timeout),
    };
    if (Object.values(settings).every((value) => value === undefined)) {
      throw new UsageError("Say what to set: --concurrency, --concurrency-per-group, --rate, --aging or --timeout.");
    }
    await withStore(context, async (store) => {
      await noteUnknown(context, store, name);
      await store.queues.configure(name, settings);
      const { counts: _, oldestReadyAt: __, ...queue } = await store.queues.get(name, { countUpTo: 1 });
      await printRecord(context, queue);
    });
  });
}

interface SetFlags {
  readonly concurrency?: number | "none";
  readonly concurrencyPerGroup?: number | "none";
  readonly rate?: Rate | "none";
  readonly aging?: number | "none";
  readonly timeout?: number | "none";
}

function settingOf<Value>(value: Value | "none" | undefined): Value | null | undefined {
  return value === "none" ? null : value;
}

function rateOf(text: string): Rate {
  const [limit, period, ...rest] = text.split("/");
  if (limit === undefined || period === undefined || rest.length > 0) {
    throw new InvalidArgumentError("Give a number and a period, such as 100/1m, or none.");
  }
  return { limit: wholeNumber(1, 1_000_000)(limit), periodMs: duration(/^\d/.test(period) ? period : `1${period}`) };
}

const columns: readonly Column<Queue>[] = [
  { title: "QUEUE", cell: ({ name }) => name, yields: true },
  { title: "READY", cell: ({ counts }) => formatNumber(counts.ready), isNumber: true },
  { title: "OLDEST", cell: ({ oldestReadyAt }) => (oldestReadyAt === null ? "" : formatAge(oldestReadyAt)) },
  { title: "RUNNING", cell: ({ counts }) => formatNumber(counts.running), isNumber: true },
  { title: "SCHEDULED", cell: ({ counts }) => formatNumber(counts.scheduled), isNumber: true, yields: true },
  { title: "BLOCKED", cell: ({ counts }) => formatNumber(counts.blocked), isNumber: true, yields: true },
  {
    title: "DEAD",
    cell: ({ counts }) => formatNumber(counts.dead),
    paint: ({ counts }) => (counts.dead > 0 ? "red" : undefined),
    isNumber: true,
  },
  { title: "LIMITS", cell: formatLimits, yields: true },
  {
    title: "",
    cell: ({ pausedAt }) => (pausedAt === null ? "" : "paused"),
    paint: () => "yellow",
  },
];

function formatLimits({ concurrency, concurrencyPerGroup, rate }: Queue): string {
  return [
    ...(concurrency === null ? [] : [`${concurrency} at once`]),
    ...(concurrencyPerGroup === null ? [] : [`${concurrencyPerGroup} a group`]),
    ...(rate === null ? [] : [`${rate.limit} per ${formatDuration(rate.periodMs)}`]),
  ].join(", ");
}
