import { Command, InvalidArgumentError } from "commander";
import type { Period, Retained, RetentionKind, RetentionPolicy } from "../retention/index.ts";
import { openPlace, type PlaceFlags, withPlace } from "./connection.ts";

interface RetainFlags extends PlaceFlags, Partial<Record<PeriodKind, Period>> {
  readonly keepKv?: true;
  readonly keepBlobs?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `holdfast retain`: removes data past its period, or counts it. */
export function retainCommand(): Command {
  const command = withPlace(new Command("retain").description("remove what is past its period"))
    .option("--dry-run", "count what would go; change nothing")
    .option("--json", "print the counts as one line of JSON");
  for (const [kind, what] of Object.entries(kinds)) {
    command.option(`--${flagOf(kind)} <period>`, `how long to keep ${what}`, toPeriod);
  }
  return command
    .option("--keep-kv", "leave expired key/value entries alone")
    .option(
      "--keep-blobs",
      "leave expired blobs and unused bytes alone, as in a copy that shares its original's bucket",
    )
    .action(retain);
}

/** The kinds with a period; the rest expires by itself. */
type PeriodKind = Exclude<RetentionKind, "kv" | "blobs">;

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

async function retain(flags: RetainFlags): Promise<void> {
  await using store = await openPlace(flags, { migrate: false });
  const policy: RetentionPolicy = {
    ...Object.fromEntries(Object.keys(kinds).map((kind) => [kind, flags[kind as PeriodKind]])),
    kv: !flags.keepKv,
    blobs: !flags.keepBlobs,
  };
  print(await store.retain(policy, { dryRun: flags.dryRun, limit: rowsMax }), flags);
}

/** Unlimited: the most that one call may remove. */
const rowsMax = 2 ** 31 - 1;

function print({ counts }: Retained, { json, dryRun }: RetainFlags): void {
  if (json) {
    console.log(JSON.stringify({ dryRun: dryRun ?? false, counts }));
    return;
  }
  const width = Math.max(...Object.keys(counts).map((kind) => kind.length));
  console.log(`${"".padEnd(width)}  ${dryRun ? "would go" : "removed"}`);
  for (const [kind, count] of Object.entries(counts)) console.log(`${kind.padEnd(width)}  ${count}`);
}

function flagOf(kind: string): string {
  return kind.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A period as the command line gives it. */
function toPeriod(text: string): Period {
  if (text === "never") return false;
  const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = unitMs[unit];
  if (count === undefined || ms === undefined) {
    throw new InvalidArgumentError("Give a number with a unit, such as 30d, 12h, 90m or 10s, or never.");
  }
  return Number(count) * ms;
}
