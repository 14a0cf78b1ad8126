import { isIPv6 } from "node:net";
import type { ConnectionSettings, ServerHost } from "./connection-settings.ts";

/** The location of the database for people and logs, without secrets: `postgres://user@host:5432/db`, `embedded .holdfast`. */
export function describeConnection(settings: ConnectionSettings): string {
  switch (settings.kind) {
    case "embedded":
      return `embedded ${settings.folder ?? "in memory"}`;
    case "server": {
      const hosts = settings.hosts.map(describeHost).join(",");
      return `postgres://${encodeURIComponent(settings.user)}@${hosts}/${encodeURIComponent(settings.database)}`;
    }
    case "pool":
      return "the caller's pg pool";
    case "client":
      return "the caller's pg client";
    case "pglite":
      return "the caller's PGlite";
  }
}

/** One server as `host:port`, as URLs write it. */
export function describeHost({ name, port }: Pick<ServerHost, "name" | "port">): string {
  if (isIPv6(name)) return `[${name}]:${port}`;
  return `${name.startsWith("/") ? encodeURIComponent(name) : name}:${port}`;
}
