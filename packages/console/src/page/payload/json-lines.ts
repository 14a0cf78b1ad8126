/** A piece of a line of JSON, by what it is. */
export interface Token {
  readonly kind: "key" | "string" | "number" | "word" | "mark";
  readonly text: string;
}

const STRING = /^"(?:[^"\\]|\\.)*"/;
const NUMBER = /^-?\d[\d.eE+-]*/;
const WORD = /^(?:true|false|null)/;
const MARKS = /^[\s{}[\],:]+/;

/** Splits a line of pretty-printed JSON into its pieces. Text that is no JSON stays one piece. */
export function tokensOf(line: string): readonly Token[] {
  const tokens: Token[] = [];
  let rest = line;
  while (rest !== "") {
    const token = nextToken(rest);
    tokens.push(token);
    rest = rest.slice(token.text.length);
  }
  return tokens;
}

function nextToken(text: string): Token {
  const string = STRING.exec(text)?.[0];
  if (string !== undefined) {
    return { kind: text.startsWith(":", string.length) ? "key" : "string", text: string };
  }
  const number = NUMBER.exec(text)?.[0];
  if (number !== undefined) return { kind: "number", text: number };
  const word = WORD.exec(text)?.[0];
  if (word !== undefined) return { kind: "word", text: word };
  return { kind: "mark", text: MARKS.exec(text)?.[0] ?? text };
}
