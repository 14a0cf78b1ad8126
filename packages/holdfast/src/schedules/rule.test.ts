import { expect, test } from "vitest";
import { checkCron, checkTimeZone } from "./cron.ts";
import { type Rule, ticksOf } from "./rule.ts";

const always = { cron: null, everyMs: null, timeZone: "UTC", anchorAt: new Date(0), startsAt: null, endsAt: null };

/** The ticks of a rule after a moment; checks that reading backwards finds the same ones. */
function ticks(rule: Partial<Rule>, after: string, count: number): readonly string[] {
  const { next, newest } = ticksOf({ ...always, ...rule });
  const found: Date[] = [];
  let tick: Date | null = new Date(after);
  while (found.length < count && (tick = next(tick)) !== null) found.push(tick);
  expect(newest(found.at(-1) ?? new Date(after), found.length)).toEqual(found);
  return found.map((each) => each.toISOString().replace(":00.000Z", "Z"));
}

const berlin = { timeZone: "Europe/Berlin" };
const newYork = { timeZone: "America/New_York" };

test("a time of day that the clocks leap over comes when they have leapt", () => {
  const daily = { ...berlin, cron: checkCron("30 2 * * *") };
  expect(ticks(daily, "2026-03-27T12:00:00Z", 3)).toEqual([
    "2026-03-28T01:30Z",
    "2026-03-29T01:00Z",
    "2026-03-30T00:30Z",
  ]);
  const american = { ...newYork, cron: checkCron("30 2 * * *") };
  expect(ticks(american, "2026-03-07T12:00:00Z", 2)).toEqual(["2026-03-08T07:00Z", "2026-03-09T06:30Z"]);
});

test("several times of day that the clocks leap over come once together", () => {
  const expected = ["2026-03-28T01:45Z", "2026-03-29T01:00Z", "2026-03-30T00:00Z"];
  for (const cron of ["*/15 2 * * *", "0,15,30,45 2 * * *", "0-59/15 2 * * *", "0 */15 2 * * *"]) {
    expect(ticks({ ...berlin, cron: checkCron(cron) }, "2026-03-28T01:30:00Z", 3)).toEqual(expected);
  }
  // The shifted time has a tick of its own.
  const neighbors = { ...berlin, cron: checkCron("0 2,3 * * *") };
  expect(ticks(neighbors, "2026-03-28T12:00:00Z", 2)).toEqual(["2026-03-29T01:00Z", "2026-03-30T00:00Z"]);
  const evenHours = { ...berlin, cron: checkCron("0 */2 * * *") };
  expect(ticks(evenHours, "2026-03-28T22:30:00Z", 3)).toEqual([
    "2026-03-28T23:00Z",
    "2026-03-29T01:00Z",
    "2026-03-29T02:00Z",
  ]);
});

test("a time of day that comes twice has one tick, the first time", () => {
  const daily = { ...berlin, cron: checkCron("30 2 * * *") };
  expect(ticks(daily, "2026-10-24T12:00:00Z", 2)).toEqual(["2026-10-25T00:30Z", "2026-10-26T01:30Z"]);
  expect(ticks(daily, "2026-10-25T00:45:00Z", 1)).toEqual(["2026-10-26T01:30Z"]);
  const quarters = { ...berlin, cron: checkCron("*/15 2 * * *") };
  expect(ticks(quarters, "2026-10-25T00:20:00Z", 3)).toEqual([
    "2026-10-25T00:30Z",
    "2026-10-25T00:45Z",
    "2026-10-26T01:00Z",
  ]);
  const american = { ...newYork, cron: checkCron("30 1 * * *") };
  expect(ticks(american, "2026-10-31T12:00:00Z", 2)).toEqual(["2026-11-01T05:30Z", "2026-11-02T06:30Z"]);
});

test("a pattern of every hour goes by elapsed time on the days when clocks are changed", () => {
  for (const cron of ["0 * * * *", "0 0-23 * * *", "@hourly", "0 0 */1 * * *"]) {
    const hourly = { ...berlin, cron: checkCron(cron) };
    expect(ticks(hourly, "2026-03-28T23:30:00Z", 3)).toEqual([
      "2026-03-29T00:00Z",
      "2026-03-29T01:00Z",
      "2026-03-29T02:00Z",
    ]);
    expect(ticks(hourly, "2026-10-24T23:30:00Z", 4)).toEqual([
      "2026-10-25T00:00Z",
      "2026-10-25T01:00Z",
      "2026-10-25T02:00Z",
      "2026-10-25T03:00Z",
    ]);
  }
  const quarters = { ...newYork, cron: checkCron("*/15 * * * *") };
  for (const change of ["2026-03-08T05:00:00Z", "2026-11-01T04:00:00Z"]) {
    const found = ticks(quarters, change, 16).map((each) => Date.parse(each));
    expect(found.map((each, i) => each - (found[i - 1] ?? each - 900_000))).toEqual(Array(16).fill(900_000));
  }
});

