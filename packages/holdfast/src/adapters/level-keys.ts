/**
 * A level database's key, which is any bytes, as the text that is a key of `kv`: so that no two are the same, and that their order
 * as text is their order as bytes. A byte becomes the character of its number, but the first two, for text cannot hold
 * the first: 0 becomes 1 1, and 1 becomes 1 2. ASCII stays as it is, and takes as many bytes; others take two each.
 */
export function toText(key: Uint8Array): string {
  const text = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\0\u0001]/g, (character) => (character === "\0" ? "\u0001\u0001" : "\u0001\u0002"));
}

/** The bytes that {@link toText} made a text of. */
export function toBytes(text: string): Uint8Array {
  // oxlint-disable-next-line no-control-regex
  const bytes = text.replaceAll(/\u0001(.)/gs, (_, second: string) => (second === "\u0001" ? "\0" : "\u0001"));
  return new Uint8Array(Buffer.from(bytes, "latin1"));
}
