import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { explainFile } from "./files.ts";
import { formatNumber } from "./moments.ts";
import { withStore } from "./opening.ts";
import { showProgress } from "./progress.ts";

/** `holdfast export`: writes the contents of a store into a file, which `holdfast import` restores. */
export function buildExport(command: Command, context: Context): void {
  withExamples(
    command
      .argument("[file]", "where to write; - for the standard output", "-")
      .option("--execution <id>", "only this execution, with those below it and all that is theirs"),
    "export store.ndjson",
    "export order-17.ndjson --execution order-17",
    "export - | gzip > store.ndjson.gz",
  ).action((file: string, { execution }: { readonly execution?: string }) => exportTo(context, file, execution));
}

function exportTo(context: Context, file: string, executionId: string | undefined): Promise<void> {
  return withStore(context, async (store) => {
    // An estimate of the server's, and of one execution none.
    const total =
      executionId === undefined ? (await store.stats()).tables.reduce((sum, { rows }) => sum + rows, 0) : null;
    const bar = await showProgress(context, total === 0 ? null : total, "rows");
    let exported = 0;
    try {
      const onProgress = ({ rows }: { readonly rows: number }): void => {
        exported = rows;
        bar.update(rows);
      };
      const lines = Readable.from(store.export({ executionId, onProgress }));
      if (file === "-") await pipeline(lines, context.terminal.output, { end: false });
      else await writeWhole(lines, file);
      bar.stop(exported);
    } finally {
      bar.stop();
    }
    if (file !== "-") await context.note(`exported ${formatNumber(exported)} rows`);
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
