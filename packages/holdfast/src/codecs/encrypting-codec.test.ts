import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { plainBytes } from "../core/bytes-codec.ts";
import type { Codec } from "../core/codec.ts";
import { compressingCodec } from "./compressing-codec.ts";
import { encryptingCodec } from "./encrypting-codec.ts";
import { richCodec } from "./rich-codec.ts";

const keys = { old: randomBytes(32), young: randomBytes(32) };
const both = encryptingCodec({ keys, current: "young" });
const onlyOld = encryptingCodec({ keys: { old: keys.old }, current: "old" });
const onlyYoung = encryptingCodec({ keys: { young: keys.young }, current: "young" });

const bytesOf = ({ bytes = plainBytes }: Codec) => bytes;
const corrupt = (facts: object): unknown => expect.objectContaining({ code: "corrupt", facts });

/** Each way to flip one bit. */
function flipped(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from(bytes, (byte, i) => {
    const copy = Uint8Array.from(bytes);
    copy[i] = byte ^ 1;
    return copy;
  });
}

describe("payloads of JSON", () => {
  test("come back, are JSON text, and are never written alike", () => {
    const codec = encryptingCodec({ keys, current: "young", inner: richCodec });
    for (const value of [null, "", { a: [1, "\0\ud800"] }, new Map([[1n, Number.NaN]]), "x".repeat(100_000)]) {
      const [text, again] = [codec.encode(value, "state"), codec.encode(value, "state")];
      expect(codec.decode(text)).toStrictEqual(value);
      expect(typeof JSON.parse(text)).toBe("string");
      expect(text).not.toBe(again);
    }
  });

  test("are refused as the inner codec refuses them", () => {
    expect(() => both.encode(1n, "state")).toThrow(expect.objectContaining({ facts: { field: "state" } }));
  });

  test("are read with old keys after a rotation, and written with the current one", () => {
    expect(both.decode(onlyOld.encode("secret", "state"))).toBe("secret");
    expect(onlyYoung.decode(both.encode("secret", "state"))).toBe("secret");
    const written = onlyOld.encode("secret", "state");
    expect(() => onlyYoung.decode(written)).toThrow(corrupt({ key: "old" }));
    expect(() => onlyYoung.decode(written)).toThrow(/key "old", which the codec has not: add it to its keys/);
    const other = encryptingCodec({ keys: { old: randomBytes(32) }, current: "old" });
    expect(() => other.decode(written)).toThrow(corrupt({ key: "old" }));
  });

  test("are refused once anything of them was changed", () => {
    const text = both.encode("secret", "state");
    const [head = "", key = "", sealed = ""] = text.slice(1, -1).split(".");
    for (const bytes of flipped(Buffer.from(sealed, "base64url"))) {
      const changed = `"${head}.${key}.${Buffer.from(bytes).toString("base64url")}"`;
      expect(() => both.decode(changed)).toThrow(corrupt({ key: "young" }));
    }
    for (const cut of ["", sealed.slice(0, 10), sealed.slice(0, -4)]) {
      expect(() => both.decode(`"${head}.${key}.${cut}"`)).toThrow(corrupt({ key: "young" }));
    }
    const renamed = encryptingCodec({ keys: { old: keys.young, young: keys.young }, current: "old" });
    expect(() => renamed.decode(text.replace(".young.", ".old."))).toThrow(corrupt({ key: "old" }));
  });

  test("are refused in the plain unless that is said", () => {
    for (const text of ["1", '"text"', '{"a": 1}', '"~aes-256-gcm."']) {
      expect(() => both.decode(text)).toThrow(corrupt({ isEncrypted: false }));
    }
    const lenient = encryptingCodec({ keys, current: "young", acceptPlain: true });
    expect(lenient.decode('{"a": 1}')).toEqual({ a: 1 });
    expect(lenient.decode(onlyOld.encode("secret", "state"))).toBe("secret");
  });
});

