import { randomFillSync } from "node:crypto";

/** Random digits for many ids: to ask the system for those of one takes longer than all the rest of it. */
const randomBytes = Buffer.alloc(1536);
let random = "";
let used = 0;

let msecs = 0;
/** Counts the ids of one millisecond, in 26 bits, from anywhere in the first half of them on. */
let count = 0;
/** What the ids of one millisecond have in common, but for the last 14 bits of their count. */
let head = "";

const bytesInHex = Array.from({ length: 256 }, (_, byte) => hex(byte, 2));

/** An id that nobody else has: a UUID of version 7, greater than all that this process made before. */
export function newId(): string {
  const now = Date.now();
  const isLater = now > msecs;
  if (isLater) msecs = now;
  count = isLater ? Number.parseInt(randomDigits(), 16) % 2 ** 25 : count + 1;
  if (isLater || (count & 0x3fff) === 0) {
    const time = hex(msecs, 12);
    head = `${time.slice(0, 8)}-${time.slice(8)}-7${hex(count >>> 14, 3)}-`;
  }
  return `${head}${bytesInHex[0x80 | ((count >>> 8) & 0x3f)]}${bytesInHex[count & 0xff]}-${randomDigits()}`;
}

/** As many as the last group of an id has. */
function randomDigits(): string {
  if (used === random.length) {
    random = randomFillSync(randomBytes).toString("hex");
    used = 0;
  }
  return random.slice(used, (used += 12));
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
