/** The text format of an array of one dimension that is in the binary format, and whose elements are whole numbers, bytes or text. */
export function arrayText(bytes: Uint8Array): string {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = view.readInt32BE(8);
  const elements: string[] = [];
  for (let at = 20; at < view.length;) {
    const size = view.readInt32BE(at);
    at += 4;
    elements.push(size < 0 ? "NULL" : elementText(type, view.subarray(at, at + size)));
    at += Math.max(size, 0);
  }
  return `{${elements.join(",")}}`;
}

const int8 = 20;
const bytea = 17;

function elementText(type: number, bytes: Buffer): string {
  if (type === int8) return String(bytes.readBigInt64BE());
  if (type === bytea) return `"\\\\x${bytes.toString("hex")}"`;
  return `"${bytes.toString().replaceAll(/["\\]/g, "\\$&")}"`;
}
