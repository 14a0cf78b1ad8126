import { InvalidInputError } from "../../index.ts";
import { printable, RecordingFault } from "./fault.ts";
import { orderTasks } from "./graph.ts";
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
  /** Every task comes after those it waits for: by depth, then in file order. */
  readonly tasks: readonly RecordedTask[];
  /** 0 if no execution is recorded. */
  readonly makespanMs: number;
}

/** A task of a recorded run. */
export interface RecordedTask {
  readonly id: string;
  readonly name: string;
  /** The kind of task: its program, or its name without the trailing number. */
  readonly group: string;
  readonly parents: readonly string[];
  /** How many tasks precede it on the longest path; 0 for a task that waits for none. */
  readonly depth: number;
  /** 0 if none is recorded. */
  readonly runtimeMs: number;
  /** The program's name without its folder; null if none is recorded, or a whole script is. */
  readonly program: string | null;
  readonly inputFiles: FileTotals;
  readonly outputFiles: FileTotals;
}

/** The files that a task reads or writes. */
export interface FileTotals {
  readonly count: number;
  /** The total of the recorded sizes. */
  readonly bytes: number;
}

/**
 * Reads a recorded workflow run in WfFormat 1.5 (or 1.6, which differs in optional fields only).
 *
 * @throws InvalidInputError in one line that names the file, the field by its path and what to do; `facts` hold `file` and `field`.
 */
export async function readRecording(file: string): Promise<Recording> {
  try {
    return await loadRecording(file);
  } catch (error) {
    if (!(error instanceof RecordingFault)) throw error;
    const shown = file === "" ? '""' : printable(file);
    const facts = { file, ...(error.field === null ? {} : { field: error.field }) };
    throw new InvalidInputError(`Recording ${shown}: ${error.message}.`, { facts });
  }
}

/** Reads a recording; throws a RecordingFault that describes the fault, but not the file. */
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

/**
 * The name of a task's program, without its folder; null if it is no name. Some engines record the whole script of a task as its program,
 * which is long and names nothing.
 */
export function programName(program: string | null): string | null {
  const name = program?.split(/[/\\]/).at(-1) ?? "";
  return /^[\p{L}\p{N}\p{P}\p{S}]{1,50}$/u.test(name) && !/[\s;|&<>]/.test(program ?? "") ? name : null;
}

/** The kind of a task: its program, or its name without the trailing number (`align_ID0000012` is an `align`). */
export function groupOf(name: string, program: string | null): string {
  if (program !== null) return program;
  const kind = name.replace(/[_-](?:ID)?\d+$/, "");
  return kind === "" ? name : kind;
}
