import widthOf from "string-width";

/** Breaks text between words, so that no line is wider than `width`. */
export function wrapWords(text: string, width: number): readonly string[] {
  return wrapParts(text.split(" "), width, " ");
}

/** Joins parts by a separator, and begins a new line where the next one would not fit. Parts may be painted. */
export function wrapParts(parts: readonly string[], width: number, separator: string): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const joined = last === undefined ? part : `${last}${separator}${part}`;
    if (last !== undefined && widthOf(joined) > width) lines.push(part);
    else lines.splice(-1, 1, joined);
  }
  return lines;
}
