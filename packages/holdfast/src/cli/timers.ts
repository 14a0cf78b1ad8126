import { type Command, Option } from "commander";
import type { Timer, TimerStatus } from "../timers/index.ts";
import { type ConfirmFlags, confirm, requireConsent, withConfirmation } from "./confirmation.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { exitCodes } from "./exit-codes.ts";
import { formatMoment } from "./moments.ts";
import { withStore } from "./opening.ts";
import { type PageFlags, printList, withPage, without } from "./page.ts";
import { printRecord } from "./record.ts";
import { timerPaints, wordsOf } from "./statuses.ts";
import type { Column } from "./table.ts";

interface ListFlags extends PageFlags {
  readonly execution?: string;
  readonly status?: TimerStatus;
}

/** `holdfast timers`. */
export function buildTimers(command: Command, context: Context): void {
  withExamples(
    withPage(command.command("list").description("timers, by the time when they are due"))
      .option("--execution <id>", "of this execution")
      .addOption(new Option("--status <status>", "in this status").choices(wordsOf(timerPaints))),
    "timers list --status scheduled",
    "timers list --execution order-17",
  ).action(({ execution, status, ...flags }: ListFlags) =>
    withStore(context, (store) =>
      printList(context, flags, {
        noun: "timers",
        columns,
        toItem: (timer) => without(timer, "payload"),
        list: (page) => store.timers.list({ executionId: execution, status, ...page }),
      }),
    ),
  );
  withExamples(
    command.command("get").description("one timer with its payload").argument("<id>"),
    "timers get 0199f6a2-…",
  ).action((id: string) => withStore(context, async (store) => printRecord(context, await store.timers.require(id))));
  withExamples(
    withConfirmation(command.command("cancel").description("keep a timer from ever firing").argument("<id>")),
    "timers cancel 0199f6a2-…",
  ).action((id: string, flags: ConfirmFlags) => cancel(context, id, flags));
}

async function cancel(context: Context, id: string, flags: ConfirmFlags): Promise<void> {
  requireConsent(context, flags);
  await withStore(context, async (store) => {
    const { executionId, step, status, fireAt } = await store.timers.require(id);
    const what = `cancel timer ${id} of step ${step} of execution ${executionId} (${status}, due ${formatMoment(fireAt)})`;
    if (!(await confirm(context, what, flags))) return;
    const canceled = await store.timers.cancel(id);
    if (!canceled) context.exitCode = exitCodes.failed;
    if (context.isJson) await context.printJson({ canceled });
    else await context.print(canceled ? "canceled" : "it is claimed, or has fired, or was canceled");
  });
}

const columns: readonly Column<Timer>[] = [
  { title: "ID", cell: ({ id }) => id },
  { title: "STATUS", cell: ({ status }) => status, paint: ({ status }) => timerPaints[status] },
  { title: "FIRES", cell: ({ fireAt }) => formatMoment(fireAt), yields: true },
  { title: "STEP", cell: ({ step }) => step, yields: true },
  { title: "EXECUTION", cell: ({ executionId }) => executionId, yields: true },
  { title: "HOLDER", cell: ({ holder }) => holder ?? "", yields: true },
];