test("a day without midnight has its midnight when it begins", () => {
  const midnight = { timeZone: "America/Sao_Paulo", cron: checkCron("@daily") };
  expect(ticks(midnight, "2018-11-03T12:00:00Z", 2)).toEqual(["2018-11-04T03:00Z", "2018-11-05T02:00Z"]);
});

test("patterns mean what they mean elsewhere", () => {
  const after = "2026-01-01T00:00:00Z";
  const first = (cron: string): readonly string[] => ticks({ cron: checkCron(cron) }, after, 2);
  expect(first("0 0 29 2 *")).toEqual(["2028-02-29T00:00Z", "2032-02-29T00:00Z"]);
  expect(first("0 0 1 * mon")).toEqual(["2026-01-05T00:00Z", "2026-01-12T00:00Z"]);
  expect(first("0 0 L * *")).toEqual(["2026-01-31T00:00Z", "2026-02-28T00:00Z"]);
  expect(first("0 12 * * FRI#2")).toEqual(["2026-01-09T12:00Z", "2026-02-13T12:00Z"]);
  expect(first("  0\t6   * * 7 ")).toEqual(["2026-01-04T06:00Z", "2026-01-11T06:00Z"]);
  expect(first("@Weekly")).toEqual(["2026-01-04T00:00Z", "2026-01-11T00:00Z"]);
  expect(ticks({ cron: checkCron("*/20 * * * * *") }, "2026-01-01T00:00:19.999Z", 2)).toEqual([
    "2026-01-01T00:00:20.000Z",
    "2026-01-01T00:00:40.000Z",
  ]);
});

test("what is no pattern, or never comes, is refused", () => {
  const refused = [
    "",
    "daily",
    "@reboot",
    "@every 5m",
    "* * * *",
    "* * * * * * *",
    "60 * * * *",
    "* 24 * * *",
    "0 0 0 * *",
    "0 0 32 * *",
    "0 0 * 13 *",
    "0 0 * * 8",
    "*/0 * * * *",
    "5-1 * * * *",
    "0/5 * * * *",
    "a * * * *",
    "2026-01-01T00:00:00Z",
    "0 0 30 2 *",
    "0 0 31 4,6,9,11 *",
    `${"0,".repeat(500)}0 * * * *`,
    "0 0 * * *\0",
    null,
    7,
  ];
  for (const pattern of refused) {
    expect(() => checkCron(pattern), String(pattern)).toThrow(expect.objectContaining({ facts: { field: "cron" } }));
  }
  expect(() => checkCron("0 0 30 2 *")).toThrow("never comes");
  for (const zone of ["Mars/Olympus", "", "+02:00", "Europe/", null, 1]) {
    expect(() => checkTimeZone(zone)).toThrow(expect.objectContaining({ facts: { field: "timeZone" } }));
  }
  expect(checkTimeZone("America/Argentina/Buenos_Aires")).toBe("America/Argentina/Buenos_Aires");
});

test("an interval is counted from its anchor, and has no tick before it", () => {
  const rule = { everyMs: 90_000, anchorAt: new Date("2026-01-01T00:00:30Z") };
  expect(ticks(rule, "2026-01-01T00:00:30Z", 2)).toEqual(["2026-01-01T00:02Z", "2026-01-01T00:03:30.000Z"]);
  expect(ticks(rule, "2025-01-01T00:00:00Z", 2)).toEqual(["2026-01-01T00:00:30.000Z", "2026-01-01T00:02Z"]);
  expect(ticksOf({ ...always, ...rule }).newest(new Date("2026-01-01T00:00:29Z"), 3)).toEqual([]);
  expect(ticksOf({ ...always, ...rule }).newest(new Date("2026-01-01T00:03:29Z"), 3)).toHaveLength(2);
  expect(ticks({ everyMs: 1000 }, "9999-12-31T23:59:58.500Z", 3)).toEqual(["9999-12-31T23:59:59.000Z"]);
});

test("no tick comes before the start or after the end, and both moments count", () => {
  const rule = {
    cron: checkCron("0 * * * *"),
    startsAt: new Date("2026-01-01T02:00:00Z"),
    endsAt: new Date("2026-01-01T04:00:00Z"),
  };
  expect(ticks(rule, "2026-01-01T00:00:00Z", 9)).toEqual([
    "2026-01-01T02:00Z",
    "2026-01-01T03:00Z",
    "2026-01-01T04:00Z",
  ]);
  expect(ticksOf({ ...always, ...rule }).newest(new Date("2027-01-01T00:00:00Z"), 9)).toHaveLength(3);
});
