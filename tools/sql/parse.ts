import { basename, dirname } from "node:path";
import { descending } from "./mirror.ts";

/** How many rows a statement's header promises. */
export type Cardinality = "one" | "maybe" | "many" | "exec";

/** A parameter as the statement writes it: `:name`, or `:name?` where null is allowed (in an array: null elements). */
export interface Parameter {
  readonly name: string;
  readonly nullable: boolean;
}

/** Texts of a statement by the names of its variants; the first is the text of the file. */
export type Variants = Readonly<Record<string, string>>;

/** One `.sql` file, taken apart. */
export interface ParsedStatement {
  readonly file: string;
  readonly folder: string;
  /** The file's name in camelCase: the name of the function that is generated for it. */
  readonly functionName: string;
  readonly documentation: readonly string[];
  readonly cardinality: Cardinality;
  /** `unprepared` in the header: planned anew at each call, for the values of its parameters. */
  readonly prepared: boolean;
  /** The reason given by `scan: …` in the header, where a sequential scan is right. */
  readonly scan: string | null;
  /** Numbered parameters, no comments, no closing semicolon. */
  readonly text: string;
  /** The statements that the header asks for instead of one, by name: `both-orders` of a list, or `lock-modes` of a lock. */
  readonly variants: Variants | null;
  readonly parameters: readonly Parameter[];
}

const header = /^-- :(one|maybe|many|exec)( both-orders| lock-modes)?( unprepared)?(?: scan: (.+))?$/;

/** Takes one statement file apart; throws where it breaks a rule of the format. */
export function parseStatement(file: string, source: string): ParsedStatement {
  const lines = source.trimEnd().split("\n");
  const at = lines.findIndex((line) => header.test(line));
  const [, cardinality, several, unprepared, scan] = header.exec(lines[at] ?? "") ?? [];
  const documentation = lines.slice(0, Math.max(at, 0)).map((line) => line.replace(/^-- ?/, ""));
  if (at < 1 || lines.slice(0, at).some((line) => !line.startsWith("--"))) {
    throw new Error(`${file}: starts with comment lines that document it, then its header, such as "-- :many"`);
  }
  const body = withoutComments(
    lines
      .slice(at + 1)
      .filter((line) => !/^\s*--/.test(line))
      .join("\n"),
  )
    .trim()
    .replace(/;$/, "");
  const code = withoutTexts(body);
  if (code.includes(";")) throw new Error(`${file}: holds more than one statement`);
  if (/\b(select|returning)\s+((distinct|all)\s+)?\*|,\s*\*|\.\*/i.test(code)) {
    throw new Error(`${file}: names its columns, and never selects *`);
  }
  // A plan for one input looks cheaper than for any number, so the server would plan each call anew, and never keep a plan.
  if (!unprepared && /\bunnest\s*\(\s*:/i.test(code)) {
    throw new Error(
      `${file}: hides how long its arrays are from the planner, such as by unnest((select :ids::text[]))`,
    );
  }
  const { text, parameters } = numberParameters(body);
  const name = basename(file, ".sql");
  return {
    file,
    folder: dirname(file),
    functionName: camelCase(name),
    documentation,
    cardinality: cardinality as Cardinality,
    prepared: !unprepared,
    scan: scan ?? null,
    text,
    variants: several === undefined ? null : variantsOf(file, body, several),
    parameters,
  };
}

function variantsOf(file: string, body: string, several: string): Variants {
  const { text } = numberParameters(body);
  if (several === " both-orders") return { asc: text, desc: numberParameters(descending(file, body)).text };
  if (!/\bfor (update|no key update|share|key share)$/i.test(text)) {
    throw new Error(`${file}: ends with no lock, such as "for update", to write in each mode`);
  }
  return { wait: text, nowait: `${text} nowait`, skip_locked: `${text} skip locked` };
}

/** Texts in quotes, double quotes and dollars, comments, casts, and parameters. */
const token = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\/|::|:([a-z]\w*)(\?)?/g;

function withoutComments(sql: string): string {
  return sql.replaceAll(token, (match) => (match.startsWith("--") || match.startsWith("/*") ? "" : match));
}

/** The statement with empty texts, to look for keywords in. */
export function withoutTexts(sql: string): string {
  return sql.replaceAll(token, (match) => (/^['"$]/.test(match) ? "''" : match));
}

function numberParameters(body: string): { text: string; parameters: Parameter[] } {
  const parameters: { name: string; nullable: boolean }[] = [];
  const text = body.replaceAll(token, (match: string, _tag, name: string | undefined, nullable: string | undefined) => {
    if (name === undefined) return match;
    let index = parameters.findIndex((parameter) => parameter.name === name);
    if (index < 0) index = parameters.push({ name, nullable: false }) - 1;
    const parameter = parameters[index];
    if (parameter && nullable) parameter.nullable = true;
    return `$${index + 1}`;
  });
  return { text, parameters };
}

/** `created_at` → `createdAt`. */
export function camelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `status` → `Status`, `task_type` → `TaskType`. */
export function pascalCase(name: string): string {
  const camel = camelCase(name);
  return camel.charAt(0).toUpperCase() + camel.slice(1);
}
