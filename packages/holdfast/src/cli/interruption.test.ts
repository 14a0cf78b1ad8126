import { expect, test } from "vitest";
import { Interruption, interruptionSignal } from "./interruption.ts";

test("the first signal asks for the end, and the second, whichever it is, meets no listener that would hold it off", () => {
  const names = ["SIGINT", "SIGTERM"] as const;
  const counts = (): readonly number[] => names.map((name) => process.listenerCount(name));
  const before = counts();
  const signal = interruptionSignal({ advice: "go on" });
  expect(counts()).toEqual(before.map((count) => count + 1));
  // Not by an event, which the test runner would hear too.
  process.listeners("SIGINT").at(-1)?.("SIGINT");
  expect(signal.reason).toBeInstanceOf(Interruption);
  expect(String(signal.reason)).toContain("stopped by SIGINT: go on");
  expect(counts()).toEqual(before);
});
