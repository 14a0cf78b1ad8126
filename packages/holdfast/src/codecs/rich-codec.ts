import { type Codec, depthMax, lossy, refuseEncrypted, withoutEncryptedMark } from "../core/codec.ts";
import { CorruptError } from "../core/errors.ts";
import { classNameOf } from "../core/input.ts";

/**
 * A codec that also keeps Date, Map, Set, bigint, NaN, the infinities, -0, undefined, Uint8Array, Buffer, RegExp, and objects without a
 * prototype. Like `jsonCodec`, it refuses values that it cannot restore exactly: functions, symbols, instances of other classes, arrays
 * with holes, cycles. An object that a value refers to twice comes back as two.
 *
 * It reads what `jsonCodec` wrote, except objects whose only key begins with "~".
 */
export const richCodec: Codec = {
  encode: (value, field) => withoutEncryptedMark(JSON.stringify(tagged(value, field, []))),
  decode: (text) => {
    refuseEncrypted(text);
    return untagged(JSON.parse(text) as Json);
  },
};

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * A value that JSON cannot express is an object with a single key that begins with this mark. The caller's own such objects get one more.
 */
const mark = "~";

function tag(kind: string, content: Json): Json {
  return { [`${mark}${kind}`]: content };
}

function tagged(value: unknown, path: string, ancestors: object[]): Json {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Object.is(value, -0)) return tag("number", "-0");
      return Number.isFinite(value) ? value : tag("number", String(value));
    case "bigint":
      return tag("bigint", String(value));
    case "undefined":
      return tag("undefined", null);
    case "object":
      return value === null ? null : taggedInside(value, path, ancestors);
    default:
      throw lossy(path, `a ${typeof value} has no JSON form`);
  }
}

/** Writes an object, with its ancestors at hand. They share one list, which is longer by the object while its members are written. */
function taggedInside(value: object, path: string, ancestors: object[]): Json {
  if (ancestors.includes(value)) throw lossy(path, "it contains itself");
  if (ancestors.length >= depthMax) {
    throw lossy(`${path.slice(0, 100)}…`, `it lies more than ${depthMax} levels deep`);
  }
  ancestors.push(value);
  const written = taggedObject(value, path, ancestors);
  ancestors.pop();
  return written;
}

function taggedObject(value: object, path: string, ancestors: object[]): Json {
  const member = (inner: unknown, key: string | number): Json =>
    tagged(inner, typeof key === "number" ? `${path}[${key}]` : `${path}.${key}`, ancestors);
  if (Object.getOwnPropertySymbols(value).length > 0) throw lossy(path, "a symbol for a key has no JSON form");
  const prototype: unknown = Object.getPrototypeOf(value);
  switch (prototype) {
    case Object.prototype:
      return escaped(Object.entries(value).map(([key, inner]) => [key, member(inner, key)]));
    case null:
      return tag(
        "dictionary",
        Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, member(inner, key)])),
      );
    case Uint8Array.prototype:
    case Buffer.prototype:
      return tag(Buffer.isBuffer(value) ? "buffer" : "bytes", Buffer.from(value as Uint8Array).toString("base64"));
    case Array.prototype:
      refuseProperties(value, path, (value as readonly unknown[]).length);
      return (value as readonly unknown[]).map(member);
  }
  const content = contentOf(value, prototype);
  if (content === null) throw lossy(path, `a ${classNameOf(value)} would not come back as one`);
  refuseProperties(value, path, 0);
  return tag(content.kind, tagged(content.parts, path, ancestors));
}

/** An object of the caller's own, whose only key gets another mark to distinguish it from a tag. */
function escaped(entries: readonly (readonly [string, Json])[]): Json {
  const [[key, inner] = ["", null]] = entries;
  if (entries.length === 1 && key.startsWith(mark)) return { [`${mark}${key}`]: inner };
  return Object.fromEntries(entries);
}

/** The contents of a class instance, as values that can be written. */
function contentOf(value: object, prototype: unknown): { readonly kind: string; readonly parts: unknown } | null {
  switch (prototype) {
    case Date.prototype: {
      const ms = (value as Date).getTime();
      return { kind: "date", parts: Number.isNaN(ms) ? null : ms };
    }
    case Map.prototype:
      return { kind: "map", parts: [...(value as Map<unknown, unknown>)] };
    case Set.prototype:
      return { kind: "set", parts: [...(value as Set<unknown>)] };
    case RegExp.prototype: {
      const { source, flags, lastIndex } = value as RegExp;
      return { kind: "regexp", parts: [source, flags, lastIndex] };
    }
    default:
      return null;
  }
}

/** Only the elements of arrays and instances are written. As many keys as elements also means that there is no hole. */
function refuseProperties(value: object, path: string, elements: number): void {
  if (Object.keys(value).length !== elements) throw lossy(path, "it has a hole or properties of its own");
}

function untagged(json: Json): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (isArray(json)) return json.map(untagged);
  const entries = Object.entries(json);
  const [[key, content] = ["", null]] = entries;
  if (entries.length !== 1 || !key.startsWith(mark)) return objectOf(entries);
  return key.startsWith(mark + mark)
    ? objectOf([[key.slice(mark.length), content]])
    : valueOf(key.slice(mark.length), content);
}

/** Not by assignment, which would set the prototype for a key `__proto__`. */
function objectOf(entries: readonly (readonly [string, Json])[]): object {
  return Object.fromEntries(entries.map(([key, inner]) => [key, untagged(inner)]));
}

function valueOf(kind: string, content: Json): unknown {
  switch (kind) {
    case "number":
      return Number(content);
    case "bigint":
      return BigInt(textOf(content));
    case "undefined":
      return undefined;
    case "bytes":
      return new Uint8Array(Buffer.from(textOf(content), "base64"));
    case "buffer":
      return Buffer.from(textOf(content), "base64");
    case "date":
      return new Date(content === null ? Number.NaN : Number(content));
    case "dictionary":
      return Object.assign(Object.create(null) as object, objectOf(Object.entries(content ?? {})));
    case "map":
      return new Map(untagged(content) as readonly [unknown, unknown][]);
    case "set":
      return new Set(untagged(content) as readonly unknown[]);
    case "regexp":
      return regExpOf(content as readonly [string, string, number]);
    default:
      throw new CorruptError(`A stored payload holds a value of the kind ${kind}, which this release does not know.`, {
        facts: { kind },
      });
  }
}

function textOf(content: Json): string {
  if (typeof content === "string") return content;
  throw new TypeError("a value that is written as text is not text");
}

function regExpOf([source, flags, lastIndex]: readonly [string, string, number]): RegExp {
  return Object.assign(new RegExp(source, flags), { lastIndex });
}

function isArray(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}
