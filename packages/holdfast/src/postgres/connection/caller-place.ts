import type { ClientBase, Pool } from "pg";
import { invalidSetting } from "../../core/settings/invalid.ts";
import { describeType } from "../../core/settings/readers.ts";
import type { PGliteLike } from "./connection-options.ts";
import type { CallerClientSettings, CallerPGliteSettings, CallerPoolSettings } from "./connection-settings.ts";
import { resolveProtocol } from "./server.ts";
import { readSetting, type Sources } from "./statements.ts";

function hasMethods(value: object, names: readonly string[]): boolean {
  return names.every((name) => typeof Reflect.get(value, name) === "function");
}

// By shape, not by class: the caller's copy of the driver may differ from ours.
function isPool(value: object): value is Pool {
  return hasMethods(value, ["connect", "query", "on", "end"]) && "totalCount" in value;
}

function isClient(value: object): value is ClientBase {
  return hasMethods(value, ["query", "on"]) && !("totalCount" in value) && !isPGlite(value);
}

function isPGlite(value: object): value is PGliteLike {
  return hasMethods(value, ["execProtocolRaw", "runExclusive"]) && "waitReady" in value;
}

/** Checks the caller's object, and hides it from printed settings, because a pool may show its URL. */
export function callerPlace(
  kind: "pool" | "client" | "pglite",
  value: unknown,
  sources: Sources,
): CallerPoolSettings | CallerClientSettings | CallerPGliteSettings {
  const owned: object = typeof value === "object" && value !== null ? value : {};
  if (kind === "pool" && isPool(owned)) {
    return hide({ kind, pool: owned, ...resolveProtocol(sources) }, kind);
  }
  if (kind === "client" && isClient(owned)) {
    return hide({ kind, client: owned, ...resolveProtocol(sources) }, kind);
  }
  if (kind === "pglite" && isPGlite(owned)) {
    return hide({ kind, pglite: owned, statementTimeoutMs: readSetting(sources, "statementTimeoutMs") }, kind);
  }
  const wanted = { pool: "a Pool of pg", client: "a Client of pg", pglite: "a PGlite" }[kind];
  const given = typeof value === "object" ? "another object" : describeType(value);
  throw invalidSetting(kind, `is ${value === null ? "null" : given}: give ${wanted}.`);
}

function hide<T extends object>(settings: T, name: keyof T): T {
  return Object.defineProperty(settings, name, { enumerable: false });
}
