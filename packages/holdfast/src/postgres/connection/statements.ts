import { type Environment, variable } from "../../core/settings/environment.ts";
import type { Fields } from "./option-fields.ts";
import type { Parameters } from "./parameters.ts";
import { settingTable } from "./setting-table.ts";
import type { SettingName, SettingValues } from "./setting-values.ts";

/** Everything that may state a setting: an option outranks the URL, the URL outranks the environment. */
export interface Sources {
  readonly fields: Fields;
  readonly parameters: Parameters | null;
  readonly env: Environment;
  /** Whether `POSTGRES_*` name the server, so that they also give its user, password and database. */
  readonly container: boolean;
}

/** One setting as its author stated it, unchecked. */
export interface Statement {
  readonly value: unknown;
  readonly origin: "option" | "url" | "environment";
  /** The bare option, parameter or variable. */
  readonly name: string;
  /** The same for messages: a parameter's says which URL. */
  readonly label: string;
}

/** Finds the statement that counts, or null. An empty URL parameter or variable counts as absent. */
export function findStatement(sources: Sources, name: SettingName): Statement | null {
  const { fields, parameters, env } = sources;
  if (fields.has(name)) return { value: fields.get(name), origin: "option", name, label: name };
  const { keywords, variables, container } = settingTable[name];
  for (const keyword of keywords) {
    const value = parameters?.values.get(keyword) ?? "";
    if (value !== "") return { value, origin: "url", name: keyword, label: `${keyword} in ${parameters?.origin}` };
  }
  for (const known of sources.container && container !== null ? [container, ...variables] : variables) {
    const value = variable(env, known);
    if (value !== null) return { value, origin: "environment", name: known, label: known };
  }
  return null;
}

/** What messages call a setting: as its author wrote it, else its option. */
export function labelOf(sources: Sources, name: SettingName): string {
  return findStatement(sources, name)?.label ?? name;
}

/** Reads one setting, checked, or its default. */
export function readSetting<Name extends SettingName>(sources: Sources, name: Name): SettingValues[Name] {
  const { reader, initial } = settingTable[name];
  const statement = findStatement(sources, name);
  if (statement === null) return initial;
  if (statement.origin === "option") return reader.field(statement.value, statement.label);
  return reader.text(String(statement.value), statement.label, statement.name);
}
