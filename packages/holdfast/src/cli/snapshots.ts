import { type Command, InvalidArgumentError, Option } from "commander";
import { NotFoundError } from "../errors/index.ts";
import type { SnapshotHead } from "../snapshots/index.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { writeBytes } from "./kv.ts";
import { formatMoment } from "./moments.ts";
import { withStore } from "./opening.ts";
import { wholeNumber } from "./option-values.ts";
import { type PageFlags, printList, withPage } from "./page.ts";
import { printRecord } from "./record.ts";
import type { Column } from "./table.ts";

interface ListFlags extends PageFlags {
  readonly shard?: number;
  readonly definition?: string;
}

interface GetFlags {
  readonly at?: bigint;
  readonly raw?: true;
}

/** `holdfast snapshots`. */
export function buildSnapshots(command: Command, context: Context): void {
  withExamples(
    withPage(command.command("list").description("the newest version of each persistence id"))
      .addOption(new Option("--shard <n>", "of this shard").argParser(wholeNumber(0, 2 ** 31 - 1)))
      .option("--definition <name>", "made by this definition"),
    "snapshots list --shard 3",
  ).action(({ shard, definition, ...flags }: ListFlags) =>
    withStore(context, (store) =>
      printList(context, flags, {
        noun: "snapshots",
        columns,
        list: (page) => store.snapshots.list({ shard, definitionName: definition, ...page }),
      }),
    ),
  );
  withExamples(
    withPage(command.command("versions").description("the stored versions of an id, newest first").argument("<id>")),
    "snapshots versions account-17",
  ).action((id: string, flags: PageFlags) =>
    withStore(context, (store) =>
      printList(context, flags, { noun: "versions", columns, list: (page) => store.snapshots.versions(id, page) }),
    ),
  );
  withExamples(
    command
      .command("get")
      .description("one snapshot with its payload; --json gives the payload in base64")
      .argument("<id>")
      .option("--at <version>", "this version; otherwise the newest", versionOf)
      .option("--raw", "only the payload's bytes"),
    "snapshots get account-17",
    "snapshots get account-17 --at 4 --raw > payload",
  ).action((id: string, flags: GetFlags) => get(context, id, flags));
}

function get(context: Context, id: string, { at: version, raw }: GetFlags): Promise<void> {
  return withStore(context, async (store) => {
    const snapshot = version === undefined ? await store.snapshots.require(id) : await store.snapshots.at(id, version);
    if (snapshot === null) {
      throw new NotFoundError(`Snapshot ${id} has no version ${version}: \`snapshots versions\` lists them.`);
    }
    await (raw ? writeBytes(context, snapshot.payload) : printRecord(context, snapshot));
  });
}

function versionOf(text: string): bigint {
  if (/^\d{1,19}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError("Give a whole number.");
}

const columns: readonly Column<SnapshotHead>[] = [
  { title: "ID", cell: ({ persistenceId }) => persistenceId },
  { title: "VERSION", cell: ({ version }) => String(version), isNumber: true },
  { title: "GENERATION", cell: ({ generation }) => String(generation), isNumber: true },
  { title: "SHARD", cell: ({ shard }) => String(shard), isNumber: true },
  { title: "MANIFEST", cell: ({ manifest }) => manifest ?? "", yields: true },
  { title: "WRITTEN", cell: ({ updatedAt }) => formatMoment(updatedAt), yields: true },
];
