import { checkedCount, endOfTimeMs, oid, typeParsers } from "./values.ts";

/** Reads one column of a row from what came over the wire. */
export type ColumnReader = (bytes: Buffer, start: number, end: number) => unknown;

/** How a column comes, and how it is read. */
export interface Column {
  readonly isBinary: boolean;
  /** How many bytes each of its values has, where all have as many. */
  readonly width: number | undefined;
  readonly read: ColumnReader;
}

/** A column of a type as the server writes it unless it is asked otherwise: as text. */
export function textColumn(type: number): Column {
  const parse = typeParsers.getTypeParser(type);
  return { isBinary: false, width: undefined, read: (bytes, start, end) => parse(bytes.toString("utf8", start, end)) };
}

/** A column of a type as it takes the least time on both sides; the values are those of its text. */
export function quickColumn(type: number): Column {
  return binaryColumns.get(type) ?? textColumn(type);
}

const binaryColumns = new Map<number, Column>([
  [oid.bool, binaryColumn(1, (bytes, start) => bytes[start] === 1)],
  // In memory of its own: of what a caller keeps, nobody should keep all that came with it.
  [
    oid.bytea,
    binaryColumn(
      undefined,
      (bytes, start, end) => new Uint8Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + end)),
    ),
  ],
  [oid.int4, binaryColumn(4, (bytes, start) => bytes.readInt32BE(start))],
  [oid.int8, binaryColumn(8, (bytes, start) => checkedCount(wholeNumberAt(bytes, start)))],
  [oid.timestamptz, binaryColumn(8, readInstant)],
  // The same bytes as in text, but the server need not look for their end.
  [oid.text, binaryColumn(undefined, readText)],
  [oid.json, binaryColumn(undefined, readText)],
]);

function binaryColumn(width: number | undefined, read: ColumnReader): Column {
  return { isBinary: true, width, read };
}

function readText(bytes: Buffer, start: number, end: number): string {
  return bytes.toString("utf8", start, end);
}

/** Eight bytes as a number, exact up to 2^53. */
function wholeNumberAt(bytes: Buffer, start: number): number {
  return bytes.readInt32BE(start) * 2 ** 32 + bytes.readUInt32BE(start + 4);
}

/** From when on PostgreSQL counts its microseconds. */
const epochMs = Date.UTC(2000, 0, 1);

/** Cut to milliseconds towards the past, as text is. */
function readInstant(bytes: Buffer, start: number): Date {
  const number = wholeNumberAt(bytes, start);
  if (Number.isSafeInteger(number)) return new Date(Math.floor(number / 1000) + epochMs);
  const micros = bytes.readBigInt64BE(start);
  if (micros === 2n ** 63n - 1n) return new Date(endOfTimeMs);
  if (micros === -(2n ** 63n)) return new Date(-endOfTimeMs);
  return new Date(Math.floor(Number(micros / 1000n) - (micros < 0n && micros % 1000n !== 0n ? 1 : 0)) + epochMs);
}
