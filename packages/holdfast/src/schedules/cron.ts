import { Cron, CronPattern } from "croner";
import { checkText, invalid } from "../database/input.ts";
import { quote } from "../quote.ts";
import type { Ticks } from "./ticks.ts";

/** The most characters of a pattern: enough to name every minute and second. */
const cronLengthMax = 1000;

const nicknames = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

const accepted = `five fields (minute hour day month weekday), six with seconds in front, or one of ${nicknames.join(" ")}`;

/** A pattern that has at least one tick in some year, with single spaces. */
export function checkCron(value: unknown): string {
  const text = checkText(value, "cron").trim().replaceAll(/\s+/g, " ");
  if (text.length > cronLengthMax) throw invalid("cron", `is longer than ${cronLengthMax} characters`);
  const isNickname = nicknames.includes(text.toLowerCase());
  if (!isNickname && !/^[^ @]+( [^ @]+){4,5}$/.test(text)) {
    throw invalid("cron", `is ${quote(text)}, and must have ${accepted}`);
  }
  try {
    if (cronOf(text, "UTC").nextRun(new Date(0)) !== null) return text;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^\w+: /, "").replace(/\.$/, "") : String(error);
    throw invalid("cron", `is ${quote(text)}, which cannot be read (${reason}): it must have ${accepted}`);
  }
  throw invalid("cron", `is ${quote(text)}, which never comes: no date of any year matches it`);
}

/** The name of a time zone that this process knows. */
export function checkTimeZone(value: unknown): string {
  const name = checkText(value, "timeZone");
  try {
    // Offsets such as "+02:00", which know no summer time, are none of the IANA's names.
    if (/^[a-z]/i.test(name)) {
      Intl.DateTimeFormat("en", { timeZone: name });
      return name;
    }
  } catch {
    // Falls through to the same answer.
  }
  throw invalid("timeZone", `is ${quote(name)}, and must be a name of the IANA, such as Europe/Berlin or UTC`);
}

/** The ticks of a checked pattern in a checked time zone. */
export function cronTicks(pattern: string, timeZone: string): Ticks {
  const cron = cronOf(pattern, timeZone);
  return {
    next: (after) => cron.nextRun(after),
    newest: (upTo, count) => {
      // Ticks are whole seconds, and what croner gives lies before the moment that it is given.
      const behind = new Date(Math.floor(upTo.getTime() / 1000) * 1000 + 1000);
      return cron.previousRuns(count, behind).toReversed();
    },
  };
}

/**
 * croner's reading of a pattern, with one rule for the days on which clocks are changed.
 *
 * By itself croner takes a pattern for a list of times of day where its fields hold no wildcard, and then makes up for a time
 * that the clock leaps over and passes by one that comes twice; any other pattern it takes to go by elapsed time, which loses
 * what a quarter-hourly pattern between two and three has to do on the day without a 02:00. So the question is settled before: a
 * pattern of every hour of the day goes by elapsed time, and any other is written out as the times of day that it means.
 */
function cronOf(pattern: string, timeZone: string): Cron {
  const fields = pattern.split(" ");
  const options = { timezone: timeZone, paused: true, fixedTimeRule: "no-wildcard" } as const;
  if (fields.length === 1) return new Cron(pattern, options);
  const { second, minute, hour } = new CronPattern(pattern, timeZone);
  const days = fields.slice(-3);
  const isEveryHour = hour.every((each) => each === 1);
  const times = [listOf(second), listOf(minute), isEveryHour ? "*" : listOf(hour)];
  return new Cron([...times, ...days].join(" "), options);
}

/** A field written out: the numbers that it stands for. */
function listOf(field: readonly number[]): string {
  return field.flatMap((each, value) => (each === 1 ? [value] : [])).join(",");
}
