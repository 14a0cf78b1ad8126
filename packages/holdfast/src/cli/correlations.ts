import { type Command, Option } from "commander";
import type { KeptEvent, Wait, WaitStatus } from "../correlations/index.ts";
import { type ConfirmFlags, confirm, requireConsent, withConfirmation } from "./confirmation.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { exitCodes } from "./exit-codes.ts";
import { formatMoment } from "./moments.ts";
import { withStore } from "./opening.ts";
import { type PageFlags, printList, withPage, without } from "./page.ts";
import { printRecord } from "./record.ts";
import { waitPaints, wordsOf } from "./statuses.ts";
import type { Column } from "./table.ts";

interface ListFlags extends PageFlags {
  readonly execution?: string;
  readonly key?: string;
  readonly status?: WaitStatus;
}

/** `holdfast correlations`. */
export function buildCorrelations(command: Command, context: Context): void {
  withExamples(
    withPage(command.command("list").description("waits for events, in the order of their registration"))
      .option("--execution <id>", "of this execution")
      .option("--key <key>", "for events with this key")
      .addOption(
        new Option("--status <status>", "in this status; others than waiting need --execution")
          .choices(wordsOf(waitPaints))
          .default("waiting"),
      ),
    "correlations list --key payment:17",
    "correlations list --execution order-17 --status delivered",
  ).action(({ execution, key, status, ...flags }: ListFlags) =>
    withStore(context, (store) =>
      printList(context, flags, {
        noun: "waits",
        columns,
        toItem: ({ delivery, ...wait }) => ({ ...wait, delivery: delivery && without(delivery, "payload") }),
        list: (page) => store.correlations.list({ executionId: execution, key, status, ...page }),
      }),
    ),
  );
  withExamples(
    command.command("get").description("one wait, with what was delivered to it").argument("<id>"),
    "correlations get 0199f6a2-…",
  ).action((id: string) =>
    withStore(context, async (store) => printRecord(context, await store.correlations.require(id))),
  );
  withExamples(
    withPage(command.command("events").description("the events of a key that no wait has taken").argument("<key>")),
    "correlations events payment:17",
  ).action((key: string, flags: PageFlags) =>
    withStore(context, (store) =>
      printList(context, flags, {
        noun: "events",
        columns: eventColumns,
        toItem: (event) => without(event, "payload"),
        list: (page) => store.correlations.events({ key, ...page }),
      }),
    ),
  );
  withExamples(
    withConfirmation(command.command("cancel").description("end a wait: nothing is delivered to it").argument("<id>")),
    "correlations cancel 0199f6a2-…",
  ).action((id: string, flags: ConfirmFlags) => cancel(context, id, flags));
}

async function cancel(context: Context, id: string, flags: ConfirmFlags): Promise<void> {
  requireConsent(context, flags);
  await withStore(context, async (store) => {
    const { key, executionId, step } = await store.correlations.require(id);
    const what = `cancel the wait of step ${step} of execution ${executionId} for ${key}`;
    if (!(await confirm(context, what, flags))) return;
    const canceled = await store.correlations.cancel(id);
    if (!canceled) context.exitCode = exitCodes.failed;
    if (context.isJson) await context.printJson({ canceled });
    else await context.print(canceled ? "canceled" : "it is over already");
  });
}

const columns: readonly Column<Wait>[] = [
  { title: "ID", cell: ({ id }) => id },
  { title: "STATUS", cell: ({ status }) => status, paint: ({ status }) => waitPaints[status] },
  { title: "KEY", cell: ({ key }) => key, yields: true },
  { title: "EXECUTION", cell: ({ executionId }) => executionId, yields: true },
  { title: "STEP", cell: ({ step }) => step, yields: true },
  { title: "SINCE", cell: ({ createdAt }) => formatMoment(createdAt), yields: true },
  { title: "EXPIRES", cell: ({ expiresAt }) => formatMoment(expiresAt), yields: true },
];

const eventColumns: readonly Column<KeptEvent>[] = [
  { title: "ID", cell: ({ id }) => id },
  { title: "DEDUPE ID", cell: ({ dedupeId }) => dedupeId ?? "", yields: true },
  { title: "DELIVERED", cell: ({ createdAt }) => formatMoment(createdAt), yields: true },
  { title: "EXPIRES", cell: ({ expiresAt }) => formatMoment(expiresAt), yields: true },
];
