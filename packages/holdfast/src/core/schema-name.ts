import { InvalidInputError } from "./errors.ts";
import { quote } from "./quote.ts";

/** The schema that statements and migrations are written for; {@link bindSchema} replaces it with any other. */
export const defaultSchema = "holdfast";

/**
 * Checks a schema name: lower case, so that it reads the same quoted and unquoted, and short enough for PostgreSQL.
 *
 * @throws InvalidInputError for any other.
 */
export function checkSchemaName(name: string): string {
  const isText = typeof name === "string";
  if (isText && /^[a-z_][a-z0-9_]{0,62}$/.test(name) && !name.startsWith("pg_") && name !== "information_schema") {
    return name;
  }
  throw new InvalidInputError(
    `schema ${isText ? quote(name) : `of type ${typeof name}`} is not a name that Holdfast accepts: use 1 to 63 lower-case letters, digits and underscores, ` +
      "not starting with a digit or with pg_.",
    { facts: { field: "schema" } },
  );
}

/** SQL text with the literal schema `holdfast` replaced by the store's. */
export function bindSchema(text: string, schema: string): string {
  return text.replaceAll(/\bholdfast\./g, `"${schema}".`).replaceAll('"holdfast"', `"${schema}"`);
}
