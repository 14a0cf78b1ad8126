/**
 * Encodes a level database's key, which is any bytes, as a key of `kv`. Different keys stay different, and keep their byte order. A byte
 * becomes the character of its number, except the first two, because text cannot hold NUL: 0 becomes 1 1, and 1 becomes 1 2. ASCII stays
 * as it is; other bytes take two each.
 */
export function toText(key: Uint8Array): string {
  const text = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\0\u0001]/g, (character) => (character === "\0" ? "\u0001\u0001" : "\u0001\u0002"));
}

/** Decodes the text that {@link toText} produced. */
export function toBytes(text: string): Uint8Array {
  // oxlint-disable-next-line no-control-regex
  const bytes = text.replaceAll(/\u0001(.)/gs, (_, second: string) => (second === "\u0001" ? "\0" : "\u0001"));
  return new Uint8Array(Buffer.from(bytes, "latin1"));
}
