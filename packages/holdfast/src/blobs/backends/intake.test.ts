import { once } from "node:events";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { Intake } from "./intake.ts";

/** A body that receives its pieces by hand. */
function handFed(): Readable {
  return new Readable({ read: () => undefined, highWaterMark: 1 });
}

const piece = (text: string): Buffer => Buffer.from(text);
const intakeLimits = { bytesAhead: 4, waitMs: 60_000 };

async function collect(intake: Intake): Promise<string> {
  let text = "";
  for (let pieces = await intake.take(); pieces.length > 0; pieces = await intake.take()) text += pieces.join("");
  return text;
}

test("a body comes whole and in order, and then nothing", async () => {
  const intake = new Intake(Readable.from(["1", "23", "456", "7890"].map(piece)), intakeLimits);
  expect(await collect(intake)).toBe("1234567890");
  expect(await intake.take()).toEqual([]);
});

test("a body waits for a reader that takes its time, and goes on with it", async () => {
  const body = handFed();
  const intake = new Intake(body, intakeLimits);
  body.push("123");
  expect(await intake.take()).toEqual([piece("123")]);
  const paused = once(body, "pause");
  body.push("4567");
  await paused;
  body.push("8");
  expect(await intake.take()).toEqual([piece("4567")]);
  expect(body.isPaused()).toBe(false);
  expect(await intake.take()).toEqual([piece("8")]);
  intake.close();
});

test("a body that waited too long is let go, and ends with what had been taken in", async () => {
  const body = handFed();
  const intake = new Intake(body, { ...intakeLimits, waitMs: 1 });
  body.push("1234");
  await once(body, "close");
  expect(await collect(intake)).toBe("1234");
});

test("a body that fails gives what came before", async () => {
  const body = handFed();
  const intake = new Intake(body, intakeLimits);
  const came = once(body, "data");
  body.push("12");
  await came;
  body.destroy(new Error("broken"));
  expect(await intake.take()).toEqual([piece("12")]);
  await expect(intake.take()).rejects.toThrow("broken");
});

test("a body that failed before it was taken in says so", async () => {
  const body = handFed();
  body.destroy(new Error("broken"));
  await expect(once(body, "close")).rejects.toThrow("broken");
  await expect(new Intake(body, intakeLimits).take()).rejects.toThrow("broken");
});
