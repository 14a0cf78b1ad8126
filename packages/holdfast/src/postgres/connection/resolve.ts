import { type Environment, environmentPlace } from "../../core/settings/environment.ts";
import { invalidSetting } from "../../core/settings/invalid.ts";
import { text } from "../../core/settings/readers.ts";
import { callerPlace } from "./caller-place.ts";
import type { ConnectionOptions, Places } from "./connection-options.ts";
import type { ConnectionSettings, EmbeddedSettings } from "./connection-settings.ts";
import { type Fields, readFields, statedPlace } from "./option-fields.ts";
import { parseParameters } from "./parameters.ts";
import { namesServer, resolveServer } from "./server.ts";
import { settingNames, settingTable } from "./setting-table.ts";
import { readSetting, type Sources } from "./statements.ts";

/** The default location of an embedded database. */
const folderDefault = ".holdfast";

/**
 * Decides what to connect to and how, without connecting. For each setting an option outranks the URL, the URL outranks
 * the environment, and that outranks the default. Throws InvalidInputError naming the setting as its author wrote it.
 */
export function resolveConnection(options: ConnectionOptions, env: Environment = process.env): ConnectionSettings {
  const fields = readFields(options);
  const place = statedPlace(fields);
  const sources: Sources = { fields, parameters: null, env, container: false };
  if (place === null) return resolveFromEnvironment(sources);
  const settings = resolveStated(place, sources);
  checkApplicable(fields, settings, place);
  return settings;
}

function resolveStated(place: keyof Places, sources: Sources): ConnectionSettings {
  const value = sources.fields.get(place);
  switch (place) {
    case "folder":
      return resolveEmbedded(sources, text.field(value, place));
    case "memory":
      if (value !== true) throw invalidSetting(place, "is not true: give true, or leave it out.");
      return resolveEmbedded(sources, null);
    case "url":
      return resolveServer({ ...sources, parameters: parseParameters(text.field(value, place), place) });
    case "host":
      return resolveServer(sources);
    case "pool":
    case "client":
    case "pglite":
      return callerPlace(place, value, sources);
  }
}

/** Options that do not apply are no error here: one program may open a folder on one machine, and a server on another. */
function resolveFromEnvironment(sources: Sources): ConnectionSettings {
  const found = environmentPlace(sources.env);
  if (found.kind === "url") {
    return resolveServer({ ...sources, parameters: parseParameters(found.url, "DATABASE_URL") });
  }
  if (found.kind === "server") return resolveServer({ ...sources, container: found.container });
  if (namesServer(sources)) return resolveServer(sources);
  return resolveEmbedded(sources, found.kind === "folder" ? found.folder : folderDefault);
}

function resolveEmbedded(sources: Sources, folder: string | null): EmbeddedSettings {
  return {
    kind: "embedded",
    folder,
    durability: folder === null ? "none" : readSetting(sources, "durability"),
    statementTimeoutMs: readSetting(sources, "statementTimeoutMs"),
  };
}

function checkApplicable(fields: Fields, settings: ConnectionSettings, place: keyof Places): void {
  for (const name of settingNames) {
    const applies = settingTable[name].kinds.includes(settings.kind) && !(name === "durability" && place === "memory");
    if (fields.has(name) && !applies) {
      throw invalidSetting(name, `does not go with ${place}: leave one of them out.`);
    }
  }
}
