import { expect, test } from "vitest";
import { Framer } from "./frames.ts";
import { simpleQuery, sync } from "./protocol.ts";

const STARTUP = packet(196608, "user\0postgres\0\0");
const SSL_REQUEST = packet(80877103, "");
const CANCEL_REQUEST = packet(80877102, "12345678");
const TERMINATE = Uint8Array.of(88, 0, 0, 0, 4);

test("messages that follow each other are one frame", () => {
  const framer = new Framer();
  expect(framer.take([STARTUP])).toEqual([{ kind: "startup", bytes: STARTUP }]);
  const query = simpleQuery("select 1");
  expect(framer.take([query, sync()])).toEqual([{ kind: "messages", bytes: Uint8Array.of(...query, ...sync()) }]);
});

test("half a message waits for its other half, wherever it is cut", () => {
  const all = Uint8Array.of(...STARTUP, ...simpleQuery("select 1"), ...sync());
  for (let cut = 0; cut <= all.length; cut += 1) {
    const framer = new Framer();
    const frames = [...framer.take([all.slice(0, cut)]), ...framer.take([all.slice(cut)])];
    expect(frames[0]?.kind).toBe("startup");
    const bytes = frames.flatMap((frame) => ("bytes" in frame ? [...frame.bytes] : []));
    expect(bytes).toEqual([...all]);
  }
});

test("requests for encryption and cancellation, and the goodbye, never pass", () => {
  const framer = new Framer();
  expect(framer.take([SSL_REQUEST, STARTUP, sync(), TERMINATE])).toEqual([
    { kind: "encryption" },
    { kind: "startup", bytes: STARTUP },
    { kind: "messages", bytes: sync() },
    { kind: "terminate" },
  ]);
  expect(new Framer().take([CANCEL_REQUEST])).toEqual([{ kind: "cancel" }]);
});

function packet(code: number, text: string): Uint8Array<ArrayBuffer> {
  const body = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + body.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, bytes.length);
  view.setInt32(4, code);
  bytes.set(body, 8);
  return bytes;
}
