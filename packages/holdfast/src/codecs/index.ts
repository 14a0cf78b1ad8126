export { compressingCodec, type CompressionOptions } from "./compressing-codec.ts";
export { encryptingCodec, type EncryptionOptions } from "./encrypting-codec.ts";
export { richCodec } from "./rich-codec.ts";
export type { BytesCodec, CompressionName, EncodedBytes, StoredBytes } from "../core/bytes-codec.ts";
export { type Codec, jsonCodec, type JsonText } from "../core/codec.ts";
export type { SchemaIssue, StandardSchema, Validation } from "../core/standard-schema.ts";
