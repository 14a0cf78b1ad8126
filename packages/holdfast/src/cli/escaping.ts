/** C0 and C1 controls, DEL, and the marks that reorder, hide or break text: what may drive a terminal, or lie on it. */
const controls =
  // oxlint-disable-next-line no-control-regex -- Controls are what it is for.
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

const named: Readonly<Record<string, string>> = { "\n": String.raw`\n`, "\r": String.raw`\r`, "\t": String.raw`\t` };

/** Text in one line that cannot drive a terminal: controls are written as escapes. */
export function escapeControls(text: string): string {
  return text.replaceAll(controls, (character) => named[character] ?? escapeOf(character));
}

/** Like {@link escapeControls}, for text whose own lines stay. */
export function escapeLines(text: string): string {
  return text.split("\n").map(escapeControls).join("\n");
}

/** A value as JSON that is safe on a terminal too. Bytes are in base64, and what is undefined is left out. */
export function toJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, replaceBytes, indent) ?? "null";
  return text.replaceAll(controls, (character) => (character === "\n" ? character : escapeOf(character)));
}

function escapeOf(character: string): string {
  return String.raw`\u` + character.charCodeAt(0).toString(16).padStart(4, "0");
}

function replaceBytes(this: unknown, key: string, value: unknown): unknown {
  // Before `value` came here, a Buffer had turned itself into an object.
  const original: unknown = Reflect.get(Object(this), key);
  if (original instanceof Uint8Array) return Buffer.from(original).toString("base64");
  return typeof value === "bigint" ? value.toString() : value;
}
