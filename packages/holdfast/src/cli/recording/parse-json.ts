import { quoted, RecordingFault } from "./fault.ts";

/** Parses JSON. An error names its line and column. */
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

/** Where a text stops being JSON, and what is there; null if the text ends too early. */
export interface JsonFault {
  readonly at: number;
  readonly found: string | null;
}

/** What a token may be followed by; "end" is the end of the whole text. */
type Expected = "value" | "first item" | "first key" | "key" | "colon" | "comma" | "end";

const space = /[ \t\n\r]*/y;
// A number, a literal, or an attempt at one, such as NaN.
const word = /[\w.+-]+/y;
const literal = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const longestEscape = "\\u0000".length;

/**
 * Finds where a text stops being JSON. JSON.parse reports the position in some messages only, worded differently in every release of
 * Node.js. So it decides, and this only points.
 */
export function findJsonFault(text: string): JsonFault {
  const open: string[] = [];
  let expected: Expected = "value";
  let at = matchEnd(space, text, 0);
  while (at < text.length) {
    const next = follow(text.charAt(at), expected, open);
    if (next === null) return { at, found: tokenAt(text, at) };
    const end = tokenEnd(text, at);
    if (typeof end !== "number") return end;
    expected = next;
    at = matchEnd(space, text, end);
  }
  return { at: text.length, found: null };
}

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** What stands at an offset, for a message. */
function tokenAt(text: string, at: number): string {
  const end = Math.min(Math.max(matchEnd(word, text, at), at + 1), at + 40);
  return quoted(text.slice(at, end));
}

/** What may follow a token that begins with `first`; null if that token may not come here. Keeps `open` up to date. */
function follow(first: string, expected: Expected, open: string[]): Expected | null {
  const startsValue = expected === "value" || expected === "first item";
  switch (first) {
    case "{":
    case "[":
      open.push(first);
      if (!startsValue) return null;
      return first === "{" ? "first key" : "first item";
    case "}":
    case "]": {
      const isEmpty = expected === (first === "}" ? "first key" : "first item");
      const fits = open.pop() === (first === "}" ? "{" : "[");
      return fits && (isEmpty || expected === "comma") ? afterValue(open) : null;
    }
    case ":":
      return expected === "colon" ? "value" : null;
    case ",":
      if (expected !== "comma") return null;
      return open.at(-1) === "{" ? "key" : "value";
    default:
      if (first === '"' && (expected === "key" || expected === "first key")) return "colon";
      return startsValue ? afterValue(open) : null;
  }
}

function afterValue(open: readonly string[]): Expected {
  return open.length === 0 ? "end" : "comma";
}

/** The end of the token that begins at an offset, or what is wrong with it. */
function tokenEnd(text: string, at: number): number | JsonFault {
  const first = text.charAt(at);
  if ("{}[]:,".includes(first)) return at + 1;
  if (first === '"') return stringEnd(text, at + 1);
  const end = matchEnd(word, text, at);
  if (literal.test(text.slice(at, end))) return end;
  const isCutShort =
    end === text.length && /^(?:t|tr|tru|f|fa|fal|fals|n|nu|nul|-|-?\d[\d.]*(?:[eE][+-]?)?)$/.test(text.slice(at));
  return isCutShort ? { at: text.length, found: null } : { at, found: tokenAt(text, at) };
}

function stringEnd(text: string, start: number): number | JsonFault {
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') return at + 1;
    if (character < " ") return { at, found: `${quoted(character)} inside a text` };
    if (character !== "\\") continue;
    const end = matchEnd(escape, text, at);
    if (end === at && text.length - at >= longestEscape) return { at, found: quoted(text.slice(at, at + 2)) };
    if (end === at) break;
    at = end - 1;
  }
  return { at: text.length, found: null };
}
