import { createReadStream } from "node:fs";
import { stdin } from "node:process";
import { Command } from "commander";
import { openStore } from "../index.ts";
import { placeOf, type PlaceFlags, withPlace } from "./connection.ts";
import { explainFile } from "./export.ts";

/** `holdfast import`: restores what `holdfast export` wrote. */
export function importCommand(): Command {
  return withPlace(new Command("import").description("restore what `holdfast export` wrote, all or nothing"))
    .argument("<file>", "what to read; - for the standard input")
    .action(async (file: string, place: PlaceFlags) => {
      await using store = await openStore(placeOf(place));
      const { rows } = await store.import(file === "-" ? stdin : readFile(file));
      const counts = Object.entries(rows).filter(([table]) => table !== "sequences");
      console.log(
        counts.length > 0
          ? `imported ${counts.map(([table, count]) => `${count} ${table}`).join(", ")}`
          : "imported nothing",
      );
    });
}

async function* readFile(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* createReadStream(file) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw explainFile(error, "read");
  }
}
