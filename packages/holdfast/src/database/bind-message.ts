import type { ParameterValue } from "./plan.ts";
import { valueSize, writeValues } from "./value-bytes.ts";

/** A prepared statement that is to be executed, and how its answer is to come. */
interface PreparedCall {
  readonly name: string;
  readonly values: readonly ParameterValue[];
  /** For each column, whether it is to come in binary; where nothing is said, all come as text, and are described. */
  readonly formats: readonly boolean[] | undefined;
  /** Whether the server is to answer now, for nothing more comes. */
  readonly isLast: boolean;
}

const code = { bind: 0x42, describe: 0x44, execute: 0x45, sync: 0x53 };

/** Describe and Execute of the portal without a name, and Sync. */
const describe = Buffer.from([code.describe, 0, 0, 0, 6, 0x50, 0]);
const execute = Buffer.from([code.execute, 0, 0, 0, 9, 0, 0, 0, 0, 0]);
const sync = Buffer.from([code.sync, 0, 0, 0, 4]);

/** PostgreSQL takes no message of one GiB, and hangs up where one is announced. */
const messageBytesMax = 2 ** 30 - 2;

/** The messages that execute a prepared statement, in one piece. @throws RangeError where the values are too large. */
export function executionMessages({ name, values, formats, isLast }: PreparedCall): Buffer {
  const sizes = values.map(valueSize);
  const formatsCount = formats?.length ?? 0;
  const bindSize = sizes.reduce(
    (sum, size) => sum + 6 + Math.max(size, 0),
    4 + 1 + name.length + 1 + 6 + 2 * formatsCount,
  );
  if (bindSize > messageBytesMax) throw tooLarge(bindSize);
  const rest = [...(formats ? [] : [describe]), execute, ...(isLast ? [sync] : [])];
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
  end = bytes.writeInt16BE(formatsCount, end);
  for (const isBinary of formats ?? []) end = bytes.writeInt16BE(isBinary ? 1 : 0, end);
  for (const message of rest) end += message.copy(bytes, end);
  return bytes;
}

/** With the server's own code for what is above a limit, so that it is told as the server's error would be. */
function tooLarge(bytes: number): RangeError {
  const message = `a statement's values make a message of ${bytes} bytes, above PostgreSQL's limit of ${messageBytesMax}`;
  return Object.assign(new RangeError(message), { code: "54000" });
}
