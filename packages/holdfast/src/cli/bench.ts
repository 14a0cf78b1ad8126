import { randomBytes } from "node:crypto";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type BenchResult, measure, scenarios } from "./bench-scenarios.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { interruptionSignal } from "./interruption.ts";
import { formatNumber } from "./moments.ts";
import { locate } from "./opening.ts";
import { duration } from "./option-values.ts";
import { showProgress } from "./progress.ts";
import { printTable } from "./table.ts";

/** `holdfast bench`. */
export function buildBench(command: Command, context: Context): void {
  withExamples(
    command
      .addOption(
        new Option("--time <duration>", "how long each measurement runs").argParser(timeOf).default(2000, "2s"),
      )
      .addHelpText(
        "after",
        "\nIt makes a schema of its own and removes it, so the role must be allowed to create one. It puts load on the server.",
      ),
    "bench",
    "bench --time 10s --json",
  ).action(({ time }: { readonly time: number }) => bench(context, time));
}

function timeOf(text: string): number {
  const ms = duration(text);
  if (ms < 10) throw new InvalidArgumentError("Give 10ms or more.");
  return ms;
}

async function bench(context: Context, timeMs: number): Promise<void> {
  const place = await locate(context);
  const { testSchema } = await import("../testing/index.ts");
  const signal = interruptionSignal({ advice: "the schema is removed" });
  const schema = `holdfast_bench_${randomBytes(6).toString("hex")}`;
  await context.note(`measuring in schema ${schema}, which is removed afterwards`);
  const made = await testSchema({ ...place, schema, fresh: true });
  const results: BenchResult[] = [];
  try {
    const bar = await showProgress(context, scenarios.length, "measurements");
    try {
      await using opened = await made.open();
      for (const scenario of scenarios) {
        signal.throwIfAborted();
        results.push(await measure(opened.store, scenario, { timeMs, signal }));
        bar.update(results.length);
      }
    } finally {
      bar.stop();
    }
  } finally {
    await made.drop();
  }
  await report(context, { serverVersion: made.serverVersion, timeMs, results });
}

interface BenchReport {
  readonly serverVersion: string;
  readonly timeMs: number;
  readonly results: readonly BenchResult[];
}

async function report(context: Context, { serverVersion, timeMs, results }: BenchReport): Promise<void> {
  if (context.isJson) {
    await context.printJson({ serverVersion, timeMs, results });
    return;
  }
  const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 1);
  await context.print(serverVersion.split(",")[0] ?? serverVersion);
  await printTable(
    context,
    [
      { title: "WHAT", cell: ({ name }) => name },
      { title: "CALLERS", cell: ({ callers }) => String(callers), isNumber: true },
      { title: "PER SECOND", cell: ({ perSecond }) => formatNumber(Math.round(perSecond)), isNumber: true },
      { title: "p50 ms", cell: ({ p50Ms }) => ms(p50Ms), isNumber: true },
      { title: "p95 ms", cell: ({ p95Ms }) => ms(p95Ms), isNumber: true },
      { title: "p99 ms", cell: ({ p99Ms }) => ms(p99Ms), isNumber: true },
      { title: "max ms", cell: ({ maxMs }) => ms(maxMs), isNumber: true },
    ],
    results,
  );
  await context.note("Measured from this process, network included; latencies are of calls, rates of rows.");
}
