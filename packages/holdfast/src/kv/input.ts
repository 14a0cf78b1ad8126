import { isUint8Array } from "node:util/types";
import type { JsonText } from "../core/codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger, checkOptionalCount, describeType, invalid } from "../core/input.ts";
import { checkBySchema, type PendingCheck } from "../core/standard-schema.ts";
import { encodeLabels } from "../executions/executions.ts";
import type { KvAppendInput, KvInput, KvKey, KvLabeledEntry, KvRemoval, KvTouchOptions } from "./entry.ts";
import {
  checkKeyText,
  checkPrefix,
  type DefinedEntry,
  definitionOf,
  type KvDefinition,
  type PrefixName,
} from "./kv-definition.ts";

/**
 * The most bytes of a value, and of the values of one statement. 64 MiB take seconds and a gigabyte of memory on their way into the
 * embedded database. Larger values belong in blobs.
 */
export const valueBytesMax: number = 16 * 1024 * 1024;

/** The longest time to live: ten years. */
const ttlMsMax = 10 * 366 * 24 * 60 * 60 * 1000;

/** The fields of an entry besides its name. An entry that was read can serve as a name. */
const entryOnlyFields = {
  value: false,
  version: false,
  createdAt: false,
  updatedAt: false,
  expiresAt: false,
  labels: false,
} as const;

const keyFields: Fields<KvKey<PrefixName>> = fieldsOf<KvKey<PrefixName>, KvLabeledEntry>({
  prefix: true,
  key: true,
  ...entryOnlyFields,
});

/** What is read or written by the definition of its prefix; null where the prefix is text. */
interface WithDefinition {
  readonly definition: KvDefinition | null;
}

/** Checks the name of an entry. */
export function encodeKey(given: KvKey<PrefixName>, field: string): KvKey & WithDefinition {
  const key = keyFields.read(given, field);
  return { ...checkKey(key), definition: definitionOf(key.prefix) };
}

/** Checks a prefix and a key. */
export function checkKey({ prefix, key }: KvKey<PrefixName>): KvKey {
  return { prefix: checkPrefix(prefix), key: checkKeyText(key, "key") };
}

/** Neither can contain the NUL that separates them. */
export function keyOf({ prefix, key }: KvKey): string {
  return `${prefix}\0${key}`;
}

/** An entry to write, checked and copied. */
export interface EncodedEntry extends KvKey, WithDefinition {
  readonly value: Uint8Array | null;
  readonly ttlMs: number | null;
  readonly expected: number | null;
  readonly labels: JsonText | null;
  /** To be waited for before the entry is sent. */
  readonly check: PendingCheck;
}

const entryFields: Fields<KvInput<PrefixName>> = fieldsOf<KvInput<PrefixName>, KvLabeledEntry>({
  prefix: true,
  key: true,
  value: true,
  ttlMs: true,
  expectedVersion: true,
  labels: true,
  version: false,
  createdAt: false,
  updatedAt: false,
  expiresAt: false,
});

/** Checks an entry to write and copies its value, which the caller may change afterwards. */
export function encodeEntry(input: KvInput<PrefixName> | DefinedEntry, field = "input"): EncodedEntry {
  const { value, ttlMs, expectedVersion, labels, ...name } = entryFields.read(input, field);
  const { prefix } = name;
  const definition = definitionOf(prefix);
  return {
    ...checkKey(name),
    definition,
    check: definition && checkBySchema(definition.schemas.value, value, { name: "value", place: field }),
    value: definition === null ? copyValue(value) : copyBytes(definition.codec.encode(value), "a Uint8Array"),
    ttlMs: checkTtl(ttlMs),
    expected: checkOptionalCount(expectedVersion, "expectedVersion", 0),
    labels: labels === undefined ? null : encodeLabels(labels),
  };
}

/** An entry to touch, checked. */
export interface EncodedTouch extends KvKey {
  readonly ttlMs: number | null;
}

const touchFields: Fields<KvTouchOptions> = fieldsOf<KvTouchOptions>({ ttlMs: true });

/** Checks a new time to live; null means permanent. */
export function encodeTouch(options: KvTouchOptions | undefined): number | null {
  return checkTtl(touchFields.readOptional(options, "options").ttlMs);
}

/** Bytes to add to a value, checked and copied. */
export interface EncodedAppend extends KvKey {
  readonly value: Uint8Array;
  readonly ttlMs: number | null;
}

const appendFields: Fields<KvAppendInput> = fieldsOf<KvAppendInput, KvLabeledEntry>({
  prefix: true,
  key: true,
  value: true,
  ttlMs: true,
  labels: false,
  version: false,
  createdAt: false,
  updatedAt: false,
  expiresAt: false,
});

/** Checks bytes to add, and copies them. */
export function encodeAppend(input: KvAppendInput): EncodedAppend {
  const { value, ttlMs, ...name } = appendFields.read(input, "input");
  return { ...checkKey(name), value: copyBytes(value, "a Uint8Array"), ttlMs: checkTtl(ttlMs) };
}

/** An entry to remove, checked. */
export interface EncodedRemoval extends KvKey {
  readonly expected: number | null;
}

const removalFields: Fields<KvRemoval> = fieldsOf<KvRemoval, KvLabeledEntry>({
  prefix: true,
  key: true,
  expectedVersion: true,
  ...entryOnlyFields,
});

/** Checks an entry to remove. */
export function encodeRemoval(input: KvRemoval, field: string): EncodedRemoval {
  return encodeNamed(removalFields.read(input, field));
}

/** Like {@link encodeRemoval}, for parts given separately. */
export function encodeNamed({ expectedVersion, ...name }: KvRemoval): EncodedRemoval {
  return { ...checkKey(name), expected: checkOptionalCount(expectedVersion, "expectedVersion", 0) };
}

function copyValue(value: unknown): Uint8Array | null {
  return value === null ? null : copyBytes(value, "a Uint8Array or null");
}

function copyBytes(value: unknown, wanted: string): Uint8Array {
  if (!isUint8Array(value)) {
    throw invalid("value", `must be ${wanted}, and is ${describeType(value)}: encode it, for example by TextEncoder`);
  }
  if (value.byteLength > valueBytesMax) {
    throw invalid("value", `has ${value.byteLength} bytes, above the limit of ${valueBytesMax}: keep it as a blob`);
  }
  return new Uint8Array(value);
}

function checkTtl(ttlMs: number | undefined): number | null {
  return ttlMs === undefined ? null : checkInteger(ttlMs, "ttlMs", { min: 1, max: ttlMsMax });
}
