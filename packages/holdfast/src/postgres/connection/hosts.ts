import { invalidSetting } from "../../core/settings/invalid.ts";
import { findStatement, labelOf, readSetting, type Sources } from "./statements.ts";

/** A server of the list: its address, and its name. */
export interface Endpoint {
  readonly host: string;
  readonly name: string;
  readonly port: number;
}

const portDefault = 5432;

/** Whether a host is a socket's folder. */
export function isSocket(host: string): boolean {
  return host.startsWith("/");
}

/** Whether a host is this machine, so that nobody else can listen in between. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}

/**
 * Matches hosts, addresses and ports like libpq: one port serves all hosts, or there is one for each; an empty one is 5432. The default
 * host is `localhost`.
 */
export function readEndpoints(sources: Sources): readonly Endpoint[] {
  const { names, addresses } = readNames(sources);
  if (names !== null && addresses !== null && names.length !== addresses.length) {
    const counts = `${addresses.length} for ${names.length} hosts`;
    throw invalidSetting(labelOf(sources, "hostAddress"), `has ${counts}: give one address for each host.`);
  }
  const hosts = addresses ?? names ?? ["localhost"];
  const ports = readSetting(sources, "port") ?? [portDefault];
  if (ports.length !== 1 && ports.length !== hosts.length) {
    const counts = `${ports.length} ports for ${hosts.length} host${hosts.length === 1 ? "" : "s"}`;
    throw invalidSetting(labelOf(sources, "port"), `has ${counts}: give one for all, or one for each.`);
  }
  return hosts.map((host, index) => ({
    host,
    name: names?.[index] ?? host,
    port: (ports.length === 1 ? ports[0] : ports[index]) ?? portDefault,
  }));
}

/** A host from the environment does not match an address stated elsewhere, nor the reverse: they are two servers. */
function readNames(sources: Sources): { names: readonly string[] | null; addresses: readonly string[] | null } {
  const name = findStatement(sources, "host")?.origin;
  const address = findStatement(sources, "hostAddress")?.origin;
  const bothStated = name !== undefined && address !== undefined && name !== address;
  return {
    names: bothStated && name === "environment" ? null : readSetting(sources, "host"),
    addresses: bothStated && address === "environment" ? null : readSetting(sources, "hostAddress"),
  };
}
