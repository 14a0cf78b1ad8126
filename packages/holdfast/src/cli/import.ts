import { type FileHandle, open } from "node:fs/promises";
import type { Command } from "commander";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { explainFile } from "./files.ts";
import { withStore } from "./opening.ts";
import { type ProgressBar, showProgress } from "./progress.ts";

/** `holdfast import`: restores the output of `holdfast export`. */
export function buildImport(command: Command, context: Context): void {
  withExamples(
    command.argument("<file>", "what to read; - for the standard input"),
    "import store.ndjson --data ./copy",
    "import order-17.ndjson",
  ).action((file: string) => importFrom(context, file));
}

async function importFrom(context: Context, file: string): Promise<void> {
  // Before the store: an unreadable file must not leave an empty database behind.
  await using handle = file === "-" ? null : await openFile(file);
  const source = handle === null ? context.terminal.input : readAll(handle);
  await withStore(
    context,
    async (store) => {
      let bar: Promise<ProgressBar> | undefined;
      const onProgress = ({ rows, total }: { readonly rows: number; readonly total: number | null }): void => {
        bar ??= showProgress(context, total, "rows");
        void bar.then((shown) => shown.update(rows));
      };
      try {
        const { rows } = await store.import(source as AsyncIterable<Uint8Array>, { onProgress });
        (await bar)?.stop();
        await report(context, rows);
      } finally {
        (await bar)?.stop();
      }
    },
    { creates: "named", migrate: true },
  );
}

async function report(context: Context, rows: Readonly<Record<string, number>>): Promise<void> {
  const counts = Object.entries(rows).filter(([table]) => table !== "sequences");
  if (context.isJson) await context.printJson({ imported: Object.fromEntries(counts) });
  else if (counts.length === 0) await context.print("imported nothing");
  else await context.print(`imported ${counts.map(([table, count]) => `${count} ${table}`).join(", ")}`);
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
