import { jsonCodec } from "../core/codec.ts";
import { type CheckedByDefinition, isDefined, nameOf } from "../core/defined.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkMethods, checkTextOf } from "../core/input.ts";
import { checkSchemas, type StandardSchema } from "../core/standard-schema.ts";
import type { Labels } from "../executions/executions.ts";

/** How values are written as bytes, and read again. */
export interface KvCodec<Value> {
  encode(value: Value): Uint8Array;
  decode(bytes: Uint8Array): Value;
}

/** A prefix of kv, and the type of the values below it. Accepted where a prefix is. Made by {@link defineKv}. */
export interface KvDefinition<Value = unknown, Read = Value> {
  readonly kind: "kv";
  /** The prefix. */
  readonly name: string;
  readonly schemas: KvSchemas<Value, Read>;
  readonly codec: KvCodec<Value>;
  /** Types only: never set. */
  readonly types?: { readonly value: Value; readonly read: Read } | undefined;
  /** An entry to write, for the list of `setMany`. */
  entry(key: string, value: Value, options?: EntryOptions): DefinedEntry;
}

/** The options of an entry. */
export interface EntryOptions {
  readonly ttlMs?: number | undefined;
  readonly expectedVersion?: number | undefined;
  readonly labels?: Labels | undefined;
}

/** A prefix by its text or by its definition. */
export type PrefixName = string | KvDefinition;

/** What is written below a prefix: bytes or null where it is not defined. */
export type ValueOf<P> = P extends KvDefinition ? NonNullable<P["types"]>["value"] : Uint8Array | null;

/** What is read below a prefix: the value, as its schema gives it. */
export type ReadValueOf<P> = P extends KvDefinition ? NonNullable<P["types"]>["read"] : Uint8Array | null;

/** An entry that a {@link KvDefinition} has made. */
export interface DefinedEntry extends EntryOptions {
  readonly prefix: KvDefinition;
  readonly key: string;
  readonly value: CheckedByDefinition;
}

/** The schema of values, of any library that implements Standard Schema. */
export interface KvSchemas<Value = unknown, Read = Value> {
  /** Checks values when they are written, and when they are read. */
  readonly value?: StandardSchema<Value, Read> | undefined;
}

/** How the values below a prefix are checked and written. */
export interface KvForm<Value = unknown, Read = Value> extends KvSchemas<Value, Read> {
  /** JSON in UTF-8 by default, which refuses what it would change. */
  readonly codec?: KvCodec<Value> | undefined;
}

const formFields: Fields<KvForm> = fieldsOf<KvForm>({ value: true, codec: true });

/** The size of a prefix, and of a key: both together fit in one index entry. */
const keyBytes = { min: 0, max: 1024 } as const;

const jsonText: KvCodec<unknown> = {
  encode: (value) => Buffer.from(jsonCodec.encode(value, "value")),
  decode: (bytes) => jsonCodec.decode(Buffer.from(bytes).toString()),
};

/**
 * Defines what is kept below a prefix of kv: the type of the values, and how they become bytes. It writes nothing to the database.
 *
 * ```ts
 * import { defineKv } from "holdfast";
 *
 * const sessions = defineKv<{ user: string }>("sessions");
 * ```
 *
 * Give a schema instead of a type to have values checked too, when they are written and when they are read. The store's codec does not
 * apply to kv: encrypt in a `codec` of your own.
 *
 * @throws InvalidInputError
 */
export function defineKv<Value = unknown, Read = Value>(
  prefix: string,
  form: KvForm<Value, Read> = {},
): KvDefinition<Value, Read> {
  const { value: schema, codec = jsonText } = formFields.read(form, "form");
  checkMethods(codec, "codec", ["encode", "decode"]);
  const definition: KvDefinition<Value, Read> = {
    kind: "kv",
    name: checkKeyText(prefix, "prefix"),
    schemas: checkSchemas({ value: schema }),
    codec: codec as KvCodec<Value>,
    entry: (key, value, options) => ({ ...options, prefix: definition, key, value }) as unknown as DefinedEntry,
  };
  return Object.freeze(definition);
}

/** Checks a prefix or a key: any text of 0 to 1,024 bytes. */
export function checkKeyText(value: unknown, field: string): string {
  return checkTextOf(value, field, keyBytes);
}

/** The text of a prefix that is given as such or defined, checked. */
export function checkPrefix(prefix: unknown): string {
  return checkKeyText(nameOf("kv", prefix), "prefix");
}

/** The definition of a prefix; null where it is given as text. */
export function definitionOf(prefix: PrefixName): KvDefinition | null {
  return isDefined("kv", prefix) ? prefix : null;
}
