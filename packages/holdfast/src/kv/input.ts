import { isUint8Array } from "node:util/types";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger, checkOptionalCount, checkTextOf, describeType, invalid } from "../database/input.ts";
import type { KvAppendInput, KvEntry, KvInput, KvKey, KvRemoval, KvTouchOptions } from "./entry.ts";

/** How many bytes a prefix has, and a key: both together fit in one entry of the index. */
const keyBytes = { min: 0, max: 1024 } as const;

/**
 * The most bytes of a value, and of the values of one statement: 64 MiB take seconds and a gigabyte of memory on their way into
 * the embedded database. What is larger belongs among the blobs.
 */
export const valueBytesMax: number = 16 * 1024 * 1024;

/** The longest life of an entry that ends: ten years. */
const ttlMsMax = 10 * 366 * 24 * 60 * 60 * 1000;

/** A prefix or a key: any text of 0 to 1,024 bytes. */
export function checkKeyText(value: unknown, field: string): string {
  return checkTextOf(value, field, keyBytes);
}

/** What an entry has besides its name: an entry that was read names itself. */
const besidesName = { value: false, version: false, createdAt: false, updatedAt: false, expiresAt: false } as const;

const keyFields: Fields<KvKey> = fieldsOf<KvKey, KvEntry>({ prefix: true, key: true, ...besidesName });

/** What names an entry, checked. */
export function encodeKey(given: KvKey, field: string): KvKey {
  return checkKey(keyFields.read(given, field));
}

/** Prefix and key, checked. */
export function checkKey({ prefix, key }: KvKey): KvKey {
  return { prefix: checkKeyText(prefix, "prefix"), key: checkKeyText(key, "key") };
}

/** A NUL separates the two, which neither can hold. */
export function keyOf({ prefix, key }: KvKey): string {
  return `${prefix}\0${key}`;
}

/** An entry to write, checked and copied. */
export interface EncodedEntry extends KvKey {
  readonly value: Uint8Array | null;
  readonly ttlMs: number | null;
  readonly expected: number | null;
}

const entryFields: Fields<KvInput> = fieldsOf<KvInput, KvEntry>({
  prefix: true,
  key: true,
  value: true,
  ttlMs: true,
  expectedVersion: true,
  version: false,
  createdAt: false,
  updatedAt: false,
  expiresAt: false,
});

/** Checks an entry to write and copies its value, which the caller may then change. */
export function encodeEntry(input: KvInput, field = "input"): EncodedEntry {
  const { value, ttlMs, expectedVersion, ...name } = entryFields.read(input, field);
  return {
    ...checkKey(name),
    value: value === null ? null : copyBytes(value, "a Uint8Array or null"),
    ttlMs: checkTtl(ttlMs),
    expected: checkOptionalCount(expectedVersion, "expectedVersion", 0),
  };
}

/** An entry to touch, checked. */
export interface EncodedTouch extends KvKey {
  readonly ttlMs: number | null;
}

const touchFields: Fields<KvTouchOptions> = fieldsOf<KvTouchOptions>({ ttlMs: true });

/** How long an entry stays that is touched, checked; null for ever. */
export function encodeTouch(options: KvTouchOptions | undefined): number | null {
  return checkTtl(touchFields.readOptional(options, "options").ttlMs);
}

/** Bytes to add to a value, checked and copied. */
export interface EncodedAppend extends KvKey {
  readonly value: Uint8Array;
  readonly ttlMs: number | null;
}

const appendFields: Fields<KvAppendInput> = fieldsOf<KvAppendInput, KvEntry>({
  prefix: true,
  key: true,
  value: true,
  ttlMs: true,
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

const removalFields: Fields<KvRemoval> = fieldsOf<KvRemoval, KvEntry>({
  prefix: true,
  key: true,
  expectedVersion: true,
  ...besidesName,
});

/** Checks an entry to remove. */
export function encodeRemoval(input: KvRemoval, field: string): EncodedRemoval {
  return encodeNamed(removalFields.read(input, field));
}

/** As {@link encodeRemoval}, of parts that were given by themselves. */
export function encodeNamed({ expectedVersion, ...name }: KvRemoval): EncodedRemoval {
  return { ...checkKey(name), expected: checkOptionalCount(expectedVersion, "expectedVersion", 0) };
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
