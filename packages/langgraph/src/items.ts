import type { Item } from "@langchain/langgraph-checkpoint";
import type { KvEntry } from "holdfast";
import type { KvKey } from "holdfast/kv";
import type { Fields } from "./filter.ts";
import { escaped, unescaped } from "./text.ts";

/** Ends each label of a namespace. No escaped text holds a control character. */
const end = "\u0001";

/** The prefix of a namespace's items. Those of the namespaces below start with it. */
export function prefixOf(namespace: readonly string[]): string {
  return ["langgraph", ...namespace].map((label) => escaped(label) + end).join("");
}

/** The namespace of a prefix. */
export function namespaceOf(prefix: string): string[] {
  return prefix.split(end).slice(1, -1).map(unescaped);
}

/** The name of an item. Neither part can contain the NUL that separates them. */
export function nameOf({ prefix, key }: KvKey): string {
  return `${prefix}\0${key}`;
}

/** An entry as an item. */
export function toItem(entry: KvEntry): Item {
  const { prefix, key, createdAt, updatedAt } = entry;
  return { namespace: namespaceOf(prefix), key: unescaped(key), value: valueOf(entry), createdAt, updatedAt };
}

/** The fields of an item, as a put wrote them. */
export function valueOf({ value }: KvEntry): Fields {
  return JSON.parse(new TextDecoder().decode(value ?? new Uint8Array())) as Fields;
}
