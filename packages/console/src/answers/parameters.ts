import { z } from "zod";
import type { ParametersOf, RoutePath } from "../protocol/index.ts";
import { badInput } from "./failures.ts";

/** The shape of a route's parameters: one schema for each that the protocol names. */
export type Shape<P extends RoutePath> = { readonly [K in keyof Required<ParametersOf<P>>]: z.ZodType };

/** An id, a name or a key. Holdfast checks its length in bytes. */
export const text: z.ZodString = z.string();

/** A whole number within bounds. */
export function whole(min: number, max: number): z.ZodType<number> {
  return z
    .string()
    .regex(/^-?\d{1,15}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));
}

/** A time in ISO 8601 with a zone. */
export const moment: z.ZodType<Date> = z.iso
  .datetime({ offset: true, error: "must be a time in ISO 8601 with a zone, such as 2026-01-31T08:00:00Z" })
  .transform((given) => new Date(given));

/** One of some words. */
export function word<const W extends readonly string[]>(words: W): z.ZodType<W[number]> {
  return z.enum(words, { error: `must be one of: ${words.join(", ")}` });
}

/** A parameter that may be repeated. */
export function several<T>(item: z.ZodType<T>): z.ZodType<readonly T[]> {
  return z.preprocess((given) => (typeof given === "string" ? [given] : given), z.array(item).max(100));
}

/** true or false. */
export const flag: z.ZodType<boolean> = z
  .enum(["true", "false"], { error: "must be true or false" })
  .transform((given) => given === "true");

/** The parameters of a page. */
export const page: {
  readonly after: z.ZodOptional<z.ZodString>;
  readonly limit: z.ZodOptional<z.ZodType<number>>;
  readonly order: z.ZodOptional<z.ZodType<"asc" | "desc">>;
} = {
  after: text.optional(),
  limit: whole(1, 1000).optional(),
  order: word(["asc", "desc"]).optional(),
};

/** Reads the parameters of a query string. @throws InvalidInputError that names the wrong one. */
export function readQuery<S extends z.ZodRawShape>(shape: S, query: URLSearchParams): z.output<z.ZodObject<S>> {
  const given = Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const values = query.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
  return readObject(shape, given);
}

/** Reads an object of known names. @throws InvalidInputError that names the wrong one. */
export function readObject<S extends z.ZodRawShape>(shape: S, given: unknown): z.output<z.ZodObject<S>> {
  const read = z.strictObject(shape).safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = issue?.path.join(".");
  if (issue?.code === "unrecognized_keys") {
    const known = Object.keys(shape);
    const advice = known.length === 0 ? "give none" : `give ${known.join(", ")}`;
    throw badInput(shortened(issue.keys[0] ?? ""), `is unknown here: ${advice}`);
  }
  throw badInput(shortened(path === undefined || path === "" ? "body" : path), problemOf(issue));
}

function problemOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code !== "invalid_type") return issue?.message ?? "is wrong";
  if (issue.input === undefined && issue.message.endsWith("undefined")) return "is missing: give it";
  return issue.message.includes("received array")
    ? "is given more than once: give it once"
    : `is wrong: ${issue.message}`;
}

function shortened(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}
