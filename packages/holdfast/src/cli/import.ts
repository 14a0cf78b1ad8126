import { type FileHandle, open } from "node:fs/promises";
import { stdin } from "node:process";
import { Command } from "commander";
import { openPlace, type PlaceFlags, withPlace } from "./connection.ts";
import { explainFile } from "./export.ts";

/** `holdfast import`: restores the output of `holdfast export`. */
export function importCommand(): Command {
  return withPlace(new Command("import").description("restore what `holdfast export` wrote, all or nothing"))
    .argument("<file>", "what to read; - for the standard input")
    .action(async (file: string, place: PlaceFlags) => {
      // Before the store: an unreadable file must not leave an empty database behind.
      await using handle = file === "-" ? null : await openFile(file);
      const source = handle === null ? stdin : readAll(handle);
      await using store = await openPlace(place, { creates: "named" });
      const { rows } = await store.import(source);
      const counts = Object.entries(rows).filter(([table]) => table !== "sequences");
      console.log(
        counts.length > 0
          ? `imported ${counts.map(([table, count]) => `${count} ${table}`).join(", ")}`
          : "imported nothing",
      );
    });
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file);
  } catch (error) {
    throw explainFile(error, "read");
  }
}

async function* readAll(file: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* file.createReadStream() as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw explainFile(error, "read");
  }
}
