import {
  type BytesCodec,
  type CompressionName,
  compressions,
  lastDone,
  payloadBytesMax,
  plainBytes,
  withDone,
} from "../core/bytes-codec.ts";
import { checkCodec, type Codec, jsonCodec } from "../core/codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger, checkOneOf } from "../core/input.ts";

/** Options of the compression. */
export interface CompressionOptions {
  /** "gzip" by default. */
  readonly algorithm?: CompressionName | undefined;
  /** Payloads of fewer bytes stay uncompressed; 1,024 by default. */
  readonly fromBytes?: number | undefined;
  /** Encodes the payloads themselves; `jsonCodec` by default. */
  readonly inner?: Codec | undefined;
}

const compressionOptions: Fields<CompressionOptions> = fieldsOf<CompressionOptions>({
  algorithm: true,
  fromBytes: true,
  inner: true,
});

const names = ["brotli", "deflate", "gzip"] as const;

/**
 * A codec that compresses the payloads of snapshots if that makes them smaller. JSON payloads are left to `inner`, because PostgreSQL
 * itself compresses large ones. Every codec reads compressed payloads, so you can remove this codec, or change its algorithm.
 *
 * Encrypted bytes do not compress: pass this codec to `encryptingCodec` as its `inner`, not the other way round.
 */
export function compressingCodec(options: CompressionOptions = {}): Codec {
  const { algorithm, fromBytes, inner = jsonCodec } = compressionOptions.read(options, "options");
  checkCodec(inner, "inner");
  const name = checkOneOf(algorithm ?? "gzip", "algorithm", names);
  const least = checkInteger(fromBytes ?? 1024, "fromBytes", { min: 0, max: 2 ** 31 - 1 });
  return {
    encode: (value, field) => inner.encode(value, field),
    decode: (text) => inner.decode(text),
    bytes: compressedBytes(name, least, inner.bytes ?? plainBytes),
  };
}

function compressedBytes(algorithm: CompressionName, least: number, inner: BytesCodec): BytesCodec {
  return {
    encode: (bytes, place) => {
      const encoded = inner.encode(bytes, place);
      const { byteLength } = encoded.bytes;
      // If `inner` made a payload larger than the limit, it could not be expanded again.
      if (byteLength < least || byteLength > payloadBytesMax) return encoded;
      const compressed = compressions[algorithm].compress(encoded.bytes);
      if (compressed.byteLength >= byteLength) return encoded;
      return { bytes: compressed, encoding: withDone(encoded.encoding, algorithm) };
    },
    decode: (stored, place) => {
      const { name, before } = lastDone(stored.encoding);
      const known = names.find((each) => each === name);
      if (known === undefined) return inner.decode(stored, place);
      const bytes = compressions[known].expand(stored.bytes);
      return inner.decode({ bytes, encoding: before, digests: stored.digests }, place);
    },
    digests: (bytes, place) => inner.digests(bytes, place),
  };
}
