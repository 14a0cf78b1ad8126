import { invalidSetting } from "../../core/settings/invalid.ts";

/** Whether text is meant as a PostgreSQL URL, by its scheme alone. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//i.test(text);
}

/**
 * Splits a `postgres://` URL into libpq keywords, as libpq does. It accepts several hosts, IPv6 in brackets, and percent-encoded parts
 * (also a socket's folder as host). Parameters override the part before them. `+` stays `+`.
 *
 * Messages quote nothing of the URL. At most one raw `@` is accepted, before the hosts. Any other means that a password holds an
 * unencoded `@ / ? #`, and a part of it would be read as a host or a parameter.
 */
export function parseUrl(url: string, origin: string): Map<string, string> {
  const match = /^[a-z]+:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/is.exec(url.trim());
  const [, authority = "", path = "", query = ""] = match ?? [];
  const at = authority.indexOf("@");
  if (match === null || `${authority.slice(at + 1)}${path}${query}`.includes("@")) {
    throw invalidSetting(
      origin,
      "has an @ out of place: write @ : / ? # and % in the user, password and parameters percent-encoded (@ is %40).",
    );
  }
  const values = new Map<string, string>();
  if (at >= 0) splitUser(authority.slice(0, at), origin, values);
  splitHosts(authority.slice(at + 1), origin, values);
  if (path !== "") values.set("dbname", decode(path, origin, "database"));
  splitQuery(query, origin, values);
  return values;
}

function splitUser(userinfo: string, origin: string, values: Map<string, string>): void {
  const colon = userinfo.indexOf(":");
  values.set("user", decode(colon < 0 ? userinfo : userinfo.slice(0, colon), origin, "user"));
  if (colon >= 0) values.set("password", decode(userinfo.slice(colon + 1), origin, "password"));
}

function splitHosts(list: string, origin: string, values: Map<string, string>): void {
  if (list === "") return;
  const hosts: string[] = [];
  const ports: string[] = [];
  for (const part of list.split(",")) {
    const [, bracketed, plain = "", port = ""] = /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(\d*))?$/.exec(part) ?? [];
    if (bracketed === undefined && plain === "" && part !== `:${port}`) {
      throw invalidSetting(origin, "has a host that cannot be read: write host:port, or [address]:port for IPv6.");
    }
    hosts.push(bracketed ?? decode(plain, origin, "host"));
    ports.push(port);
  }
  if (hosts.some((host) => host !== "")) values.set("host", hosts.join(","));
  if (ports.some((port) => port !== "")) values.set("port", ports.join(","));
}

function splitQuery(query: string, origin: string, values: Map<string, string>): void {
  const seen = new Set<string>();
  for (const pair of query.split("&").filter((part) => part !== "")) {
    const equals = pair.indexOf("=");
    if (equals < 1) throw invalidSetting(origin, "has a parameter without a value: write ?name=value&name=value.");
    const keyword = decode(pair.slice(0, equals), origin, "parameter names");
    if (seen.has(keyword)) throw invalidSetting(origin, "has a parameter twice: keep one of the two.");
    seen.add(keyword);
    values.set(keyword, decode(pair.slice(equals + 1), origin, "parameters"));
  }
}

function decode(part: string, origin: string, what: string): string {
  try {
    const decoded = decodeURIComponent(part);
    if (!decoded.includes("\0")) return decoded;
  } catch {
    // The cause would quote the text, which may be the password.
  }
  throw invalidSetting(origin, `has a wrong percent-encoding in its ${what}: write % itself as %25.`);
}
