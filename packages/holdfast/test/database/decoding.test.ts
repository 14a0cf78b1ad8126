import { expect, onTestFinished, test } from "vitest";
import { type Codec, jsonCodec } from "../../src/core/codec.ts";
import { CorruptError } from "../../src/core/errors.ts";
import { testStore } from "../../src/testing/test-store.ts";
import { rejection } from "./support.ts";

/** Writes everything and cannot read what holds "unreadable". */
const forgetful: Codec = {
  encode: (value, field) => jsonCodec.encode(value, field),
  decode: (text) => {
    if (text.includes("unreadable")) throw new RangeError("no key for it");
    return jsonCodec.decode(text);
  },
};

async function opened() {
  const opening = await testStore({ codec: forgetful });
  onTestFinished(() => opening.close());
  return opening.store;
}

test("a payload that cannot be decoded is a CorruptError with the codec's error as its cause", async () => {
  const store = await opened();
  await store.executions.create({ id: "x", input: "unreadable" });
  const error = await rejection(store.executions.get("x"));
  expect(error).toBeInstanceOf(CorruptError);
  expect((error as CorruptError).cause).toBeInstanceOf(RangeError);
  expect(String(error)).not.toContain("unreadable");
});

test("of transitions that travel together, only the one whose event cannot be decoded fails", async () => {
  const store = await opened();
  const ids = ["a", "b", "c"];
  for (const id of ids) {
    await store.executions.create({ id });
    await store.correlations.deliver({ key: id, ttlMs: 60_000, payload: id === "b" ? "unreadable" : id });
  }
  const outcomes = await Promise.allSettled(
    ids.map((id) => store.executions.transition(id, { waits: [{ key: id, step: "s" }] })),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(outcomes[1]).toMatchObject({ reason: { code: "corrupt" } });
});

test("a claimed job or timer that cannot be decoded is named, so that it can be canceled", async () => {
  const store = await opened();
  await store.jobs.push({ id: "j", queue: "q", payload: "unreadable" });
  const error = await rejection(store.jobs.claim({ queues: ["q"], limit: 1, holder: "h" }));
  expect(error).toMatchObject({ code: "corrupt", facts: { kind: "job", id: "j", field: "payload" } });
  expect(await store.jobs.cancel("j")).toBe(true);
  await store.executions.create({ id: "x" });
  await store.timers.schedule({ id: "t", executionId: "x", step: "s", afterMs: 0, payload: "unreadable" });
  expect(await rejection(store.timers.claim())).toMatchObject({ facts: { kind: "timer", id: "t" } });
});
