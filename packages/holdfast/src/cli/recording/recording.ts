import { InvalidInputError } from "../../index.ts";
import { printable, RecordingFault } from "./fault.ts";
import { loadRecording, type Recording } from "./load.ts";

export type { RecordedTask, Recording } from "./load.ts";

/**
 * Reads a recorded workflow run in WfFormat 1.5 (or 1.6, which differs in optional fields only).
 *
 * @throws InvalidInputError in one line that names the file, the field by its path and what to do; `facts` hold `file` and
 * `field`.
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
