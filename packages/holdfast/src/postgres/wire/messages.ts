import { UnavailableError } from "../../core/errors.ts";
import {
  checkedCount,
  endOfTimeMs,
  oid,
  type ParameterValue,
  typeParsers,
  valueSize,
  writeValues,
} from "../../core/values.ts";

/** Messages begin with a letter and their length, which counts itself. */
const headBytes = 5;

function endOfMessage(bytes: Buffer, start: number): number {
  return start + 1 + bytes.readUInt32BE(start + 1);
}

/**
 * A listener for what a server sends, in any pieces. It offers each row to `readRow`, which says whether it took the row. Everything else
 * goes to `pass`, in whole messages.
 */
export function rowSplitter(
  readRow: (bytes: Buffer, start: number) => boolean,
  pass: (bytes: Buffer) => void,
): (piece: Buffer) => void {
  let pieces: Buffer[] = [];
  let size = 0;
  let wanted = headBytes;
  return (piece) => {
    size += piece.length;
    if (size < wanted) {
      pieces.push(piece);
      return;
    }
    const bytes = pieces.length === 0 ? piece : Buffer.concat([...pieces, piece]);
    const end = deal(bytes, readRow, pass);
    size = bytes.length - end;
    pieces = size > 0 ? [bytes.subarray(end)] : [];
    wanted = size < headBytes ? headBytes : endOfMessage(bytes, end) - end;
  };
}

/** Deals out whole messages, and says where they end. */
function deal(
  bytes: Buffer,
  readRow: (bytes: Buffer, start: number) => boolean,
  pass: (bytes: Buffer) => void,
): number {
  let passedTo = 0;
  let at = 0;
  while (at + headBytes <= bytes.length) {
    const next = endOfMessage(bytes, at);
    if (next > bytes.length) break;
    if (bytes[at] === code.dataRow) {
      // Whose row it is, is known only when all before it was passed on.
      if (at > passedTo) pass(bytes.subarray(passedTo, at));
      passedTo = readRow(bytes, at + headBytes) ? next : at;
    }
    at = next;
  }
  if (at > passedTo) pass(bytes.subarray(passedTo, at));
  return at;
}

/** A prepared statement to execute, and the format of its answer. */
interface PreparedCall {
  readonly name: string;
  readonly values: readonly ParameterValue[];
  /** The columns of its rows. Where they are not known, all come as text, with a description. */
  readonly columns: readonly Column[] | undefined;
  /** Whether the server should answer now, because nothing more comes. */
  readonly isLast: boolean;
}

const code = { bind: 0x42, dataRow: 0x44, describe: 0x44, execute: 0x45, sync: 0x53 };

/** Describe and Execute of the unnamed portal, and Sync. */
const describe = Buffer.from([code.describe, 0, 0, 0, 6, 0x50, 0]);
const execute = Buffer.from([code.execute, 0, 0, 0, 9, 0, 0, 0, 0, 0]);
const sync = Buffer.from([code.sync, 0, 0, 0, 4]);

/** PostgreSQL accepts no message of one GiB, and hangs up when one is announced. */
const messageBytesMax = 2 ** 30 - 2;

/**
 * The messages that execute a prepared statement, in one piece.
 *
 * @throws RangeError if the values are too large.
 */
export function executionMessages({ name, values, columns, isLast }: PreparedCall): Buffer {
  const sizes = values.map(valueSize);
  const columnsCount = columns?.length ?? 0;
  const bindSize = sizes.reduce(
    (sum, size) => sum + 6 + Math.max(size, 0),
    4 + 1 + name.length + 1 + 6 + 2 * columnsCount,
  );
  if (bindSize > messageBytesMax) throw tooLarge(bindSize);
  const rest = [...(columns ? [] : [describe]), execute, ...(isLast ? [sync] : [])];
  const bytes = Buffer.allocUnsafe(rest.reduce((sum, { length }) => sum + length, 1 + bindSize));
  let end = bytes.writeUInt8(code.bind);
  end = bytes.writeInt32BE(bindSize, end);
  end = bytes.writeUInt8(0, end);
  end += bytes.write(name, end, "latin1");
  end = bytes.writeUInt8(0, end);
  end = bytes.writeInt16BE(values.length, end);
  for (const value of values) end = bytes.writeInt16BE(typeof value === "object" ? 1 : 0, end);
  end = bytes.writeInt16BE(values.length, end);
  end = writeValues(bytes, end, values, sizes);
  end = bytes.writeInt16BE(columnsCount, end);
  for (const { isBinary } of columns ?? []) end = bytes.writeInt16BE(isBinary ? 1 : 0, end);
  for (const message of rest) end += message.copy(bytes, end);
  return bytes;
}

