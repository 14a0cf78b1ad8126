import { types } from "node:util";
import { InvalidInputError } from "../core/errors.ts";
import { checkText, describeType, invalid } from "../core/input.ts";
import type { ApplicationStatement } from "../postgres/database.ts";

/** The most parameters of one statement: the protocol counts them in 16 bits. */
const valuesMax = 65_535;

/**
 * Checks a statement of the application, before anything is sent.
 *
 * The server takes one statement a call, so the first words decide what it is. Refused are those that end the transaction or move its
 * savepoints, and those that change the session, which later transactions share.
 */
export function applicationStatement(text: unknown, values: unknown = []): ApplicationStatement {
  const checked = checkText(text, "text");
  const [first, second] = firstWords(checked);
  if (first === "") throw invalid("text", "holds no statement");
  const advice = refused.get(first);
  if (advice !== undefined && !(first === "set" && setsTransaction.has(second))) {
    const command = first.toUpperCase();
    throw new InvalidInputError(`text is a ${command}, which is not allowed here: ${advice}.`, {
      facts: { field: "text", command },
    });
  }
  if (!Array.isArray(values)) throw invalid("values", "must be an array");
  if (values.length > valuesMax) {
    throw invalid(
      "values",
      `has ${values.length} items, above PostgreSQL's limit of ${valuesMax}: pass arrays instead`,
    );
  }
  return { text: checked, values: values.map((value, i) => checkValue(value, `values[${i}]`)) };
}

const control =
  "Holdfast begins and ends the transaction; return from its function to commit, throw to roll back, and nest one for a savepoint";
const session = "its effect would stay on the connection after the transaction; use a connection of your own";

const refused: ReadonlyMap<string, string> = new Map([
  ...["begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release"].map(
    (word) => [word, control] as const,
  ),
  ...["listen", "unlisten", "prepare", "deallocate", "discard", "load", "reset"].map(
    (word) => [word, session] as const,
  ),
  ["set", "its effect would stay on the connection after the transaction; write `set local`"],
  ["copy", "the driver has no stream for it; use a connection of your own"],
]);

/** What follows a `set` that ends with the transaction. */
const setsTransaction: ReadonlySet<string> = new Set(["local", "transaction", "constraints"]);

/** The first two words of a statement in lower case, as PostgreSQL reads them: past blanks, comments and empty statements. */
function firstWords(text: string): readonly [string, string] {
  const first = wordAt(text, skipBlanks(text, 0));
  const second = wordAt(text, skipBlanks(text, first.end));
  return [first.word, second.word];
}

function wordAt(text: string, start: number): { readonly word: string; readonly end: number } {
  const [word = ""] = /^[^\s;,()'"$*/-]*/.exec(text.slice(start, start + 100)) ?? [];
  return { word: word.toLowerCase(), end: start + word.length };
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  for (;;) {
    if (text.startsWith("--", at)) at = endOfLine(text, at);
    else if (text.startsWith("/*", at)) at = endOfComment(text, at);
    else if (/[ \t\n\r\f\v;]/.test(text.charAt(at))) at++;
    else return at;
  }
}

function endOfLine(text: string, start: number): number {
  const length = text.slice(start).search(/[\n\r]/);
  return length < 0 ? text.length : start + length;
}

/** Comments nest. */
function endOfComment(text: string, start: number): number {
  const edges = /\/\*|\*\//g;
  edges.lastIndex = start;
  let depth = 0;
  for (let edge = edges.exec(text); edge !== null; edge = edges.exec(text)) {
    depth += edge[0] === "/*" ? 1 : -1;
    if (depth === 0) return edges.lastIndex;
  }
  return text.length;
}

/** Checks what the driver would fail on, or silently make text of. Objects become JSON here, as they would in the driver. */
function checkValue(value: unknown, field: string): unknown {
  if (typeof value === "function" || typeof value === "symbol") throw invalid(field, `is a ${typeof value}`);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if (types.isDate(value)) {
    if (Number.isNaN(value.getTime())) throw invalid(field, "is an invalid date");
    return value;
  }
  if (Array.isArray(value)) return value.map((item, i) => checkValue(item, `${field}[${i}]`));
  if ("toPostgres" in value) return value;
  if (types.isMap(value) || types.isSet(value) || types.isPromise(value) || types.isAnyArrayBuffer(value)) {
    throw invalid(
      field,
      `is ${describeType(value)}, of which JSON keeps nothing: pass a plain object, an array or a Uint8Array`,
    );
  }
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw invalid(field, `is no JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}