describe("payloads that are bytes", () => {
  const secret = Buffer.from("a secret of some length, a secret of some length");
  const encoded = bytesOf(both).encode(secret, "place");

  test("come back, 0 bytes too, and tell the key by their encoding", () => {
    expect(encoded.encoding).toBe("aes-256-gcm:young");
    for (const bytes of [secret, new Uint8Array()]) {
      const decoded = bytesOf(both).decode(bytesOf(both).encode(bytes, "place"), "place");
      expect(Buffer.compare(decoded, bytes)).toBe(0);
    }
    expect(() => bytesOf(onlyOld).decode(encoded, "place")).toThrow(corrupt({ key: "young" }));
    expect(() => plainBytes.decode(encoded, "place")).toThrow(corrupt({ encoding: "aes-256-gcm:young" }));
  });

  test("are refused once anything of them was changed, and in another place", () => {
    for (const bytes of flipped(encoded.bytes)) {
      expect(() => bytesOf(both).decode({ ...encoded, bytes }, "place")).toThrow(corrupt({ key: "young" }));
    }
    expect(() => bytesOf(both).decode(encoded, "another place")).toThrow(corrupt({ key: "young" }));
    const promoted = { ...encoded, encoding: `gzip ${encoded.encoding}` };
    expect(() => bytesOf(both).decode(promoted, "place")).toThrow(corrupt({ key: "young" }));
    const plain = { bytes: secret, encoding: "" };
    expect(() => bytesOf(both).decode(plain, "place")).toThrow(corrupt({ isEncrypted: false }));
  });

  test("are compressed before they are encrypted, and read by codecs that compress otherwise", () => {
    const large = Buffer.alloc(100_000, "abc");
    for (const algorithm of ["gzip", "deflate", "brotli"] as const) {
      const inner = compressingCodec({ algorithm });
      const stored = bytesOf(encryptingCodec({ keys, current: "young", inner })).encode(large, "place");
      expect(stored.encoding).toBe(`${algorithm} aes-256-gcm:young`);
      expect(stored.bytes.byteLength).toBeLessThan(2000);
      expect(Buffer.compare(bytesOf(both).decode(stored, "place"), large)).toBe(0);
    }
  });

  test("are known again by keyed digests of their place, whichever key is current", () => {
    const digests = (codec: Codec, place = "place"): readonly string[] => bytesOf(codec).digests(secret, place);
    expect(digests(both)).toHaveLength(2);
    expect(digests(both)).toEqual([...digests(onlyYoung), ...digests(onlyOld)]);
    expect(new Set([...digests(both), ...plainBytes.digests(secret, "place"), ...digests(onlyOld, "p")]).size).toBe(4);
  });
});

test("wrong options are refused by the field's name", () => {
  const refused = (field: string): unknown => expect.objectContaining({ code: "invalid_input", facts: { field } });
  const key = randomBytes(32);
  const wrong: readonly (readonly [string, unknown])[] = [
    ["options", null],
    ["keys", { keys: [key], current: "0" }],
    ["keys", { current: "a" }],
    ["keys.a", { keys: { a: randomBytes(31) }, current: "a" }],
    ["keys.a", { keys: { a: "x".repeat(32) }, current: "a" }],
    ["keys.a b", { keys: { "a b": key }, current: "a b" }],
    ["current", { keys: { a: key }, current: "b" }],
    ["current", { keys: {}, current: "a" }],
    ["inner", { keys: { a: key }, current: "a", inner: null }],
    ["inner.decode", { keys: { a: key }, current: "a", inner: { encode: () => "" } }],
    ["acceptPlain", { keys: { a: key }, current: "a", acceptPlain: 1 }],
  ];
  for (const [field, options] of wrong) expect(() => encryptingCodec(options as never), field).toThrow(refused(field));
});

test("keys are copied, and seen by nobody who looks at the codec", async () => {
  const key = randomBytes(32);
  const codec = encryptingCodec({ keys: { a: key }, current: "a" });
  const text = codec.encode("secret", "state");
  key.fill(0);
  expect(codec.decode(text)).toBe("secret");
  const { inspect } = await import("node:util");
  expect(inspect(codec, { depth: 10, showHidden: true })).not.toContain("Key");
});
