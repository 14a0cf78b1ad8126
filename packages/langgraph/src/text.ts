import type { Labels } from "holdfast/executions";

/** What a string may hold that JSON escapes. Most names hold none of it. */
// oxlint-disable-next-line no-control-regex -- They are what is looked for.
const unlike = /["\\\u0000-\u001f\ud800-\udfff]/;

/** Writes any string as text that PostgreSQL keeps: a NUL, a lone surrogate or a quote becomes an escape of JSON. */
export function escaped(text: string): string {
  return unlike.test(text) ? JSON.stringify(text).slice(1, -1) : text;
}

/** Reads what {@link escaped} wrote. */
export function unescaped(text: string): string {
  return text.includes("\\") ? String(JSON.parse(`"${text}"`)) : text;
}

/**
 * The labels of metadata, or of a filter on metadata. A nested object has a label for each of its values, so a filter matches metadata
 * that contains it. No escaped text holds a quote, so it separates names, and marks values that are no text.
 */
export function labelsOf(metadata: object, path = ""): Labels {
  const labels: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(metadata) as [string, unknown][]) {
    const name = path + escaped(key);
    if (typeof value === "string") labels[name] = escaped(value);
    else if (typeof value === "boolean") labels[name] = value;
    // A label has no negative zero.
    else if (typeof value === "number" && Number.isFinite(value)) labels[name] = value + 0;
    else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      Object.assign(labels, labelsOf(value, `${name}"`));
    } else if (value !== undefined) labels[name] = `"${JSON.stringify(value)}`;
  }
  return labels;
}
