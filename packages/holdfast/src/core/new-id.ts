import { randomFillSync } from "node:crypto";
import { v7 } from "uuid";

const bytesPerId = 16;

/** Random bytes for many ids: requesting them for one takes longer than all the rest. */
const randomBytes = Buffer.alloc(256 * bytesPerId);
let used = randomBytes.length;

let msecs = 0;
let seq = 0;

/** Returns a unique id: a UUID of version 7, greater than all earlier ones of this process. */
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
    // The first of 32 bits stays zero, so that ids of one millisecond can be counted up.
    seq = random.readUInt32BE() >>> 1;
  } else seq += 1;
  return v7({ random, msecs, seq });
}
