import { orderTasks } from "./graph.ts";
import { groupOf, programName } from "./group.ts";
import { parseJson } from "./parse-json.ts";
import { readText } from "./read-text.ts";
import { checkStorable } from "./storable.ts";
import { readWorkflow, type Workflow } from "./wfformat.ts";

/** A workflow run that was recorded, ready to be replayed. */
export interface Recording {
  readonly name: string;
  readonly description?: string;
  /** The workflow's specification as the file has it, which is what becomes the published definition. */
  readonly document: unknown;
  /** Every task after those it waits for: by depth, and as in the file within a depth. */
  readonly tasks: readonly RecordedTask[];
  /** 0 where no execution is recorded. */
  readonly makespanMs: number;
}

/** A task of a recorded run. */
export interface RecordedTask {
  readonly id: string;
  readonly name: string;
  /** The kind of task: its program, else its name without the number at its end. */
  readonly group: string;
  readonly parents: readonly string[];
  /** How many tasks lie before it on the longest way to it; 0 for a task that waits for none. */
  readonly depth: number;
  /** 0 where none is recorded. */
  readonly runtimeMs: number;
  /** The program's name without its folder; null where none is recorded, or a whole script is. */
  readonly program: string | null;
  readonly inputFiles: FileTotals;
  readonly outputFiles: FileTotals;
}

/** The files that a task reads or writes. */
export interface FileTotals {
  readonly count: number;
  /** Of the files whose size is recorded. */
  readonly bytes: number;
}

/** Reads a recording; throws a RecordingFault that says what is wrong with it, and not in which file. */
export async function loadRecording(file: string): Promise<Recording> {
  const workflow = readWorkflow(parseJson(await readText(file)));
  checkStorable(workflow.specification, "workflow.specification");
  return toRecording(workflow);
}

function toRecording(workflow: Workflow): Recording {
  const { name, description, specification: document, files, runs, makespanMs } = workflow;
  const totals = (ids: readonly string[]): FileTotals => {
    return { count: ids.length, bytes: ids.reduce((sum, id) => sum + (files.get(id) ?? 0), 0) };
  };
  const tasks = orderTasks(workflow.tasks).flatMap(({ index, parents, depth }) => {
    const task = workflow.tasks[index];
    if (task === undefined) return [];
    const run = runs.get(task.id);
    const program = programName(run?.program ?? null);
    return {
      id: task.id,
      name: task.name,
      group: groupOf(task.name, program),
      parents,
      depth,
      runtimeMs: run?.runtimeMs ?? 0,
      program,
      inputFiles: totals(task.inputFiles),
      outputFiles: totals(task.outputFiles),
    };
  });
  return { name, ...(description === undefined ? {} : { description }), document, tasks, makespanMs };
}
