import { InvalidArgumentError, Option } from "commander";

/** Reads a whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };
}

/** An option that takes words of a fixed set, several by commas or by repetition. */
export function wordsOption<Word extends string>(flags: string, about: string, words: readonly Word[]): Option {
  // `argParser` comes last, because `choices` sets a parser of one word.
  return new Option(flags, about).choices(words).argParser((text: string, former: readonly Word[] | undefined) => {
    const given = text.split(",").map((each) => {
      const word = words.find((known) => known === each);
      if (word === undefined) throw new InvalidArgumentError(`Allowed choices are ${words.join(", ")}.`);
      return word;
    });
    return [...(former ?? []), ...given];
  });
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a duration, such as 30d, 12h, 90m, 10s or 250ms, in milliseconds. */
export function duration(text: string): number {
  const [, count, unit = ""] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const ms = unitMs[unit];
  if (count === undefined || ms === undefined) {
    throw new InvalidArgumentError("Give a number with a unit, such as 30d, 12h, 90m, 10s or 250ms.");
  }
  return Number(count) * ms;
}

/** Reads a value, or the word `none`. Not null for it, which commander would take for an option without a value. */
export function orNone<Value>(read: (text: string) => Value): (text: string) => Value | "none" {
  return (text) => (text === "none" ? text : read(text));
}

/** Reads a time: a date in ISO 8601, or how long ago it was. */
export function moment(text: string): Date {
  if (/^\d{1,9}(ms|s|m|h|d)$/.test(text)) return new Date(Date.now() - duration(text));
  const at = new Date(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(at.getTime())) return at;
  throw new InvalidArgumentError("Give a date such as 2026-01-31T12:00:00Z, or how long ago, such as 2h.");
}

/** Reads the value of a label: a number or a boolean if it looks like one; in quotes it is a text. */
export function plainValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text.replace(/^"(.*)"$/s, "$1");
}

/** Reads a label, `name=value`, and adds it to the former ones. */
export function plainLabel(
  text: string,
  former: Readonly<Record<string, string | number | boolean>> = {},
): Readonly<Record<string, string | number | boolean>> {
  const [, name, value = ""] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError("Give name=value.");
  return { ...former, [name]: plainValue(value) };
}