/** @throws RangeError if the values make a message that is too large: the server would only hang up. */
export function refuseTooLarge(values: readonly ParameterValue[]): void {
  if (sumOf(values, sizeMax) <= messageBytesMax) return;
  const bytes = sumOf(values, valueSize);
  if (bytes > messageBytesMax) throw tooLarge(bytes);
}

function sumOf(values: readonly ParameterValue[], sizeOf: (value: ParameterValue) => number): number {
  return values.reduce<number>((sum, value) => sum + 6 + sizeOf(value), 0);
}

/** The most bytes that a value can have. Unlike `valueSize`, it looks at no character of a text. */
function sizeMax(value: ParameterValue): number {
  return typeof value === "string" ? 3 * value.length : (value?.byteLength ?? 0);
}

/** With the server's own code for an exceeded limit, so that it is reported like the server's error. */
function tooLarge(bytes: number): RangeError {
  const message = `a statement's values make a message of ${bytes} bytes, above PostgreSQL's limit of ${messageBytesMax}`;
  return Object.assign(new RangeError(message), { code: "54000" });
}

/** Reads one column of a row from the wire. */
type ColumnReader = (bytes: Buffer, start: number, end: number) => unknown;

/** How a column arrives, and how it is read. */
export interface Column {
  readonly isBinary: boolean;
  /** The size of its values in bytes, if they all have the same. */
  readonly width: number | undefined;
  readonly read: ColumnReader;
}

/** A column of a type as the server writes it by default: as text. */
export function textColumn(type: number): Column {
  const parse = typeParsers.getTypeParser(type);
  return { isBinary: false, width: undefined, read: (bytes, start, end) => parse(bytes.toString("utf8", start, end)) };
}

/** A column of a type in its fastest form; the values are the same as from text. */
export function quickColumn(type: number): Column {
  return binaryColumns.get(type) ?? textColumn(type);
}

/** Reads the row that begins at `start`. @throws UnavailableError where a value has another width than its type. */
export function readRow(bytes: Buffer, start: number, columns: readonly Column[]): unknown[] {
  let at = start + 2;
  // An array of just their number: one that grows takes four times the memory.
  return columns.map(({ width, read }) => {
    const from = at + 4;
    const length = bytes.readInt32BE(at);
    at = from + Math.max(length, 0);
    if (length < 0) return null;
    if (width !== undefined && length !== width) throw otherWidth(length, width);
    return read(bytes, from, at);
  });
}

/** A pooler prepares statements anew, and a column's type may have changed since: read as the former, values would be wrong. */
function otherWidth(length: number, width: number): UnavailableError {
  return new UnavailableError(
    `A column gave a value of ${length} bytes where its type had ${width} when it was described, so the connection is closed.`,
    { retryable: true },
  );
}

const binaryColumns = new Map<number, Column>([
  [oid.bool, binaryColumn(1, (bytes, start) => bytes[start] === 1)],
  // In its own memory: keeping one value should not keep everything that came with it.
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

/** The start of PostgreSQL's microseconds. */
const epochMs = Date.UTC(2000, 0, 1);

/** Rounded down to milliseconds, towards the past, as in text. */
function readInstant(bytes: Buffer, start: number): Date {
  const number = wholeNumberAt(bytes, start);
  if (Number.isSafeInteger(number)) return new Date(Math.floor(number / 1000) + epochMs);
  const micros = bytes.readBigInt64BE(start);
  if (micros === 2n ** 63n - 1n) return new Date(endOfTimeMs);
  if (micros === -(2n ** 63n)) return new Date(-endOfTimeMs);
  return new Date(Math.floor(Number(micros / 1000n) - (micros < 0n && micros % 1000n !== 0n ? 1 : 0)) + epochMs);
}
