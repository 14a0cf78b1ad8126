import { expect, test } from "vitest";
import { escapeControls, escapeLines, toJson } from "./escaping.ts";

test("what drives a terminal, or lies on it, is written as an escape", () => {
  expect(escapeControls("a\u001b[31m\u0007\n\t\r\u009b\u202e\u200bé😀")).toBe(
    String.raw`a\u001b[31m\u0007\n\t\r\u009b\u202e\u200bé😀`,
  );
  expect(escapeLines("a\nb\u0007")).toBe("a\nb\\u0007");
});

test("JSON keeps its value, with bytes in base64 and without what is undefined", () => {
  const value = { text: "\u001b\u009b\u202e\n", none: undefined, big: 2n ** 60n, list: [1, null] };
  const text = toJson(value);
  // oxlint-disable-next-line no-control-regex -- What must not be there.
  expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  expect(JSON.parse(text)).toEqual({ text: value.text, big: String(2n ** 60n), list: [1, null] });
  expect(toJson({ a: new Uint8Array([0, 255]), b: Buffer.from([1]) })).toBe('{"a":"AP8=","b":"AQ=="}');
});
