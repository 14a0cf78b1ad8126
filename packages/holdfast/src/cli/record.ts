import type { Context } from "./context.ts";
import { escapeControls, escapeLines, toJson } from "./escaping.ts";
import { formatBytes, formatMoment } from "./moments.ts";

/** Prints a record with its payloads: as one line of JSON, or for people one field a line. */
export async function printRecord(context: Context, record: object): Promise<void> {
  if (context.isJson) {
    await context.printJson(record);
    return;
  }
  const fields = Object.entries(record).filter(([, value]) => value !== undefined && typeof value !== "function");
  const width = Math.max(...fields.map(([name]) => name.length));
  const { paint } = context;
  const lines = fields.map(([name, value]) => {
    const text = formatValue(value, Math.min(100, context.columns - width - 2));
    const label = paint("dim", `${name}:`.padEnd(width + 2));
    return text.includes("\n") ? `${paint("dim", `${name}:`)}\n${indent(text)}` : `${label}${text}`;
  });
  await context.print(lines.join("\n"));
}

function formatValue(value: unknown, room: number): string {
  if (value === null) return "-";
  if (value instanceof Date) return formatMoment(value);
  if (value instanceof Uint8Array) return formatContent(value);
  if (typeof value === "string") return escapeControls(value);
  if (typeof value === "object") {
    const text = toJson(value);
    return text.length <= room ? text : toJson(value, 2);
  }
  return typeof value === "bigint" ? value.toString() : toJson(value);
}

/** Bytes for people: as text if they are text, else their beginning in hexadecimal. */
function formatContent(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text === "" ? "(empty)" : escapeLines(text);
  } catch {
    const shown = Buffer.from(bytes.subarray(0, 256)).toString("hex");
    return `${shown}${bytes.length > 256 ? "…" : ""} (${formatBytes(bytes.length)})`;
  }
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
