import { Command, InvalidArgumentError } from "commander";
import { type Period, openStore, type Retained, type RetentionKind, type RetentionPolicy } from "../index.ts";
import { placeOf, type PlaceFlags, requireFolder, withPlace } from "./connection.ts";

interface RetainFlags extends PlaceFlags, RetentionPolicy {
  readonly dryRun?: true;
  readonly json?: true;
}

/** `holdfast retain`: removes what is past its period, or says what would go. */
export function retainCommand(): Command {
  const command = withPlace(new Command("retain").description("remove what is past its period"))
    .option("--dry-run", "count what would go; change nothing")
    .option("--json", "print the counts as one line of JSON");
  for (const [kind, what] of Object.entries(kinds)) {
    command.option(`--${flagOf(kind)} <period>`, `how long to keep ${what}`, toPeriod);
  }
  return command.action(retain);
}

/** What the periods are of, with their defaults. What expires by itself has none. */
const kinds: Readonly<Record<Exclude<RetentionKind, "kv" | "blobs">, string>> = {
  executions: "ended executions with all that is theirs: 30d, 12h, 90m, 10s, or never (default: 30d)",
  jobs: "jobs of no execution that succeeded or were canceled (default: 7d)",
  deadJobs: "jobs of no execution that are dead (default: 30d)",
  timers: "timers that fired or were canceled (default: 7d)",
  events: "events that were taken or expired (default: 7d)",
  schedules: "schedules that ended (default: 30d)",
  snapshots: "former versions of snapshots (default: never removed by age)",
};

async function retain(flags: RetainFlags): Promise<void> {
  requireFolder(flags);
  await using store = await openStore({ ...placeOf(flags), migrate: false });
  const policy = Object.fromEntries(
    Object.keys(kinds).flatMap((kind) => {
      const period = flags[kind as RetentionKind];
      return period === undefined ? [] : [[kind, period]];
    }),
  );
  if (flags.dryRun) {
    print(await store.retain(policy, { dryRun: true }), flags);
    return;
  }
  let retained = await store.retain(policy);
  let total = retained.counts;
  while (!retained.isComplete) {
    retained = await store.retain(policy);
    total = sum(total, retained.counts);
  }
  print({ ...retained, counts: total }, flags);
}

function sum(before: Retained["counts"], more: Retained["counts"]): Retained["counts"] {
  const entries = Object.entries(before).map(([kind, count]) => [kind, count + more[kind as RetentionKind]]);
  return Object.fromEntries(entries) as Retained["counts"];
}

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
