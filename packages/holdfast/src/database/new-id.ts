import { randomFillSync } from "node:crypto";
import { v7 } from "uuid";

const bytesPerId = 16;

/** Random bytes for many ids: to ask the system for those of one takes longer than all the rest of it. */
const randomBytes = Buffer.alloc(256 * bytesPerId);
let used = randomBytes.length;

let msecs = 0;
let seq = 0;

/** An id that nobody else has: a UUID of version 7, greater than all that this process made before. */
export function newId(): string {
  if (used === randomBytes.length) {
    randomFillSync(randomBytes);
    used = 0;
  }
  const random = randomBytes.subarray(used, used + bytesPerId);
  used += bytesPerId;
  const now = Date.now();
  if (now > msecs) {
    msecs = now;
    // Of 32 bits the first is left, so that those of one millisecond can be counted on.
    seq = random.readUInt32BE() >>> 1;
  } else seq += 1;
  return v7({ random, msecs, seq });
}
