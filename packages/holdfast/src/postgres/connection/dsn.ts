import { invalidSetting } from "../../core/settings/invalid.ts";

/** Whether a text looks like libpq keywords: `host=db password='a b'`. */
export function isDsn(text: string): boolean {
  return /^\s*\w+\s*=/.test(text);
}

/** One `keyword = value`: the value in quotes or up to the next space; a backslash takes the next character as it is. */
const pair = /\s*(\w+)\s*=(\s*)(?:'((?:\\.|[^'\\])*)'|(?!')((?:\\.|[^\s\\])*))(?=\s|$)/sy;

/**
 * Splits a keyword DSN, with libpq's quoting. Messages quote nothing of it, not even a keyword, which may be the rest of a password with
 * a space in it. They count the pairs that could be read.
 */
export function parseDsn(dsn: string, origin: string): Map<string, string> {
  const text = dsn.trimEnd();
  const values = new Map<string, string>();
  pair.lastIndex = 0;
  while (pair.lastIndex < text.length) {
    const [found, keyword = "", space = "", quoted, bare = ""] = pair.exec(text) ?? [];
    const place = `keyword ${values.size + 1}`;
    if (found === undefined) {
      const quoting = "and a value with spaces, quotes or backslashes as 'a b', \\' and \\\\";
      throw invalidSetting(origin, `cannot be read at ${place}: write keyword=value, ${quoting}.`);
    }
    // libpq takes the next word as the value, so a forgotten value would turn a password into a user or host name.
    if (quoted === undefined && space !== "" && bare.includes("=")) {
      throw invalidSetting(origin, `has no value for ${place}: write '' for an empty one.`);
    }
    if (values.has(keyword)) throw invalidSetting(origin, `repeats at ${place} one given before: keep one of the two.`);
    values.set(keyword, (quoted ?? bare).replaceAll(/\\(.)/gs, "$1"));
  }
  return values;
}
