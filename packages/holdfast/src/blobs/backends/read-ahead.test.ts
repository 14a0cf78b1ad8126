import { expect, test } from "vitest";
import { readAhead } from "./read-ahead.ts";

const whole = Uint8Array.from({ length: 100 }, (_, i) => i);

/** Reads the bytes above, at most `most` at a time. */
function source(most = Infinity): {
  readonly asked: number[];
  readonly read: (at: number, length: number) => Promise<readonly Uint8Array[]>;
} {
  const asked: number[] = [];
  const read = async (at: number, length: number): Promise<readonly Uint8Array[]> => {
    asked.push(at);
    const part = whole.slice(at, at + Math.min(length, most));
    return [part.subarray(0, 3), part.subarray(3)];
  };
  return { asked, read };
}

async function collect(parts: AsyncIterable<Uint8Array>): Promise<readonly number[]> {
  const bytes: number[] = [];
  for await (const part of parts) bytes.push(...part);
  return bytes;
}

test("a range comes whole and in order, whatever the size of its parts", async () => {
  for (const partsAhead of [1, 3, 20]) {
    for (const partBytes of [1, 7, 80, 200]) {
      const bytes = await collect(readAhead({ start: 5, end: 85 }, { partBytes, partsAhead }, source().read));
      expect(bytes).toEqual(Array.from(whole.subarray(5, 85)));
    }
  }
});

test("so many parts are asked for ahead of who reads, and no more", async () => {
  const { asked, read } = source();
  const parts = readAhead({ start: 0, end: 100 }, { partBytes: 10, partsAhead: 3 }, read);
  expect(asked).toEqual([]);
  await parts.next();
  await parts.next();
  expect(asked).toEqual([0, 10, 20, 30]);
  await parts.next();
  expect(asked).toEqual([0, 10, 20, 30, 40]);
  await parts.return();
});

test("after a part that is shorter than it should be, reading goes on where it ended", async () => {
  const bytes = await collect(readAhead({ start: 0, end: 100 }, { partBytes: 10, partsAhead: 3 }, source(7).read));
  expect(bytes).toEqual([...whole]);
});

test("a part that fails is told when it is its turn", async () => {
  const read = async (at: number): Promise<readonly Uint8Array[]> => {
    if (at >= 20) throw new Error(`no byte ${at}`);
    return [whole.slice(at, at + 10)];
  };
  const parts = readAhead({ start: 0, end: 100 }, { partBytes: 10, partsAhead: 4 }, read);
  expect([(await parts.next()).value, (await parts.next()).value].map((part) => part?.[0])).toEqual([0, 10]);
  await expect(parts.next()).rejects.toThrow("no byte 20");
});
