import { InvalidInputError } from "holdfast/errors";

/** The names that the options of a read may have. Emmett's command handler passes its own `retry` on. */
export const readNames: readonly string[] = ["from", "to", "maxCount", "expectedStreamVersion", "schema", "retry"];

/** The names that the options of an append may have. */
export const appendNames: readonly string[] = ["expectedStreamVersion", "schema", "retry"];

/** An error about an argument, named by its field. */
export function invalid(field: string, what: string): InvalidInputError {
  return new InvalidInputError(`${field} ${what}.`, { facts: { field } });
}

/** Checks that a value is an object whose names are all known. */
export function checkNames(value: unknown, field: string, names: readonly string[]): void {
  if (typeof value !== "object" || value === null) throw invalid(field, "must be an object");
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) throw invalid(`${field}.${unknown}`, `is unknown: use ${names.join(", ")}`);
}

/** Checks the options of a call. */
export function checkOptions(options: unknown, names: readonly string[]): void {
  checkNames(options, "options", names);
  const { schema } = options as { readonly schema?: { readonly versioning?: Readonly<Record<string, unknown>> } };
  for (const name of ["upcast", "downcast"]) {
    const change = schema?.versioning?.[name];
    if (change !== undefined) checkFunction(change, `options.schema.versioning.${name}`);
  }
}

/** Checks that a value can be called. */
export function checkFunction(value: unknown, field: string): void {
  if (typeof value !== "function") throw invalid(field, "must be a function");
}

/** A text that PostgreSQL keeps, of at most so many bytes. */
export function checkText(value: unknown, field: string, bytesMax: number): string {
  if (typeof value !== "string" || value === "") throw invalid(field, "must be a text that is not empty");
  if (value.includes("\u0000") || /\p{Surrogate}/u.test(value)) {
    throw invalid(field, "holds a NUL character or a lone surrogate, which PostgreSQL cannot keep");
  }
  const bytes = Buffer.byteLength(value);
  if (bytes > bytesMax) throw invalid(field, `has ${bytes} bytes, above the limit of ${bytesMax}`);
  return value;
}

/** What a refused append calls the payload of an event. */
const payloadName = /^entries\[(\d+)\]\.payload\./u;

/** An error about the payload of an entry as one about the event that the caller gave; any other as it is. */
export function toEventError(error: unknown): unknown {
  if (!(error instanceof InvalidInputError)) return error;
  const { field } = error.facts;
  if (typeof field !== "string" || !payloadName.test(field)) return error;
  const ofEvent = field.replace(payloadName, "events[$1].");
  return new InvalidInputError(error.message.replace(field, ofEvent), { cause: error, facts: { field: ofEvent } });
}
