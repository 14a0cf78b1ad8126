import { InvalidInputError } from "../../core/errors.ts";
import { isPlain } from "../../core/fields.ts";
import { didYouMean } from "../../core/nearest.ts";
import { shorten } from "../../core/quote.ts";
import { invalidSetting } from "../../core/settings/invalid.ts";
import { describeType } from "../../core/settings/readers.ts";
import type { Places } from "./connection-options.ts";
import { settingByKeyword, settingNames } from "./setting-table.ts";

/** The options as given, by name, those that are undefined left out. */
export type Fields = ReadonlyMap<string, unknown>;

const placeNames: readonly (keyof Places)[] = ["folder", "memory", "url", "host", "pool", "client", "pglite"];

/** The names of all options about the connection: what `resolveConnection` accepts. */
const connectionOptionNames: ReadonlySet<string> = new Set<string>([...placeNames, ...settingNames]);

/** Names that other libraries give to these options. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ["connectionString", "url"],
  ["dataDir", "folder"],
  ["max", "poolMax"],
  ["min", "poolMin"],
  ["path", "folder"],
  ["username", "user"],
]);

/** Checks the options' names, and that they state at most one location. */
export function readFields(options: unknown): Fields {
  if (!isPlain(options)) {
    const what = describeType(options);
    throw new InvalidInputError(`The connection options are ${what}: give an object, as { url: "postgres://…" }.`);
  }
  const fields = new Map<string, unknown>();
  for (const [name, value] of Object.entries(options)) {
    if (!connectionOptionNames.has(name)) throw unknown(name);
    if (value !== undefined) fields.set(name, value);
    // If the caller meant to give a location, falling back to another would scatter the data.
    else if (isPlace(name)) throw invalidSetting(name, "is undefined: give it a value, or leave it out.");
  }
  const [first, second] = placeNames.filter((name) => fields.has(name));
  if (first !== undefined && second !== undefined) {
    throw invalidSetting(first, `and ${second} both say where the database is: give one of them.`);
  }
  return fields;
}

/** The location that the options state, or null if the environment decides. */
export function statedPlace(fields: Fields): keyof Places | null {
  return placeNames.find((name) => fields.has(name)) ?? null;
}

function isPlace(name: string): boolean {
  return placeNames.some((place) => place === name);
}

function unknown(name: string): InvalidInputError {
  const other = elsewhere.get(name) ?? settingByKeyword.get(name);
  const hint = other === undefined ? didYouMean(name, connectionOptionNames) : ` Did you mean ${other}?`;
  return invalidSetting(shorten(name), `is not a known option: leave it out.${hint}`);
}
