import { expect, onTestFinished, test, vi } from "vitest";
import { testStore } from "../../src/testing/index.ts";
import { withResolvers } from "../support/waiting.ts";

test("a slow upload gives signs of life, and learns from them that it was given up", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  await using own = await testStore();
  const { store, clock } = own;
  const started = withResolvers();
  const silent = async function* silent(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("bytes");
    started.resolve();
    await new Promise(() => undefined);
  };
  const uploading = store.blobs.upload("b", silent());
  await started.promise;
  const sweep = async (): Promise<number> => (await store.blobs.sweep({ olderThanMs: 0 })).unused;
  // It lives for five minutes, and says so every minute.
  await clock.advance(250_000);
  vi.advanceTimersByTime(60_000);
  await store.ping();
  await clock.advance(250_000);
  expect(await sweep()).toBe(0);
  await clock.advance(51_000);
  expect(await sweep()).toBe(1);
  vi.advanceTimersByTime(60_000);
  await expect(uploading).rejects.toMatchObject({ code: "lease_lost" });
});
