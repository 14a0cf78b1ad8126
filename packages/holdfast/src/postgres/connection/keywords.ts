import { invalidSetting } from "../../core/settings/invalid.ts";

/**
 * libpq's parameters without effect here, with the values for which that is true. A URL may state them. Another value is refused, because
 * it would be ignored.
 */
const fixed: ReadonlyMap<string, readonly string[]> = new Map([
  ["client_encoding", ["utf8", "utf-8", "unicode"]],
  ["gssencmode", ["disable", "prefer"]],
  ["load_balance_hosts", ["disable"]],
  ["replication", ["false", "off", "no", "0"]],
  ["ssl_min_protocol_version", ["tlsv1.2"]],
  ["sslcompression", ["0"]],
  ["sslnegotiation", ["postgres"]],
  ["sslsni", ["1"]],
  ["uselibpqcompat", ["true"]],
]);

/** Parameters that mean something elsewhere and are refused here, with what to do instead. */
const refused: ReadonlyMap<string, string> = new Map([
  ["gssdelegation", "use a password or a client certificate"],
  ["gsslib", "use a password or a client certificate"],
  ["keepalives_count", "set it in the operating system"],
  ["keepalives_interval", "set it in the operating system"],
  ["krbsrvname", "use a password or a client certificate"],
  ["passfile", "give the password itself, or PGPASSWORD"],
  ["require_auth", "limit the methods in the server's pg_hba.conf"],
  ["requirepeer", "connect over TCP with sslmode=verify-full"],
  ["requiressl", "use sslmode"],
  ["schema", "give the schema as an option of the store, not in the URL"],
  ["scram_client_key", "give the password"],
  ["scram_server_key", "give the password"],
  ["service", "give host, port, user and database themselves"],
  ["servicefile", "give host, port, user and database themselves"],
  ["ssl_max_protocol_version", "limit the versions on the server"],
  ["sslcertmode", "give sslcert and sslkey, or leave them out"],
  ["sslcrl", "revoke by short-lived certificates"],
  ["sslcrldir", "revoke by short-lived certificates"],
  ["tcp_user_timeout", "set it in the operating system"],
]);

/** Variables that make psql stricter, or redirect it: ignoring them silently would surprise. */
const checkedVariables: ReadonlyMap<string, string> = new Map([
  ["PGGSSENCMODE", "gssencmode"],
  ["PGREQUIREAUTH", "require_auth"],
  ["PGREQUIREPEER", "requirepeer"],
  ["PGSERVICE", "service"],
  ["PGSSLCRL", "sslcrl"],
  ["PGSSLCRLDIR", "sslcrldir"],
  ["PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"],
]);

/**
 * Whether a parameter is accepted without effect. Throws if Holdfast refuses it, or cannot honor its value. `label` names it in the
 * message.
 */
export function isFixedKeyword(keyword: string, value: string, label: string): boolean {
  const remedy = refused.get(keyword);
  if (remedy !== undefined) throw invalidSetting(label, `is not supported: leave it out, and ${remedy}.`);
  const accepted = fixed.get(keyword);
  if (accepted === undefined) return false;
  if (accepted.includes(value.trim().toLowerCase())) return true;
  throw invalidSetting(label, `has a value that is not supported: leave it out, or give ${accepted.join(" or ")}.`);
}

/** Refuses the variables of libpq's whose effect Holdfast cannot give. Call it for servers only. */
export function checkVariables(env: Readonly<Record<string, string | undefined>>): void {
  for (const [variable, keyword] of checkedVariables) {
    const value = env[variable];
    if (value !== undefined && value !== "") isFixedKeyword(keyword, value, variable);
  }
}
