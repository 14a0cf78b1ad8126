import { type Command, Option } from "commander";
import type { KvEntry } from "../kv/index.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { formatBytes, formatMoment } from "./moments.ts";
import { withStore } from "./opening.ts";
import { type PageFlags, printList, withPage } from "./page.ts";
import { printRecord } from "./record.ts";
import type { Column } from "./table.ts";
import { write } from "./terminal.ts";

interface ListFlags extends PageFlags {
  readonly under?: true;
}

/** `holdfast kv`. */
export function buildKv(command: Command, context: Context): void {
  withExamples(
    withPage(
      command
        .command("prefixes")
        .description("the prefixes that have entries")
        .argument("[start]", "how they begin", ""),
    ),
    "kv prefixes",
    "kv prefixes user:",
  ).action((start: string, flags: PageFlags) =>
    withStore(context, (store) =>
      printList<string>(context, flags, {
        noun: "prefixes",
        columns: [{ title: "PREFIX", cell: (prefix) => prefix }],
        list: (page) => store.kv.prefixes(start, page),
      }),
    ),
  );
  withExamples(
    withPage(command.command("list").description("the entries of a prefix, by key, without their values"))
      .argument("<prefix>", "the whole prefix; with --under its beginning")
      .addOption(new Option("--under", "of all prefixes that begin like this")),
    "kv list sessions",
    "kv list user: --under",
  ).action((prefix: string, { under, ...flags }: ListFlags) =>
    withStore(context, (store) =>
      printList(context, flags, {
        noun: "entries",
        columns,
        toItem: ({ value, ...head }) => ({ ...head, bytes: value?.length ?? null }),
        list: (page) => (under ? store.kv.scan(prefix, page) : store.kv.list(prefix, page)),
      }),
    ),
  );
  buildGet(command, context);
}

function buildGet(command: Command, context: Context): void {
  withExamples(
    command
      .command("get")
      .description("one entry with its value; --json gives the value in base64")
      .argument("<prefix>")
      .argument("<key>")
      .option("--raw", "only the value's bytes"),
    "kv get sessions ada",
    "kv get sessions ada --raw > value",
  ).action((prefix: string, key: string, { raw }: { readonly raw?: true }) =>
    withStore(context, async (store) => {
      const entry = await store.kv.require(prefix, key);
      if (!raw) await printRecord(context, entry);
      // As it is: the caller asked for the bytes, to put them into a file or a pipe.
      else await writeBytes(context, entry.value ?? new Uint8Array());
    }),
  );
}

/** Writes bytes as they are. A terminal gets none that could drive it. */
export async function writeBytes(context: Context, bytes: Uint8Array): Promise<void> {
  const { output } = context.terminal;
  if (output.isTTY === true) await printRecord(context, { value: bytes });
  else await write(output, Buffer.from(bytes));
}

const columns: readonly Column<KvEntry>[] = [
  { title: "PREFIX", cell: ({ prefix }) => prefix, yields: true },
  { title: "KEY", cell: ({ key }) => key },
  { title: "SIZE", cell: ({ value }) => (value === null ? "null" : formatBytes(value.length)), isNumber: true },
  { title: "VERSION", cell: ({ version }) => String(version), isNumber: true },
  { title: "UPDATED", cell: ({ updatedAt }) => formatMoment(updatedAt), yields: true },
  { title: "EXPIRES", cell: ({ expiresAt }) => formatMoment(expiresAt), yields: true },
];
