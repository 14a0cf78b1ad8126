import { type Comment, type Expression, parseSync, Visitor } from "oxc-parser";

/** Text for people, as Markdown: a page, a comment or a message. `line` is its first line in its file. */
export interface Passage {
  readonly line: number;
  readonly text: string;
}

/** The shortest string that counts as a sentence: shorter ones are names, keys and labels. */
const MESSAGE_WORDS_MIN = 4;

const DIRECTIVE = /^\s*(?:oxlint|oxfmt|eslint|prettier|squawk|@ts-|v8 ignore|#(?:end)?region|\/ <reference|:[a-z])/;

/** The passages of one file, found by its extension. */
export function passagesOf(path: string, text: string): readonly Passage[] {
  if (path.endsWith(".md")) return [{ line: 1, text: withoutFrontMatter(text) }];
  if (path.endsWith(".sql")) return sqlComments(text);
  return typescriptPassages(path, text);
}

function withoutFrontMatter(text: string): string {
  return text.replace(/^---\n[^]*?\n---\n/, (matter) => matter.replaceAll(/[^\n]/g, ""));
}

function sqlComments(text: string): readonly Passage[] {
  const lines = text
    .split("\n")
    .map((line, i) => ({ line: i + 1, comment: /(?:^|\s)--\s?(.*)$/.exec(line), whole: /^\s*--/.test(line) }));
  const comments = lines.flatMap(({ line, comment, whole }) =>
    comment === null ? [] : [{ line, text: comment[1] ?? "", whole }],
  );
  return joined(comments);
}

function typescriptPassages(path: string, text: string): readonly Passage[] {
  const { program, comments, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new Error(`${path} cannot be parsed: ${errors[0].message}`);
  const lineOf = (offset: number): number => text.slice(0, offset).split("\n").length;
  const blocks = comments
    .filter(({ type }) => type === "Block")
    .map((comment) => blockPassage(comment, lineOf(comment.start)));
  const lines = comments
    .filter(({ type }) => type === "Line")
    .map(({ start, value }) => ({
      line: lineOf(start),
      text: value.replace(/^ /, ""),
      whole: isFirstOnLine(text, start),
    }));
  const messages: Passage[] = [];
  new Visitor({
    Literal: ({ value, start }) => {
      if (typeof value === "string") messages.push({ line: lineOf(start), text: value });
    },
    TemplateLiteral: (node) => messages.push({ line: lineOf(node.start), text: templateText(node) }),
  }).visit(program);
  return [...blocks, ...joined(lines), ...messages.filter(isMessage)];
}

function blockPassage({ value }: Comment, line: number): Passage {
  const text = value
    .replace(/^\*/, "")
    .replaceAll(/^[ \t]*\*? ?/gm, "")
    .replaceAll(/\{@link ([^}]*)\}/g, "`$1`");
  return { line, text: DIRECTIVE.test(text) ? "" : text };
}

/** Comments on lines that follow each other are one passage. */
function joined(comments: readonly (Passage & { readonly whole: boolean })[]): readonly Passage[] {
  const blocks: (Passage & { readonly end: number })[] = [];
  for (const { line, text, whole } of comments) {
    const said = DIRECTIVE.test(text) ? "" : text;
    const last = whole && blocks.at(-1)?.end === line - 1 ? blocks.pop() : undefined;
    blocks.push(
      last === undefined
        ? { line, text: said, end: line }
        : { line: last.line, text: `${last.text}\n${said}`, end: line },
    );
  }
  return blocks.map((block) => ({ line: block.line, text: block.text }));
}

function isFirstOnLine(text: string, offset: number): boolean {
  return text.slice(text.lastIndexOf("\n", offset) + 1, offset).trim() === "";
}

function templateText({ quasis }: Extract<Expression, { type: "TemplateLiteral" }>): string {
  return quasis.map(({ value }) => value.cooked ?? value.raw).join("`…`");
}

// A message starts like a sentence and holds no line break, unlike SQL and fixtures.
function isMessage({ text }: Passage): boolean {
  return /^(?:\p{Lu}|`)/u.test(text) && !text.includes("\n") && text.split(" ").length >= MESSAGE_WORDS_MIN;
}
