import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { payloadBytesMax, plainBytes } from "../core/bytes-codec.ts";
import type { Codec } from "../core/codec.ts";
import { compressingCodec } from "./compressing-codec.ts";
import { richCodec } from "./rich-codec.ts";

const bytesOf = ({ bytes = plainBytes }: Codec) => bytes;

test("compresses what becomes smaller, and every codec reads it", () => {
  const large = Buffer.alloc(payloadBytesMax, "abc");
  for (const algorithm of ["gzip", "deflate", "brotli"] as const) {
    const stored = bytesOf(compressingCodec({ algorithm })).encode(large, "place");
    expect(stored.encoding).toBe(algorithm);
    expect(stored.bytes.byteLength).toBeLessThan(payloadBytesMax / 100);
    expect(Buffer.compare(plainBytes.decode(stored, "place"), large)).toBe(0);
    expect(Buffer.compare(bytesOf(compressingCodec()).decode(stored, "place"), large)).toBe(0);
  }
});

test("leaves as it is what is small or would not become smaller", () => {
  const codec = bytesOf(compressingCodec({ fromBytes: 100 }));
  expect(codec.encode(Buffer.alloc(99), "place").encoding).toBe("");
  expect(codec.encode(Buffer.alloc(100), "place").encoding).toBe("gzip");
  const noise = randomBytes(10_000);
  const stored = codec.encode(noise, "place");
  expect(stored.encoding).toBe("");
  expect(Buffer.compare(codec.decode(stored, "place"), noise)).toBe(0);
  expect(codec.digests(noise, "place")).toEqual(plainBytes.digests(noise, "place"));
});

test("refuses to expand to more than a payload may have", () => {
  const stored = { bytes: gzipSync(Buffer.alloc(payloadBytesMax + 1)), encoding: "gzip" };
  expect(() => plainBytes.decode(stored, "place")).toThrow(RangeError);
  expect(() => bytesOf(compressingCodec()).decode(stored, "place")).toThrow(RangeError);
});

test("does not compress what the inner codec has made too large to be expanded again", () => {
  const doubling: Codec = {
    ...richCodec,
    bytes: {
      ...plainBytes,
      encode: (bytes) => ({ bytes: Buffer.concat([bytes, bytes]), encoding: "" }),
      decode: ({ bytes }) => bytes.subarray(0, bytes.byteLength / 2),
    },
  };
  const codec = bytesOf(compressingCodec({ inner: doubling }));
  for (const size of [payloadBytesMax / 2, payloadBytesMax / 2 + 1, payloadBytesMax]) {
    const stored = codec.encode(Buffer.alloc(size, "a"), "place");
    expect(codec.decode(stored, "place").byteLength).toBe(size);
  }
});

test("leaves JSON to the inner codec", () => {
  const codec = compressingCodec({ inner: richCodec });
  expect(codec.decode(codec.encode(1n, "state"))).toBe(1n);
});

test("wrong options are refused by the field's name", () => {
  const refused = (field: string): unknown => expect.objectContaining({ code: "invalid_input", facts: { field } });
  expect(() => compressingCodec(null as never)).toThrow(refused("options"));
  expect(() => compressingCodec({ algorithm: "zip" as never })).toThrow(refused("algorithm"));
  expect(() => compressingCodec({ fromBytes: -1 })).toThrow(refused("fromBytes"));
  expect(() => compressingCodec({ inner: {} as never })).toThrow(refused("inner.encode"));
});
