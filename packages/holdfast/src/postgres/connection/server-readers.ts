import { isIP, isIPv6 } from "node:net";
import { invalidSetting } from "../../core/settings/invalid.ts";
import { describeType, flag, oneOf, type Reader, text, whole } from "../../core/settings/readers.ts";
import { Secret } from "../../core/settings/secret.ts";
import type { SslMode } from "./connection-options.ts";
import type { Password } from "./connection-settings.ts";

type ListReader<T> = Reader<readonly T[]>;

function listOf<T>(
  field: (value: unknown, label: string) => T,
  item: (text: string, label: string) => T,
): ListReader<T> {
  return {
    field: (value, label) => {
      if (typeof value === "string") return splitText(value, label, item);
      if (!Array.isArray(value)) return [field(value, label)];
      if (value.length === 0) throw invalidSetting(label, "is an empty array: give one at least, or leave it out.");
      return value.map((each: unknown) => field(each, label));
    },
    text: (value, label) => splitText(value, label, item),
  };
}

function splitText<T>(value: string, label: string, item: (text: string, label: string) => T): T[] {
  return value.split(",").map((each) => item(each.trim(), label));
}

function readHost(value: unknown, label: string): string {
  const host = text.field(value, label);
  if (host.startsWith("/") || isIPv6(host)) return host;
  if (/^[^\s:/@=?#%[\]'"]+$/.test(host)) return host;
  throw invalidSetting(
    label,
    "is not a host: give a name, an address or a socket's folder, and the port apart from it.",
  );
}

function readAddress(value: unknown, label: string): string {
  const address = text.field(value, label);
  if (isIP(address) !== 0) return address;
  throw invalidSetting(label, "is not an IP address: give one, and names as host.");
}

const portNumber = whole(1, 65_535);

/** Hosts, an array or separated by commas. */
export const hosts: ListReader<string> = listOf(readHost, readHost);

/** IP addresses, an array or separated by commas. */
export const addresses: ListReader<string> = listOf(readAddress, readAddress);

/** Ports. In text an empty one between commas means the default; as an option they are numbers. */
export const ports: ListReader<number | null> = {
  field: (value, label) => {
    if (Array.isArray(value)) return listOf(portNumber.field, portNumber.field).field(value, label);
    return [portNumber.field(value, label)];
  },
  text: (value, label) => splitText(value, label, (each) => (each === "" ? null : portNumber.text(each, label, label))),
};

const modes = oneOf<SslMode>(["disable", "require", "verify-ca", "verify-full"]);

function readMode(value: unknown, label: string): SslMode {
  if (value === true) return "verify-full";
  if (value === false) return "disable";
  if (value === "prefer" || value === "allow") {
    const choice = "choose verify-full (or require, which encrypts but trusts any server), or disable";
    throw invalidSetting(label, `is ${value}, which falls back to plain text in silence: ${choice}.`);
  }
  if (value === "no-verify") throw invalidSetting(label, "is no-verify, which libpq calls require: choose that.");
  return modes.field(value, label);
}

/** libpq's sslmode. The URL parameter `ssl=true` is require, as for libpq; the option `ssl: true` is verify-full. */
export const sslMode: Reader<SslMode> = {
  field: readMode,
  text: (value, label, name) => {
    if (name !== "ssl") return readMode(value, label);
    return flag.text(value, label, name) ? "require" : "disable";
  },
};

/** A password, or a function that returns one. */
export const password: Reader<Password> = {
  field: (value, label) => {
    if (typeof value === "string") return new Secret(text.field(value, label));
    // The driver checks the function's result for each connection.
    if (typeof value === "function") return new Secret(value as () => string | Promise<string>);
    throw invalidSetting(label, `is ${describeType(value)}: give a string, or a function that returns one.`);
  },
  text: (value, label, name) => new Secret(text.text(value, label, name)),
};

const poolers = oneOf(["none", "transaction"] as const);

/** The kind of pooler. The parameter `pgbouncer=true`, known to other clients, means transaction. */
export const pooler: Reader<"none" | "transaction"> = {
  field: poolers.field,
  text: (value, label, name) => {
    if (name !== "pgbouncer") return poolers.text(value, label, name);
    return flag.text(value, label, name) ? "transaction" : "none";
  },
};
