import { didYouMean } from "../nearest.ts";
import { invalidSetting } from "./invalid.ts";
import { Secret } from "./secret.ts";

/**
 * How one setting is checked: `field` takes an option's value of any type, `text` takes what a URL or a variable holds.
 * `label` is for messages; `name` is the bare parameter or variable, whose ending tells the unit of a time.
 */
export interface Reader<T> {
  readonly field: (value: unknown, label: string) => T;
  readonly text: (text: string, label: string, name: string) => T;
}

/** "a string", "an array", "null": what a value is, in words, without showing it. */
export function describeType(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function inRange(value: unknown, label: string, min: number, max: number): number {
  if (typeof value !== "number") {
    throw invalidSetting(label, `is ${describeType(value)}: give a whole number from ${min} to ${max}.`);
  }
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalidSetting(label, `is ${value}: give a whole number from ${min} to ${max}.`);
  }
  return value;
}

function toNumber(text: string, label: string, min: number, max: number): number {
  if (!/^\s*-?\d{1,15}\s*$/.test(text)) {
    throw invalidSetting(label, `is not a whole number: give one from ${min} to ${max}.`);
  }
  return Number(text);
}

/** A whole number within bounds, both included. */
export function whole(min: number, max: number): Reader<number> {
  return {
    field: (value, label) => inRange(value, label, min, max),
    text: (text, label) => inRange(toNumber(text, label, min, max), label, min, max),
  };
}

/** The longest delay that JavaScript timers keep: a longer one would fire at once. */
const delayMsMax = 2_147_483_647;

/** A time in milliseconds; 0 = no limit. As text it is in seconds, like libpq's, unless its name ends in `_ms`. */
export const timeMs: Reader<number> = {
  field: (value, label) => inRange(value, label, 0, delayMsMax),
  text: (text, label, name) => {
    const scale = name.toLowerCase().endsWith("_ms") ? 1 : 1000;
    const max = Math.floor(delayMsMax / scale);
    return inRange(toNumber(text, label, 0, max), label, 0, max) * scale;
  },
};

const truths = new Map([
  ...["1", "true", "on", "yes"].map((word) => [word, true] as const),
  ...["0", "false", "off", "no"].map((word) => [word, false] as const),
]);

/** Yes or no; as text true/false, on/off, yes/no or 1/0. */
export const flag: Reader<boolean> = {
  field: (value, label) => {
    if (typeof value === "boolean") return value;
    throw invalidSetting(label, `is ${describeType(value)}: give true or false.`);
  },
  text: (text, label) => {
    const truth = truths.get(text.trim().toLowerCase());
    if (truth === undefined) throw invalidSetting(label, "is neither true nor false: give one of them.");
    return truth;
  },
};

function readText(value: unknown, label: string): string {
  if (typeof value !== "string") throw invalidSetting(label, `is ${describeType(value)}: give a string.`);
  if (value === "") throw invalidSetting(label, "is empty: give a value, or leave it out.");
  if (value.includes("\0")) throw invalidSetting(label, "holds a NUL character: remove it.");
  return value;
}

/** Text that is not empty. */
export const text: Reader<string> = { field: readText, text: readText };

/** Text that is kept from view. */
export const secret: Reader<Secret<string>> = {
  field: (value, label) => new Secret(readText(value, label)),
  text: (value, label) => new Secret(readText(value, label)),
};

/** One of a few words. */
export function oneOf<T extends string>(choices: readonly T[]): Reader<T> {
  const read = (value: unknown, label: string): T => {
    const choice = choices.find((known) => known === value);
    if (choice !== undefined) return choice;
    const known = choices.join(", ");
    if (typeof value !== "string") throw invalidSetting(label, `is ${describeType(value)}: give one of ${known}.`);
    throw invalidSetting(label, `is not a known value: give one of ${known}.${didYouMean(value, choices)}`);
  };
  return { field: read, text: read };
}
