import type { Command } from "commander";
import type { Checkpoint, CheckpointThread } from "../checkpoints/index.ts";
import type { Labels } from "../executions/index.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { formatMoment } from "./moments.ts";
import { withStore } from "./opening.ts";
import { plainLabel } from "./option-values.ts";
import { type PageFlags, printList, withPage, without } from "./page.ts";
import { printRecord } from "./record.ts";
import type { Column } from "./table.ts";

interface FilterFlags {
  readonly thread?: string;
  readonly namespace?: string;
  readonly before?: string;
  readonly label?: Labels;
}

/** `holdfast checkpoints`. */
export function buildCheckpoints(command: Command, context: Context): void {
  withExamples(
    withFilter(withPage(command.command("list").description("checkpoints, newest first"))),
    "checkpoints list --thread conversation-7",
    "checkpoints list --label source=loop",
  ).action(({ thread, namespace, before, label, ...flags }: FilterFlags & PageFlags) =>
    withStore(context, (store) =>
      printList(context, flags, {
        noun: "checkpoints",
        columns,
        toItem: (checkpoint) => without(checkpoint, "state", "parts", "writes"),
        list: (page) => store.checkpoints.list({ thread, namespace, beforeId: before, labels: label, ...page }),
      }),
    ),
  );
  withExamples(
    withFilter(command.command("count").description("the number of checkpoints")),
    "checkpoints count --thread conversation-7",
  ).action(({ thread, namespace, before, label }: FilterFlags) =>
    withStore(context, async (store) => {
      const count = await store.checkpoints.count({ thread, namespace, beforeId: before, labels: label });
      await (context.isJson ? context.printJson({ count }) : context.print(String(count)));
    }),
  );
  withExamples(
    command
      .command("get")
      .description("one checkpoint with its parts and pending writes; --json gives bytes in base64")
      .argument("<thread>")
      .argument("[id]", "the newest one if left out")
      .option("--namespace <namespace>", "of this namespace; otherwise of the empty one"),
    "checkpoints get conversation-7",
  ).action((thread: string, id: string | undefined, { namespace }: Pick<FilterFlags, "namespace">) =>
    withStore(context, async (store) =>
      printRecord(context, await store.checkpoints.require({ thread, id, namespace })),
    ),
  );
  withExamples(
    withPage(command.command("threads").description("threads by name")),
    "checkpoints threads --all --json",
  ).action((flags: PageFlags) =>
    withStore(context, (store) =>
      printList(context, flags, {
        noun: "threads",
        columns: threadColumns,
        list: (page) => store.checkpoints.threads(page),
      }),
    ),
  );
}

function withFilter(command: Command): Command {
  return command
    .option("--thread <thread>", "of this thread")
    .option("--namespace <namespace>", "of this namespace")
    .option("--before <id>", "with lesser ids, in byte order")
    .option("--label <name=value>", "with this label; repeatable", plainLabel);
}

const columns: readonly Column<Checkpoint>[] = [
  { title: "ID", cell: ({ id }) => id },
  { title: "THREAD", cell: ({ thread }) => thread, yields: true },
  { title: "NAMESPACE", cell: ({ namespace }) => namespace, yields: true },
  { title: "PARENT", cell: ({ parentId }) => parentId ?? "", yields: true },
  { title: "PARTS", cell: ({ parts }) => String(parts.length), isNumber: true },
  { title: "WRITES", cell: ({ writes }) => String(writes.length), isNumber: true },
  { title: "CREATED", cell: ({ createdAt }) => formatMoment(createdAt), yields: true },
];

const threadColumns: readonly Column<CheckpointThread>[] = [
  { title: "THREAD", cell: ({ thread }) => thread },
  { title: "CREATED", cell: ({ createdAt }) => formatMoment(createdAt), yields: true },
  { title: "WRITTEN", cell: ({ updatedAt }) => formatMoment(updatedAt), yields: true },
  { title: "EXPIRES", cell: ({ expiresAt }) => (expiresAt === null ? "" : formatMoment(expiresAt)), yields: true },
];
