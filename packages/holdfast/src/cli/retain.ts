import type { Command } from "commander";
import type { Store } from "../index.ts";
import type { Period, RetentionKind, RetentionPolicy } from "../retention/index.ts";
import { type ConfirmFlags, confirm, requireConsent, withConfirmation } from "./confirmation.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { interruptionSignal } from "./interruption.ts";
import { formatNumber } from "./moments.ts";
import { withStore } from "./opening.ts";
import { duration } from "./option-values.ts";
import { showProgress } from "./progress.ts";
import { printTable } from "./table.ts";

interface RetainFlags extends ConfirmFlags, Partial<Record<PeriodKind, Period>> {
  readonly keepCheckpoints?: true;
  readonly keepKv?: true;
  readonly keepBlobs?: true;
}

/** The kinds with a period; the rest expires by itself. */
type PeriodKind = Exclude<RetentionKind, "checkpoints" | "kv" | "blobs">;

/** The kinds with a period, and their defaults. */
const kinds: Readonly<Record<PeriodKind, string>> = {
  executions: "ended executions with all that is theirs: 30d, 12h, 90m, 10s, or never (default: 30d)",
  jobs: "jobs of no execution that succeeded or were canceled (default: 7d)",
  deadJobs: "jobs of no execution that are dead (default: 30d)",
  timers: "timers that fired or were canceled (default: 7d)",
  events: "events that were taken or expired (default: 7d)",
  schedules: "schedules that ended (default: 30d)",
  snapshots: "former versions of snapshots (default: never removed by age)",
};

/** `holdfast retain`: removes data past its period, or counts it. */
export function buildRetain(command: Command, context: Context): void {
  withConfirmation(command);
  for (const [kind, what] of Object.entries(kinds)) {
    command.option(`--${flagOf(kind)} <period>`, `how long to keep ${what}`, period);
  }
  withExamples(
    command
      .option("--keep-checkpoints", "leave expired threads of checkpoints alone")
      .option("--keep-kv", "leave expired key/value entries alone")
      .option(
        "--keep-blobs",
        "leave expired blobs and unused bytes alone, as in a copy that shares its original's bucket",
      ),
    "retain --dry-run",
    "retain --executions 90d --yes   # from cron",
  ).action((flags: RetainFlags) => retain(context, flags));
}

type Counts = Readonly<Record<string, number>>;

async function retain(context: Context, flags: RetainFlags): Promise<void> {
  requireConsent(context, flags);
  const policy: RetentionPolicy = {
    ...Object.fromEntries(Object.keys(kinds).map((kind) => [kind, flags[kind as PeriodKind]])),
    checkpoints: !flags.keepCheckpoints,
    kv: !flags.keepKv,
    blobs: !flags.keepBlobs,
  };
  await withStore(context, async (store) => {
    const { counts: wanted } = await store.retain(policy, { dryRun: true });
    if (flags.dryRun) {
      await print(context, wanted, true);
      return;
    }
    const total = Object.values(wanted).reduce((sum, count) => sum + count, 0);
    if (!flags.yes) {
      const parts = Object.entries(wanted).flatMap(([kind, count]) =>
        count > 0 ? [`${formatNumber(count)} ${kind}`] : [],
      );
      if (total > 0) await confirm(context, `remove ${parts.join(", ")}`, flags);
    }
    await print(context, await removeAll(context, store, { policy, total }), false);
  });
}

/** How much one call removes: between calls the progress is shown, and an interruption heeded. */
const rowsOfCall = 10_000;

async function removeAll(
  context: Context,
  store: Store,
  { policy, total }: { readonly policy: RetentionPolicy; readonly total: number },
): Promise<Counts> {
  const signal = interruptionSignal({ advice: "run the command again to remove the rest" });
  const bar = await showProgress(context, total, "removed");
  const removed: Record<string, number> = {};
  try {
    for (let isComplete = false; !isComplete;) {
      signal.throwIfAborted();
      const call = await store.retain(policy, { limit: rowsOfCall });
      for (const [kind, count] of Object.entries(call.counts)) removed[kind] = (removed[kind] ?? 0) + count;
      bar.update(Object.values(removed).reduce((sum, count) => sum + count, 0));
      ({ isComplete } = call);
    }
  } finally {
    bar.stop();
  }
  return removed;
}

async function print(context: Context, counts: Counts, dryRun: boolean): Promise<void> {
  if (context.isJson) {
    await context.printJson({ dryRun, counts });
    return;
  }
  await printTable(
    context,
    [
      { title: "", cell: ([kind]: readonly [string, number]) => kind },
      { title: dryRun ? "would go" : "removed", cell: ([, count]) => String(count) },
    ],
    Object.entries(counts),
  );
}

function flagOf(kind: string): string {
  return kind.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A period as the command line gives it. */
function period(text: string): Period {
  return text === "never" ? false : duration(text);
}
