import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const BLOCK_BYTES = 512;

/** A folder as a tar (ustar) with nothing in it that differs between two runs but the files' bytes: no owners, no times. */
export function tarOf(folder: string): Buffer {
  const end = Buffer.alloc(2 * BLOCK_BYTES);
  return Buffer.concat([...entriesOf(folder, ""), end]);
}

function entriesOf(folder: string, path: string): Buffer[] {
  const entries = readdirSync(join(folder, path), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const name = path === "" ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory()) return [header(name, 0, "5"), ...entriesOf(folder, name)];
    const bytes = readFileSync(join(folder, name));
    return [header(name, bytes.length, "0"), bytes, Buffer.alloc(-bytes.length & (BLOCK_BYTES - 1))];
  });
}

/** One ustar header; `type` is "0" for a file, "5" for a folder. PostgreSQL's paths are far below its 100 bytes. */
function header(name: string, size: number, type: "0" | "5"): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`${name} is too long for a ustar header`);
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;
  block.write(name, 0);
  block.write(octal(type === "5" ? 0o700 : 0o600, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  block.write("        ", 148);
  block.write(type, 156);
  block.write("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
