import { type Command, Option } from "commander";
import type { Status } from "../executions/index.ts";
import type { Task, TaskType } from "../tasks/index.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { formatDuration, formatMoment } from "./moments.ts";
import { withStore } from "./opening.ts";
import { wordsOption } from "./option-values.ts";
import { type PageFlags, printList, withPage, without } from "./page.ts";
import { printRecord } from "./record.ts";
import { statusPaints, taskTypes, wordsOf } from "./statuses.ts";
import type { Column } from "./table.ts";

interface ListFlags extends PageFlags {
  readonly execution?: string;
  readonly parent?: string;
  readonly roots?: true;
  readonly name?: string;
  readonly status?: readonly Status[];
  readonly type?: TaskType;
  readonly component?: string;
  readonly agent?: string;
  readonly action?: string;
  readonly tool?: string;
}

/** `holdfast tasks`. */
export function buildTasks(command: Command, context: Context): void {
  withExamples(
    withPage(command.command("list").description("tasks, in the order of their creation"))
      .option("--execution <id>", "of this execution")
      .option("--parent <id>", "children of this task")
      .addOption(new Option("--roots", "without a parent").conflicts("parent"))
      .option("--name <name>", "of this name")
      .addOption(wordsOption("--status <status>", "in one of these statuses", wordsOf(statusPaints)))
      .addOption(new Option("--type <type>", "of this type").choices(taskTypes))
      .option("--component <name>", "of this component")
      .option("--agent <name>", "done by this agent")
      .option("--action <name>", "with this action")
      .option("--tool <name>", "done by this tool"),
    "tasks list --execution order-17 --status failed,timed_out",
    "tasks list --agent writer --status running",
  ).action((flags: ListFlags) => list(context, flags));
  withExamples(
    command.command("get").description("one task with its input, output and error").argument("<id>"),
    "tasks get 0199f6a2-…",
  ).action((id: string) => withStore(context, async (store) => printRecord(context, await store.tasks.require(id))));
  withExamples(
    command
      .command("progress")
      .description("how far the tasks of an execution, or below a task, are")
      .argument("<id>", "of an execution; with --task of a task")
      .option("--task", "the id is of a task"),
    "tasks progress order-17",
  ).action((id: string, { task }: { readonly task?: true }) =>
    withStore(context, async (store) =>
      printRecord(context, await (task ? store.tasks.progress(id) : store.tasks.progressOfExecution(id))),
    ),
  );
}

const columns: readonly Column<Task>[] = [
  { title: "ID", cell: ({ id }) => id },
  { title: "NAME", cell: ({ name }) => name, yields: true },
  { title: "STATUS", cell: ({ status }) => status, paint: ({ status }) => statusPaints[status] },
  { title: "ATTEMPT", cell: ({ attempt }) => String(attempt), isNumber: true },
  { title: "TYPE", cell: ({ type }) => type, yields: true },
  { title: "CREATED", cell: ({ createdAt }) => formatMoment(createdAt), yields: true },
  {
    title: "TOOK",
    cell: ({ startedAt, finishedAt }) =>
      startedAt === null || finishedAt === null ? "" : formatDuration(finishedAt.getTime() - startedAt.getTime()),
    isNumber: true,
  },
  { title: "EXECUTION", cell: ({ executionId }) => executionId, yields: true },
];

function list(context: Context, flags: ListFlags): Promise<void> {
  const { execution, parent, roots, name, status, type, component, agent, action, tool } = flags;
  const filter = { executionId: execution, parentId: roots ? null : parent, name, status, type };
  return withStore(context, (store) =>
    printList(context, flags, {
      noun: "tasks",
      columns,
      toItem: (task) => without(task, "input", "output", "error"),
      list: (page) => store.tasks.list({ ...filter, component, agent, action, tool, payloads: false, ...page }),
    }),
  );
}
