import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import type { BlobInfo } from "../blobs/index.ts";
import { type ConfirmFlags, confirm, requireConsent, withConfirmation } from "./confirmation.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { exitCodes } from "./exit-codes.ts";
import { explainFile } from "./files.ts";
import { formatBytes, formatMoment } from "./moments.ts";
import { withStore } from "./opening.ts";
import { type PageFlags, printList, withPage, without } from "./page.ts";
import { printRecord } from "./record.ts";
import type { Column } from "./table.ts";

/** `holdfast blobs`. */
export function buildBlobs(command: Command, context: Context): void {
  withExamples(
    withPage(command.command("list").description("blobs, by key")).option(
      "--prefix <text>",
      "whose key begins like this",
    ),
    "blobs list --prefix invoices/",
  ).action(({ prefix, ...flags }: PageFlags & { readonly prefix?: string }) =>
    withStore(context, (store) =>
      printList(context, flags, {
        noun: "blobs",
        columns,
        toItem: (blob) => without(blob, "metadata"),
        list: (page) => store.blobs.list({ prefix, ...page }),
      }),
    ),
  );
  withExamples(
    command.command("get").description("the description of a blob, with its metadata").argument("<key>"),
    "blobs get invoices/17.pdf",
  ).action((key: string) => withStore(context, async (store) => printRecord(context, await store.blobs.require(key))));
  withExamples(
    command
      .command("download")
      .description("the bytes of a blob")
      .argument("<key>")
      .argument("[file]", "where to write; - for the output", "-"),
    "blobs download invoices/17.pdf invoice.pdf",
  ).action((key: string, file: string) => download(context, key, file));
  withExamples(
    withConfirmation(
      command.command("remove").description("remove a blob; a sweep removes its bytes").argument("<key>"),
    ),
    "blobs remove invoices/17.pdf",
  ).action(async (key: string, flags: ConfirmFlags) => {
    requireConsent(context, flags);
    await withStore(context, async (store) => {
      const { size } = await store.blobs.require(key);
      if (!(await confirm(context, `remove blob ${key} (${formatBytes(size)})`, flags))) return;
      const removed = await store.blobs.remove(key);
      if (!removed) context.exitCode = exitCodes.failed;
      if (context.isJson) await context.printJson({ removed });
      else await context.print(removed ? "removed" : "it is gone already");
    });
  });
}

function download(context: Context, key: string, file: string): Promise<void> {
  return withStore(context, async (store) => {
    const { body } = await store.blobs.download(key);
    if (file === "-") await pipeline(Readable.from(body), context.terminal.output, { end: false });
    else {
      try {
        await pipeline(Readable.from(body), createWriteStream(file, { flags: "wx", mode: 0o600 }));
      } catch (error) {
        throw explainFile(error, "written");
      }
    }
  });
}

const columns: readonly Column<BlobInfo>[] = [
  { title: "KEY", cell: ({ key }) => key },
  { title: "SIZE", cell: ({ size }) => formatBytes(size), isNumber: true },
  { title: "TYPE", cell: ({ contentType }) => contentType, yields: true },
  { title: "BACKEND", cell: ({ backend }) => backend, yields: true },
  { title: "UPDATED", cell: ({ updatedAt }) => formatMoment(updatedAt), yields: true },
  { title: "EXPIRES", cell: ({ expiresAt }) => formatMoment(expiresAt), yields: true },
];
