import { ParseEnglish } from "parse-english";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import remarkRetext from "remark-retext";
import { unified } from "unified";
import { BANNED_PHRASES, WORDS_MAX } from "./config.ts";

/** What a rule found: the line within the checked text, and what is wrong there. */
export interface Finding {
  readonly line: number;
  readonly problem: string;
}

/** A node of the English syntax tree, as far as the rules read it. */
interface ProseNode {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly ProseNode[];
  readonly position?: { readonly start: { readonly line: number } } | undefined;
}

// Leaves out code blocks, tables and the addresses of links; code spans become source nodes, which have no words.
const english = unified().use(remarkParse).use(remarkGfm).use(remarkRetext, ParseEnglish).freeze();

/** Checks Markdown against the rules of config.ts. */
export function check(text: string): readonly Finding[] {
  const tree: ProseNode = english.runSync(english.parse(text), text);
  return sentences(tree).flatMap((sentence) => {
    const line = sentence.position?.start.line ?? 1;
    return [...tooLong(sentence), ...banned(sentence)].map((problem) => ({ line, problem }));
  });
}

function sentences(node: ProseNode): readonly ProseNode[] {
  return node.type === "SentenceNode" ? divided(node) : (node.children ?? []).flatMap(sentences);
}

// The parser continues a sentence after a number, and before code: "at most 2^31. `count` reads …".
function divided(sentence: ProseNode): readonly ProseNode[] {
  const children = sentence.children ?? [];
  const starts = children.flatMap((node, i) =>
    i === 0 || isStart(children, i) ? [{ i, position: node.position }] : [],
  );
  return starts.map(({ i, position }, n) => ({ ...sentence, position, children: children.slice(i, starts[n + 1]?.i) }));
}

function isStart(nodes: readonly ProseNode[], i: number): boolean {
  const [end, space, next] = nodes.slice(i - 2, i + 1);
  if (end === undefined || space?.type !== "WhiteSpaceNode" || next === undefined) return false;
  return i > 1 && /^[^.]*[.?!]$/.test(textOf(end)) && /^(?:`|\p{Lu})/u.test(textOf(next));
}

function tooLong(sentence: ProseNode): readonly string[] {
  const words = (sentence.children ?? []).filter(({ type }) => type === "WordNode").map(textOf);
  const count = words.filter(isProse).length;
  return count > WORDS_MAX ? [`${count} words: ${textOf(sentence).replaceAll("\n", " ")}`] : [];
}

function banned(sentence: ProseNode): readonly string[] {
  const text = textOf(sentence).replaceAll(/\s+/g, " ");
  return BANNED_PHRASES.flatMap(([phrase, instead]) => {
    const found = phrase.exec(text);
    return found === null ? [] : [`"${found[0].trim()}": write ${instead}`];
  });
}

// Names such as jobs_pkey, READ or maxAttempts are code that a comment has no need to mark.
function isProse(word: string): boolean {
  return /^\p{L}[\p{Ll}'’-]*$/u.test(word);
}

function textOf({ type, value, children }: ProseNode): string {
  return type === "SourceNode" ? "`…`" : (value ?? (children ?? []).map(textOf).join(""));
}
