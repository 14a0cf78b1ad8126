import { setTimeout as sleep } from "node:timers/promises";
import { openStore } from "../../src/index.ts";
import { resolveConnection } from "../../src/postgres/connection/resolve.ts";
import { command, sendAll } from "../../src/postgres/execute.ts";
import { openDatabase } from "../../src/postgres/open-database.ts";
import type { ScheduleInput } from "../../src/schedules/index.ts";
import { until } from "../support/waiting.ts";
import { Child, jobsOf } from "./support.ts";

/** How many times faster than the server's clock the store's goes, so that many ticks come in a short test. */
const speed = 20;

/** The jobs that the ticks should have, those that there are, and how many the schedules say they made. */
export interface Scheduled {
  readonly expected: readonly string[];
  readonly made: readonly string[];
  readonly counted: number;
  readonly errors: readonly string[];
}

/** Lets many processes run the same schedules, and kills some of them. */
export async function killSchedulers(
  url: string,
  { processes, kills, seconds }: { readonly processes: number; readonly kills: number; readonly seconds: number },
): Promise<Scheduled> {
  const store = await openStore({ url });
  try {
    await speedUp(url);
    const children = Array.from({ length: processes }, () => new Child("schedule", { url, poolMax: 2 }, ""));
    await Promise.all(children.map((child) => until(() => child.lines.includes("scheduling"))));
    const { updatedAt } = await store.schedules.save({ id: "clock", queue: "q", everyMs: 3_600_000 });
    const startsAt = new Date(Math.ceil(updatedAt.getTime() / 1000) * 1000 + 3000);
    const endsAt = new Date(startsAt.getTime() + (seconds - 1) * 1000);
    const common = { queue: "q", startsAt, endsAt, catchUp: "all", catchUpLimit: 1000 } as const;
    const schedules: readonly ScheduleInput[] = [
      { ...common, id: "a", everyMs: 1000 },
      { ...common, id: "b", everyMs: 1500 },
      { ...common, id: "c", cron: "* * * * * *", timeZone: "America/New_York" },
      { ...common, id: "d", cron: "*/5 * * * * *" },
    ];
    const saved = await store.schedules.saveMany(schedules);
    for (const child of children.slice(0, kills)) {
      await sleep(Math.random() * ((seconds * 1000) / speed / (kills + 1)));
      await child.kill();
    }
    await until(async () => (await store.schedules.list({ status: "ended" })).items.length === schedules.length);
    const ended = (await store.schedules.list({ status: "ended" })).items;
    return {
      expected: saved.flatMap(({ id, nextAt }) => momentsOf(id, nextAt ?? endsAt, endsAt)).toSorted(),
      made: (await jobsOf(store)).map((job) => job.id),
      counted: ended.reduce((sum, schedule) => sum + schedule.pushedCount, 0),
      errors: children.flatMap((child) => child.linesOf("error")),
    };
  } finally {
    await store.close();
  }
}

const everyMs: Readonly<Record<string, number>> = { a: 1000, b: 1500, c: 1000, d: 5000 };

/** The ids of the jobs that a schedule's ticks should have, from its first one on. */
function momentsOf(id: string, first: Date, endsAt: Date): readonly string[] {
  const ids: string[] = [];
  for (let at = first.getTime(); at <= endsAt.getTime(); at += everyMs[id] ?? 0) {
    ids.push(`${id}@${new Date(at).toISOString()}`);
  }
  return ids;
}

async function speedUp(url: string): Promise<void> {
  const database = await openDatabase(resolveConnection({ url }));
  const session = await database.connect();
  const since = new Date().toISOString();
  await sendAll(session, [
    command(`create or replace function holdfast.now() returns timestamptz language sql stable parallel safe
      as 'select timestamptz ''${since}'' + (pg_catalog.statement_timestamp() - timestamptz ''${since}'') * ${speed}'`),
  ]);
  session.release();
  await database.close();
}
