/** How bytes and moments are written in JSON, whatever the codec of the store. */
interface Tagged {
  readonly $bytes?: unknown;
  readonly $date?: unknown;
}

/** A value as JSON: bytes and moments get a tag, and undefined fields are left out. */
export function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return { $bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
  }
  if (value instanceof Date) return { $date: value.toISOString() };
  if (Array.isArray(value)) return value.map((item) => toJson(item) ?? null);
  if (typeof value !== "object" || value === null) return value;
  const given = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(given.map(([name, field]) => [name, toJson(field)]));
}

/** The value that `toJson` has written. */
export function fromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== "object" || value === null) return value;
  const { $bytes, $date }: Tagged = value;
  // A copy, because the buffer of a small one is shared.
  if (typeof $bytes === "string") return new Uint8Array(Buffer.from($bytes, "base64"));
  if (typeof $date === "string") return new Date($date);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, fromJson(field)]));
}
