import { Cron, CronPattern } from "croner";
import { checkText, invalid } from "../core/input.ts";
import { quote } from "../core/quote.ts";
import type { Ticks } from "./ticks.ts";

/** The longest pattern, enough to name every minute and second. */
const cronLengthMax = 1000;

const nicknames = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

const accepted = `five fields (minute hour day month weekday), six with seconds in front, or one of ${nicknames.join(" ")}`;

/** Checks a pattern: it must have at least one tick in some year. Returns it with single spaces. */
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

/** Checks the name of a time zone that this process knows. */
export function checkTimeZone(value: unknown): string {
  const name = checkText(value, "timeZone");
  try {
    // Offsets such as "+02:00" have no daylight saving time and are not IANA names.
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
      // Ticks are whole seconds, and croner returns times before the given one.
      const behind = new Date(Math.floor(upTo.getTime() / 1000) * 1000 + 1000);
      return cron.previousRuns(count, behind).toReversed();
    },
  };
}

/**
 * croner's reading of a pattern, with one rule for days when clocks change.
 *
 * croner itself reads a pattern without wildcards as a list of times of day. It makes up for a skipped time and ignores the repetition of
 * one. It reads any other pattern by elapsed time. On the day without a 02:00, a quarter-hourly pattern between two and three would thus
 * lose its ticks. So the choice is made before. A pattern of every hour goes by elapsed time. Any other is written out as its times of
 * day.
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

/** A field as the list of its numbers. */
function listOf(field: readonly number[]): string {
  return field.flatMap((each, value) => (each === 1 ? [value] : [])).join(",");
}
