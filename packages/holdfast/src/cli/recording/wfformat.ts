import { quoted, RecordingFault } from "./fault.ts";
import {
  bytesAt,
  describe,
  idAt,
  type JsonObject,
  listAt,
  objectAt,
  optionalListAt,
  optionalTextAt,
  secondsAt,
  textAt,
} from "./fields.ts";

/** A workflow run as WfFormat writes it. Its fields are checked, and the links between them are not yet. */
export interface Workflow {
  readonly name: string;
  readonly description?: string;
  readonly specification: JsonObject;
  readonly tasks: readonly WorkflowTask[];
  /** Sizes in bytes by file id. */
  readonly files: ReadonlyMap<string, number>;
  readonly runs: ReadonlyMap<string, TaskRun>;
  readonly makespanMs: number;
}

/** A task of the specification. */
export interface WorkflowTask {
  readonly id: string;
  readonly name: string;
  readonly parents: readonly string[];
  readonly children: readonly string[];
  readonly inputFiles: readonly string[];
  readonly outputFiles: readonly string[];
}

/** The execution's record of a task. */
export interface TaskRun {
  readonly runtimeMs: number;
  readonly program: string | null;
}

// 1.6 adds optional metrics to 1.5 and changes nothing else.
const versions: ReadonlySet<unknown> = new Set(["1.5", "1.6"]);

/** The path of the list of tasks in the document. */
export const tasksPath = "workflow.specification.tasks";
const runsPath = "workflow.execution.tasks";
const filesPath = "workflow.specification.files";

/** Reads a document in WfFormat 1.5 or 1.6; throws at the first wrong field. */
export function readWorkflow(document: unknown): Workflow {
  const root = objectAt(document, "the document");
  checkVersion(root);
  const name = idAt(root["name"], "name");
  const description = optionalTextAt(root["description"], "description");
  const workflow = objectAt(root["workflow"], "workflow");
  const specification = objectAt(workflow["specification"], "workflow.specification");
  const tasks = readTasks(specification["tasks"]);
  const files = readFiles(specification["files"]);
  const run = readExecution(workflow["execution"], new Set(tasks.map(({ id }) => id)));
  return { name, ...(description === undefined ? {} : { description }), specification, tasks, files, ...run };
}

function checkVersion(root: JsonObject): void {
  const version = root["schemaVersion"];
  if (versions.has(version)) return;
  const field = "schemaVersion";
  if (version === undefined) {
    throw new RecordingFault(
      "is not in WfFormat, for it has no schemaVersion: name a recording in WfFormat 1.5",
      field,
    );
  }
  if (typeof version === "string" && /^1\.[0-4]$/.test(version)) {
    const remedy = "convert it with tools/wfcommons-migrate-instance.py of github.com/wfcommons/WfFormat";
    throw new RecordingFault(`is in WfFormat ${version}, which has another shape than 1.5: ${remedy}`, field);
  }
  throw new RecordingFault(`schemaVersion is ${describe(version)}: give a recording in WfFormat "1.5" or "1.6"`, field);
}

function readTasks(value: unknown): readonly WorkflowTask[] {
  const items = listAt(value, tasksPath);
  if (items.length === 0) {
    throw new RecordingFault(`${tasksPath} is empty: name a recording with at least one task`, tasksPath);
  }
  const tasks = items.map((item, i) => readTask(objectAt(item, `${tasksPath}[${i}]`), `${tasksPath}[${i}]`));
  checkUnique(
    tasks.map(({ id }) => id),
    tasksPath,
  );
  return tasks;
}

function readTask(task: JsonObject, path: string): WorkflowTask {
  const texts = (items: readonly unknown[], field: string): readonly string[] => {
    return items.map((item, i) => textAt(item, `${path}.${field}[${i}]`));
  };
  return {
    name: idAt(task["name"], `${path}.name`),
    id: idAt(task["id"], `${path}.id`),
    parents: texts(listAt(task["parents"], `${path}.parents`), "parents"),
    children: texts(listAt(task["children"], `${path}.children`), "children"),
    inputFiles: texts(optionalListAt(task["inputFiles"], `${path}.inputFiles`), "inputFiles"),
    outputFiles: texts(optionalListAt(task["outputFiles"], `${path}.outputFiles`), "outputFiles"),
  };
}

function readFiles(value: unknown): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const [i, item] of optionalListAt(value, filesPath).entries()) {
    const path = `${filesPath}[${i}]`;
    const file = objectAt(item, path);
    sizes.set(textAt(file["id"], `${path}.id`), bytesAt(file["sizeInBytes"], `${path}.sizeInBytes`));
  }
  return sizes;
}

/** A workflow that has not run has no execution: nothing is recorded, and everything took no time. */
function readExecution(value: unknown, known: ReadonlySet<string>): Pick<Workflow, "runs" | "makespanMs"> {
  if (value === undefined) return { runs: new Map(), makespanMs: 0 };
  const execution = objectAt(value, "workflow.execution");
  const makespanMs = toMs(secondsAt(execution["makespanInSeconds"], "workflow.execution.makespanInSeconds"));
  const items = listAt(execution["tasks"], runsPath);
  const ids = items.map((item, i) => idAt(objectAt(item, `${runsPath}[${i}]`)["id"], `${runsPath}[${i}].id`));
  checkUnique(ids, runsPath);
  const runs = new Map<string, TaskRun>();
  for (const [i, id] of ids.entries()) {
    const path = `${runsPath}[${i}]`;
    if (!known.has(id)) {
      const problem = `${path}.id is ${quoted(id)}, which ${tasksPath} does not have`;
      throw new RecordingFault(`${problem}: add the task there or remove it here`, `${path}.id`);
    }
    runs.set(id, readRun(objectAt(items[i], path), path));
  }
  return { runs, makespanMs };
}

function readRun(run: JsonObject, path: string): TaskRun {
  const runtimeMs = toMs(secondsAt(run["runtimeInSeconds"], `${path}.runtimeInSeconds`));
  if (run["command"] === undefined) return { runtimeMs, program: null };
  const program = optionalTextAt(objectAt(run["command"], `${path}.command`)["program"], `${path}.command.program`);
  return { runtimeMs, program: program ?? null };
}

/** Microseconds are as fine as anybody records; rounding to them undoes what the multiplication adds (1.305 s). */
function toMs(seconds: number): number {
  return Math.round(seconds * 1e6) / 1000;
}

function checkUnique(ids: readonly string[], listPath: string): void {
  const first = new Map<string, number>();
  for (const [i, id] of ids.entries()) {
    const earlier = first.get(id);
    if (earlier !== undefined) {
      const path = `${listPath}[${i}].id`;
      throw new RecordingFault(`${path} repeats ${quoted(id)} of [${earlier}]: give every task an id of its own`, path);
    }
    first.set(id, i);
  }
}
