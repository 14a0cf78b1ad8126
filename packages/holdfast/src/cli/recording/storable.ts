import { quoted, RecordingFault } from "./fault.ts";
import { loneSurrogate } from "./fields.ts";

// Deeper values overflow the stack of JSON.stringify, and of whatever else walks them.
const depthMax = 100;

interface Spot {
  readonly value: unknown;
  readonly depth: number;
  readonly parent: Spot | null;
  readonly key: string | number;
}

/**
 * Refuses what a definition's document (jsonb) cannot keep as it is: NUL characters, lone surrogates, numbers beyond a
 * double's range, values nested too deep. They may stand in fields that WfFormat does not know, and so nothing else looks.
 */
export function checkStorable(document: unknown, path: string): void {
  const open: Spot[] = [{ value: document, depth: 0, parent: null, key: path }];
  for (let spot = open.pop(); spot !== undefined; spot = open.pop()) {
    const { value, depth } = spot;
    if (typeof value === "string") checkText(value, spot);
    else if (typeof value === "number") checkNumber(value, spot);
    if (typeof value !== "object" || value === null) continue;
    if (depth >= depthMax) throw fault(spot, `is nested more than ${depthMax} levels deep: flatten it`);
    // The last is pushed first, so that the first fault in the file is the one that is told.
    for (const [key, member] of entriesOf(value).reverse()) {
      const next = { value: member, depth: depth + 1, parent: spot, key };
      if (typeof key === "string") checkText(key, next);
      open.push(next);
    }
  }
}

function entriesOf(value: object): [string | number, unknown][] {
  return Array.isArray(value) ? [...value.entries()] : Object.entries(value);
}

function checkText(text: string, spot: Spot): void {
  if (text.includes("\0")) throw fault(spot, "holds a NUL character, which PostgreSQL cannot keep: leave it out");
  if (loneSurrogate.test(text)) throw fault(spot, "holds a lone surrogate, which PostgreSQL cannot keep: leave it out");
}

function checkNumber(value: number, spot: Spot): void {
  if (!Number.isFinite(value)) throw fault(spot, "is a number beyond 1.8e308: correct it");
  if (Object.is(value, -0)) throw fault(spot, "is -0: write 0");
}

function fault(spot: Spot, problem: string): RecordingFault {
  let path = "";
  for (let at: Spot | null = spot; at !== null; at = at.parent) path = `${step(at)}${path}`;
  return new RecordingFault(`${path} ${problem}`, path);
}

function step({ key, parent }: Spot): string {
  if (typeof key === "number") return `[${key}]`;
  if (parent === null) return key;
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${quoted(key)}]`;
}
