import { didYouMean } from "../../core/nearest.ts";
import { invalidSetting } from "../../core/settings/invalid.ts";
import { isDsn, parseDsn } from "./dsn.ts";
import { isFixedKeyword } from "./keywords.ts";
import { settingByKeyword } from "./setting-table.ts";
import { isPostgresUrl, parseUrl } from "./url.ts";

/** The contents of a URL or DSN, and its origin: `url`, or the name of a variable. */
export interface Parameters {
  readonly origin: string;
  readonly values: ReadonlyMap<string, string>;
}

/** Other clients' names of Holdfast's parameters. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ["connection_limit", "pool_max"],
  ["database", "dbname"],
  ["pool_max_conns", "pool_max"],
  ["username", "user"],
]);

/** Reads a URL or a keyword DSN; unknown parameters are refused. */
export function parseParameters(text: string, origin: string): Parameters {
  const values = split(text, origin);
  let previous = "";
  for (const [keyword, value] of values) {
    if (!settingByKeyword.has(keyword) && !isFixedKeyword(keyword, value, `${keyword} in ${origin}`)) {
      throw unknown(keyword, previous, origin);
    }
    previous = keyword;
  }
  return { origin, values };
}

function split(text: string, origin: string): Map<string, string> {
  if (isPostgresUrl(text.trim())) return parseUrl(text, origin);
  if (isDsn(text)) return parseDsn(text, origin);
  throw invalidSetting(origin, "is no PostgreSQL address: write postgres://user@host/database or host=… dbname=….");
}

function unknown(keyword: string, previous: string, origin: string): Error {
  if (previous.endsWith("password") || !/^[a-z]\w{0,39}$/i.test(keyword)) {
    const quoting = "put a value with spaces in quotes in a DSN, and percent-encode it in a URL";
    return invalidSetting(origin, `has an unknown parameter${previous && ` after ${previous}`}: ${quoting}.`);
  }
  const other = elsewhere.get(keyword.toLowerCase());
  const hint = other === undefined ? didYouMean(keyword, settingByKeyword.keys()) : ` Did you mean ${other}?`;
  return invalidSetting(`${keyword} in ${origin}`, `is not a known parameter: leave it out.${hint}`);
}
