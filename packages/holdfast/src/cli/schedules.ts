import { type Command, Option } from "commander";
import type { Schedule, ScheduleStatus } from "../schedules/index.ts";
import { type ConfirmFlags, confirm, requireConsent, withConfirmation } from "./confirmation.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { exitCodes } from "./exit-codes.ts";
import { formatDuration, formatMoment } from "./moments.ts";
import { withStore } from "./opening.ts";
import { wholeNumber } from "./option-values.ts";
import { type PageFlags, printList, withPage, without } from "./page.ts";
import { printRecord } from "./record.ts";
import { schedulePaints, wordsOf } from "./statuses.ts";
import type { Column } from "./table.ts";

interface ListFlags extends PageFlags {
  readonly queue?: string;
  readonly status?: ScheduleStatus;
}

/** `holdfast schedules`. */
export function buildSchedules(command: Command, context: Context): void {
  withExamples(
    withPage(command.command("list").description("schedules, by id"))
      .option("--queue <name>", "that push into this queue")
      .addOption(new Option("--status <status>", "in this status").choices(wordsOf(schedulePaints))),
    "schedules list --status active",
  ).action(({ queue, status, ...flags }: ListFlags) =>
    withStore(context, (store) =>
      printList(context, flags, {
        noun: "schedules",
        columns,
        toItem: (schedule) => without(schedule, "payload"),
        list: (page) => store.schedules.list({ queue, status, ...page }),
      }),
    ),
  );
  withExamples(
    command
      .command("get")
      .description("one schedule with its payload and its next ticks")
      .argument("<id>")
      .addOption(new Option("--ticks <n>", "how many ticks").argParser(wholeNumber(1, 1000)).default(5)),
    "schedules get nightly --ticks 10",
  ).action((id: string, { ticks }: { readonly ticks: number }) =>
    withStore(context, async (store) => {
      const [schedule, next] = await store.read([
        ({ schedules }) => schedules.require(id),
        ({ schedules }) => schedules.preview(id, ticks),
      ]);
      const nextTicks = context.isJson ? next : next.map((at) => formatMoment(at));
      await printRecord(context, { ...schedule, nextTicks });
    }),
  );
  buildChanges(command, context);
}

function buildChanges(command: Command, context: Context): void {
  withExamples(
    command.command("pause").description("stop ticks, and drop those in between").argument("<id>"),
    "schedules pause nightly",
  ).action((id: string) =>
    withStore(context, async (store) => {
      await store.schedules.require(id);
      await report(context, "paused", await store.schedules.pause(id), "it is not active");
    }),
  );
  withExamples(
    command.command("resume").description("let a paused schedule tick again, from now on").argument("<id>"),
    "schedules resume nightly",
  ).action((id: string) =>
    withStore(context, async (store) => {
      await store.schedules.require(id);
      await report(context, "resumed", await store.schedules.resume(id), "it was not paused");
    }),
  );
  withExamples(
    command.command("trigger").description("make its job now").argument("<id>"),
    "schedules trigger nightly",
  ).action((id: string) =>
    withStore(context, async (store) => printRecord(context, await store.schedules.trigger(id))),
  );
  withExamples(
    withConfirmation(command.command("remove").description("remove a schedule; its jobs stay").argument("<id>")),
    "schedules remove nightly",
  ).action(async (id: string, flags: ConfirmFlags) => {
    requireConsent(context, flags);
    await withStore(context, async (store) => {
      const schedule = await store.schedules.require(id);
      const what = `remove schedule ${id} (${ruleOf(schedule)}) of queue ${schedule.queue}`;
      if (!(await confirm(context, what, flags))) return;
      await report(context, "removed", await store.schedules.remove(id), "it is gone already");
    });
  });
}

async function report(context: Context, done: string, isDone: boolean, otherwise: string): Promise<void> {
  if (!isDone) context.exitCode = exitCodes.failed;
  if (context.isJson) await context.printJson({ [done]: isDone });
  else await context.print(isDone ? done : otherwise);
}

function ruleOf({ cron, timeZone, everyMs }: Schedule): string {
  return cron === null ? `every ${formatDuration(everyMs ?? 0)}` : `${cron} ${timeZone}`;
}

const columns: readonly Column<Schedule>[] = [
  { title: "ID", cell: ({ id }) => id },
  { title: "STATUS", cell: ({ status }) => status, paint: ({ status }) => schedulePaints[status] },
  { title: "RULE", cell: ruleOf, yields: true },
  { title: "QUEUE", cell: ({ queue }) => queue, yields: true },
  { title: "NEXT", cell: ({ nextAt }) => formatMoment(nextAt), yields: true },
  { title: "LAST", cell: ({ lastTickAt }) => formatMoment(lastTickAt), yields: true },
  { title: "PUSHED", cell: ({ pushedCount }) => String(pushedCount), isNumber: true },
];
