import { expect, test } from "vitest";
import type { CatchUpPolicy } from "../core/enums.generated.ts";
import { type DueTicks, dueTicks, ticksMax } from "./due.ts";
import { ticksOf } from "./rule.ts";

const start = Date.UTC(2026, 0, 1);
const always = { cron: null, timeZone: "UTC", anchorAt: new Date(start), startsAt: null, endsAt: null };
const secondly = ticksOf({ ...always, everyMs: 1000 });
const at = (seconds: number): Date => new Date(start + seconds * 1000);

/** Decides about the ticks of every second from the first to `now`. */
function due(first: number, now: number, catchUp: CatchUpPolicy, catchUpLimit = 100): DueTicks {
  return dueTicks(secondly, { nextAt: at(first), now: at(now), catchUp, catchUpLimit, missedAfterMs: 60_000 });
}

test("ticks that are not late all get their jobs, whatever the policy, some at a time", () => {
  for (const policy of ["skip", "latest", "all"] as const) {
    expect(due(10, 10.9, policy)).toEqual({ ticks: [at(10)], nextAt: at(11), missed: null });
    expect(due(10, 12, policy)).toEqual({ ticks: [at(10), at(11), at(12)], nextAt: at(13), missed: null });
    const many = due(10, 70, policy);
    expect(many.ticks).toHaveLength(ticksMax);
    expect(many.nextAt).toEqual(at(10 + ticksMax));
  }
});

test("after a downtime, skip leaves out all but a newest tick that is not late itself", () => {
  expect(due(10, 71, "skip")).toEqual({ ticks: [at(71)], nextAt: at(72), missed: { from: at(10), to: at(70) } });
  const hourly = ticksOf({ ...always, everyMs: 3_600_000 });
  const request = { catchUp: "skip", catchUpLimit: 1, missedAfterMs: 60_000 } as const;
  expect(dueTicks(hourly, { ...request, nextAt: at(3600), now: at(3661) })).toEqual({
    ticks: [],
    nextAt: at(7200),
    missed: { from: at(3600), to: at(3600) },
  });
});

test("after a downtime, latest makes one job, however late it is", () => {
  const hourly = ticksOf({ ...always, everyMs: 3_600_000 });
  const request = { catchUp: "latest", catchUpLimit: 1, missedAfterMs: 60_000 } as const;
  expect(dueTicks(hourly, { ...request, nextAt: at(3600), now: at(4 * 3600 + 1800) })).toEqual({
    ticks: [at(4 * 3600)],
    nextAt: at(5 * 3600),
    missed: { from: at(3600), to: at(3 * 3600) },
  });
  expect(dueTicks(hourly, { ...request, nextAt: at(3600), now: at(5400) })).toEqual({
    ticks: [at(3600)],
    nextAt: at(7200),
    missed: null,
  });
});

test("after a downtime, all makes up for the newest ticks up to the limit, some at a time, and tells of the others", () => {
  expect(due(10, 100, "all", 91)).toMatchObject({ missed: null });
  expect(due(10, 100, "all", 90)).toMatchObject({ missed: { from: at(10), to: at(10) } });
  let left = due(10, 1000, "all");
  expect(left.missed).toEqual({ from: at(10), to: at(900) });
  const ticks = [...left.ticks];
  while (left.nextAt !== null && left.nextAt <= at(1000)) {
    left = dueTicks(secondly, {
      nextAt: left.nextAt,
      now: at(1000),
      catchUp: "all",
      catchUpLimit: 100,
      missedAfterMs: 60_000,
    });
    expect(left.missed).toBe(null);
    ticks.push(...left.ticks);
  }
  expect(ticks).toEqual(Array.from({ length: 100 }, (_, i) => at(901 + i)));
});

test("a downtime of a hundred years takes no longer than one of a minute", () => {
  const centuryMs = 100 * 365 * 86_400_000;
  const perSecond = ticksOf({ ...always, cron: "* * * * * *", everyMs: null, timeZone: "Europe/Berlin" });
  let calls = 0;
  const counting = {
    next: (after: Date) => (calls++, perSecond.next(after)),
    newest: (upTo: Date, count: number) => (calls++, perSecond.newest(upTo, count)),
  };
  for (const catchUp of ["skip", "latest", "all"] as const) {
    calls = 0;
    const now = new Date(start + centuryMs);
    dueTicks(counting, { nextAt: at(0), now, catchUp, catchUpLimit: 100, missedAfterMs: 60_000 });
    expect(calls).toBeLessThan(2 * ticksMax);
  }
});
