import { quoted, RecordingFault } from "./fault.ts";
import { loneSurrogate } from "./fields.ts";

// Deeper values overflow the stack of JSON.stringify, and of other code that walks them.
const depthMax = 100;

interface JsonNode {
  readonly value: unknown;
  readonly depth: number;
  readonly parent: JsonNode | null;
  readonly key: string | number;
}

/**
 * Refuses values that a definition's document (jsonb) cannot store unchanged: NUL characters, lone surrogates, numbers beyond a double's
 * range, values nested too deep. They may be in fields that WfFormat does not know, and nothing else checks those.
 */
export function checkStorable(document: unknown, path: string): void {
  const open: JsonNode[] = [{ value: document, depth: 0, parent: null, key: path }];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { value, depth } = node;
    if (typeof value === "string") checkText(value, node);
    else if (typeof value === "number") checkNumber(value, node);
    if (typeof value !== "object" || value === null) continue;
    if (depth >= depthMax) throw fault(node, `is nested more than ${depthMax} levels deep: flatten it`);
    // The last is pushed first, so that the first fault in the file is reported.
    for (const [key, member] of entriesOf(value).reverse()) {
      const next = { value: member, depth: depth + 1, parent: node, key };
      if (typeof key === "string") checkText(key, next);
      open.push(next);
    }
  }
}

function entriesOf(value: object): [string | number, unknown][] {
  return Array.isArray(value) ? [...value.entries()] : Object.entries(value);
}

function checkText(text: string, node: JsonNode): void {
  if (text.includes("\0")) throw fault(node, "holds a NUL character, which PostgreSQL cannot keep: leave it out");
  if (loneSurrogate.test(text)) throw fault(node, "holds a lone surrogate, which PostgreSQL cannot keep: leave it out");
}

function checkNumber(value: number, node: JsonNode): void {
  if (!Number.isFinite(value)) throw fault(node, "is a number beyond 1.8e308: correct it");
  if (Object.is(value, -0)) throw fault(node, "is -0: write 0");
}

function fault(node: JsonNode, problem: string): RecordingFault {
  let path = "";
  for (let at: JsonNode | null = node; at !== null; at = at.parent) path = `${step(at)}${path}`;
  return new RecordingFault(`${path} ${problem}`, path);
}

function step({ key, parent }: JsonNode): string {
  if (typeof key === "number") return `[${key}]`;
  if (parent === null) return key;
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${quoted(key)}]`;
}
