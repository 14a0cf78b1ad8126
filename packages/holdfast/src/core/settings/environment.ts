import { invalidSetting } from "./invalid.ts";

/** The environment, like `process.env`. A variable that is set but empty counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's value, or null if it is unset or empty. */
export function variable(env: Environment, name: string): string | null {
  const value = env[name];
  return value === undefined || value === "" ? null : value;
}

/** libpq's variables that name a server; a user or password alone does not. */
const serverVariables = ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGSERVICE"] as const;

/** Variables of the PostgreSQL container image, and the host and port that usually accompany them. */
const containerVariables = ["POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB"] as const;

/** The location that the environment names. */
export type EnvironmentPlace =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "server"; readonly container: boolean }
  | { readonly kind: "nothing" };

/**
 * Finds the location in the environment: the first of `DATABASE_URL`, `HOLDFAST_DATA`, `PG*`, `POSTGRES_*`. The first two both name the
 * store's only location, so having both is an error.
 */
export function environmentPlace(env: Environment): EnvironmentPlace {
  const url = variable(env, "DATABASE_URL");
  const folder = variable(env, "HOLDFAST_DATA");
  if (url !== null && folder !== null) {
    throw invalidSetting("DATABASE_URL", "and HOLDFAST_DATA both say where the database is: unset one of them.");
  }
  if (url !== null) return { kind: "url", url };
  if (folder !== null) return { kind: "folder", folder };
  const isSet = (name: string): boolean => variable(env, name) !== null;
  if (serverVariables.some(isSet)) return { kind: "server", container: false };
  if (containerVariables.some(isSet)) return { kind: "server", container: true };
  return { kind: "nothing" };
}
