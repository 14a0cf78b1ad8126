import { CorruptError } from "./errors.ts";
import { invalid } from "./input.ts";
import { fieldCharsMax, quote, shorten } from "./quote.ts";

/** A validator of any library that implements Standard Schema, version 1: zod, valibot, arktype and others. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validation<Output> | Promise<Validation<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a validator answers: the value as it gives it, or what is wrong with what it was given. */
export type Validation<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong with a value. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The pending check of an asynchronous validator; null if there is nothing to wait for. */
export type PendingCheck = Promise<void> | null;

/** Checks that each field is a schema, and freezes them. */
export function checkSchemas<S extends object>(schemas: S): S {
  for (const [field, schema] of Object.entries(schemas as Readonly<Record<string, unknown>>)) {
    if (schema === undefined || isSchema(schema)) continue;
    throw invalid(field, "must be a Standard Schema of version 1, such as one of zod, valibot or arktype");
  }
  return Object.freeze(schemas);
}

function isSchema(value: unknown): boolean {
  // A schema of arktype is a function.
  if (typeof value !== "function" && (typeof value !== "object" || value === null)) return false;
  const standard: unknown = Reflect.get(value, "~standard");
  return typeof standard === "object" && standard !== null && Reflect.get(standard, "version") === 1;
}

/** Where a value lies that is about to be written. */
export interface SchemaField {
  readonly name: string;
  /** The argument or the item of a list that has it, such as `input` or `jobs[2]`. */
  readonly place: string;
}

/**
 * Checks a value that is about to be written. A validator that answers at once refuses at once; its caller says where the field lies.
 *
 * @throws InvalidInputError that names the field inside the value.
 */
export function checkBySchema(
  schema: StandardSchema | undefined,
  value: unknown,
  { name, place }: SchemaField,
): PendingCheck {
  if (schema === undefined) return null;
  const validation = schema["~standard"].validate(value);
  if (!(validation instanceof Promise)) {
    refuse(validation, name);
    return null;
  }
  const checked = validation.then((result) => refuse(result, place.endsWith("]") ? `${place}.${name}` : name));
  // Its call may end before it is waited for, by what is wrong with another input.
  checked.catch(() => undefined);
  return checked;
}

/** The checks of inputs that travel together, as one; null if there is nothing to wait for. */
export function pendingChecks(
  ...lists: readonly (readonly { readonly check: PendingCheck }[])[]
): Promise<unknown> | null {
  let checks: Promise<void>[] | null = null;
  for (const inputs of lists) for (const { check } of inputs) if (check !== null) (checks ??= []).push(check);
  return checks && Promise.all(checks);
}

/** What a stored value is, for the error of one that does not fit. */
export interface StoredValue {
  /** Its name where it was written, such as `payload`. */
  readonly field: string;
  /** Whose value it is, as "job 7". */
  readonly of: string;
}

/**
 * A stored value as its schema gives it.
 *
 * @throws CorruptError that names the field, where it does not fit.
 */
export async function readBySchema(
  schema: StandardSchema,
  value: unknown,
  { field, of }: StoredValue,
): Promise<unknown> {
  const validation = await schema["~standard"].validate(value);
  if (validation.issues === undefined) return validation.value;
  const { path, problem } = describe(validation.issues, field);
  throw new CorruptError(
    `The ${field} of ${of} does not fit its schema, at ${path}: ${problem}. Give the schema a form for it, or write it again.`,
    { facts: { reason: "schema", field: path } },
  );
}

function refuse(validation: Validation<unknown>, field: string): void {
  if (validation.issues === undefined) return;
  const { path, problem } = describe(validation.issues, field);
  throw invalid(path, `is refused by its schema: ${problem}`);
}

/** The first issue: where it lies, and what it says, and how many others there are. */
function describe(issues: readonly SchemaIssue[], field: string): { readonly path: string; readonly problem: string } {
  const [{ message, path = [] } = { message: "it is refused" }, ...others] = issues;
  const said = message.trim().replace(/\.$/, "");
  return {
    path: shorten(field + path.map(toStep).join(""), fieldCharsMax),
    problem: others.length === 0 ? said : `${said} (and ${others.length} more)`,
  };
}

function toStep(segment: PropertyKey | { readonly key: PropertyKey }): string {
  const key = typeof segment === "object" ? segment.key : segment;
  if (typeof key === "number") return `[${key}]`;
  const name = String(key);
  return /^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(name) ? `.${name}` : `[${quote(name)}]`;
}
