import { RecordingFault } from "./fault.ts";
import { findJsonFault } from "./json-fault.ts";

/** The JSON value of a text. What is wrong with a text that has none is said with its line and column. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RecordingFault(problemOf(text));
  }
}

function problemOf(text: string): string {
  const { at, found } = findJsonFault(text);
  const start = text.length - text.trimStart().length;
  if (start === text.length) return "holds nothing but white space: record or copy it again";
  const before = text.slice(0, at);
  const place = `line ${before.split("\n").length}, column ${at - before.lastIndexOf("\n")}`;
  if (found === null) return `ends too early, at ${place}: it was cut short, so record or copy it again`;
  if (at === start) return `is not JSON, for it begins with ${found}: name a recording in WfFormat 1.5`;
  return `is not JSON, for ${place} has ${found}: correct it or record it again`;
}
