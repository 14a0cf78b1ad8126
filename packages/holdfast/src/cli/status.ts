import { setTimeout as sleep } from "node:timers/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Store } from "../index.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { withStore } from "./opening.ts";
import { duration, wholeNumber } from "./option-values.ts";
import { packageVersion } from "./package-version.ts";
import { type StatusReport, statusLines } from "./status-screen.ts";
import { write } from "./terminal.ts";

interface StatusFlags {
  readonly watch?: number | true;
  readonly queues: number;
  readonly countUpTo: number;
}

/** `holdfast status`. */
export function buildStatus(command: Command, context: Context): void {
  withExamples(
    command
      .option("--watch [period]", "draw it again and again, every 2s unless a period is given; Ctrl-C ends it", period)
      .addOption(
        new Option("--queues <n>", "how many queues, the longest waiting first")
          .argParser(wholeNumber(1, 10_000))
          .default(20),
      )
      .addOption(
        new Option("--count-up-to <n>", "the most counted per status and queue: more is shown as n+")
          .argParser(wholeNumber(1, 10_000_000))
          .default(10_000),
      ),
    "status",
    "status --watch 5s",
    "status --json | jq .counts.executions",
  ).action((flags: StatusFlags) => show(context, flags));
}

function period(text: string): number {
  const ms = duration(text);
  if (ms < 100) throw new InvalidArgumentError("Give 100ms or more.");
  return ms;
}

async function show(context: Context, { watch, ...flags }: StatusFlags): Promise<void> {
  await withStore(context, async (store) => {
    if (watch === undefined) await print(context, await read(store, flags));
    else await watchStatus(context, watch === true ? 2000 : watch, () => read(store, flags));
  });
}

async function read(store: Store, { queues, countUpTo }: Omit<StatusFlags, "watch">): Promise<StatusReport> {
  const [overview, stats, migrations] = await Promise.all([
    store.overview({ queues, countUpTo }),
    store.stats(),
    store.migrations(),
  ]);
  const applied = migrations.filter(({ appliedAt }) => appliedAt !== null);
  return {
    version: packageVersion(),
    schema: store.schema,
    migration: applied.at(-1)?.name ?? null,
    missingMigrations: migrations.length - applied.length,
    bytes: stats.bytes,
    tables: stats.tables,
    ...overview,
  };
}

async function print(context: Context, report: StatusReport): Promise<void> {
  if (context.isJson) await context.printJson(report);
  else await context.print((await statusLines(context, report)).join("\n"));
}

const hideCursor = "\u001b[?25l";
const showCursor = "\u001b[?25h";
const home = "\u001b[H\u001b[2J";

/** Until Ctrl-C, which is how it ends well. */
async function watchStatus(context: Context, everyMs: number, next: () => Promise<StatusReport>): Promise<void> {
  const { output } = context.terminal;
  const isDrawn = output.isTTY === true && !context.isJson;
  const ended = new AbortController();
  const end = (): void => ended.abort();
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  try {
    if (isDrawn) await write(output, hideCursor);
    while (!ended.signal.aborted) {
      const report = await next();
      if (isDrawn) {
        const lines = (await statusLines(context, report)).slice(0, (output.rows ?? 24) - 1);
        await write(output, `${home}${lines.join("\n")}\n`);
      } else await print(context, report);
      await sleep(everyMs, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  } finally {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
    if (isDrawn) await write(output, showCursor);
  }
}
