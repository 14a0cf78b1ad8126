import { isUtf8 } from "node:buffer";
import type { Payload } from "../protocol/index.ts";

/** A payload as text, whole. */
export interface WholeText {
  readonly text: string;
  readonly format: Payload["format"];
  /** UTF-8 bytes of the text; of bytes, their number. */
  readonly size: number;
}

/** Any payload as text: bytes as JSON or text if they are such, else in hexadecimal; everything else as JSON. */
export function toText(payload: unknown): WholeText {
  if (payload instanceof Uint8Array) return ofBytes(payload);
  const text = JSON.stringify(payload, readable, 2) ?? "null";
  return { text, format: "json", size: Buffer.byteLength(text) };
}

function ofBytes(bytes: Uint8Array): WholeText {
  const size = bytes.byteLength;
  if (!isUtf8(bytes)) return { text: Buffer.from(bytes).toString("hex"), format: "hex", size };
  const text = Buffer.from(bytes).toString();
  try {
    return { text: JSON.stringify(JSON.parse(text), null, 2), format: "json", size };
  } catch {
    // NUL and other control characters mean binary data that happens to be UTF-8.
    return hasControls(text)
      ? { text: Buffer.from(bytes).toString("hex"), format: "hex", size }
      : { text, format: "text", size };
  }
}

/** Whether text has control characters besides tabs and line ends. */
function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text.replaceAll(/[\t\n\v\f\r]/g, ""));
}

/** What a codec may give besides JSON, readably. */
function readable(this: unknown, _name: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, inner]) => [String(key), inner as unknown]));
  }
  if (value instanceof Set) return [...value];
  if (value instanceof Uint8Array) return `hex:${Buffer.from(value).toString("hex")}`;
  return value;
}

/** The beginning of a text, of at most so many UTF-8 bytes, without half a character at its end. */
export function startOf(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax) return text;
  const bytes = Buffer.from(text.slice(0, bytesMax));
  if (bytes.length <= bytesMax) return text.slice(0, bytesMax);
  let end = bytesMax;
  // Continuation bytes begin with the bits 10.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
}
