import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { stdout } from "node:process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Command } from "commander";
import { InvalidInputError } from "../index.ts";
import { openPlace, type PlaceFlags, withPlace } from "./connection.ts";

interface ExportFlags extends PlaceFlags {
  readonly execution?: string;
}

/** `holdfast export`: writes the contents of a store into a file, which `holdfast import` restores. */
export function exportCommand(): Command {
  return withPlace(new Command("export").description("write what a store holds into a file, for `holdfast import`"))
    .argument("[file]", "where to write; - for the standard output", "-")
    .option("--execution <id>", "only this execution, with those below it and all that is theirs")
    .action(async (file: string, { execution, ...place }: ExportFlags) => {
      await using store = await openPlace(place, { migrate: false });
      const lines = Readable.from(store.export({ executionId: execution }));
      if (file === "-") await pipeline(lines, stdout, { end: false });
      else await writeWhole(lines, file);
    });
}

/** The file appears when it is complete; an existing one stays until then. */
async function writeWhole(lines: Readable, file: string): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  try {
    await pipeline(lines, createWriteStream(partial, { flags: "wx", mode: 0o600 }));
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw explainFile(error, "written");
  }
}

/** The caller can correct errors of a file. */
export function explainFile(error: unknown, what: "read" | "written"): unknown {
  if (!(error instanceof Error && "syscall" in error)) return error;
  return new InvalidInputError(`FILE cannot be ${what} (${error.message}): give another.`, {
    facts: { field: "file" },
    cause: error,
  });
}
