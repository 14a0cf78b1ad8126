import { type FileHandle, open } from "node:fs/promises";
import { RecordingFault } from "./fault.ts";

// The largest public recordings have about 50 MB; JavaScript cannot hold a text of more than 512 MB.
const bytesMax = 256 * 1024 * 1024;

/** The system's errors for a file that cannot be opened or read, and what to do about them. */
const systemFaults: Readonly<Record<string, string>> = {
  ENOENT: "is not there: check the path",
  ENOTDIR: "is not there, for what should be a folder on its path is a file: check the path",
  EACCES: "may not be read by this user: change its permissions or run as another user",
  EPERM: "may not be read by this user: change its permissions or run as another user",
  EISDIR: "is a folder: name a file in it",
};

/** The text of a file, or of a pipe (`zcat run.json.gz | holdfast replay /dev/stdin`). */
export async function readText(file: string): Promise<string> {
  let bytes: Buffer;
  try {
    await using handle = await open(file);
    bytes = await readBytes(handle);
  } catch (error) {
    if (error instanceof RecordingFault) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new RecordingFault(systemFaults[code] ?? `cannot be read (${code}): check the path`);
  }
  return decode(bytes);
}

async function readBytes(handle: FileHandle): Promise<Buffer> {
  const stats = await handle.stat();
  if (stats.isDirectory()) throw new RecordingFault("is a folder: name a file in it");
  if (!stats.isFile() && !stats.isFIFO()) throw new RecordingFault("is neither a file nor a pipe: name a file");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of handle.createReadStream({ highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bytesMax) throw new RecordingFault(`has more than ${bytesMax} bytes, the limit: cut the run into parts`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Buffer): string {
  if (bytes.length === 0) throw new RecordingFault("has 0 bytes: record or copy it again");
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw new RecordingFault("is compressed: unpack it with gunzip first");
  try {
    // Skips a byte order mark, as some editors write. With `stream`, also skips part of a character at the end: the JSON then shows
    // better that the file was cut off.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    throw new RecordingFault("is not text in UTF-8: name a recording in JSON, or convert it");
  }
}
