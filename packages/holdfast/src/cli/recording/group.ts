/**
 * The name of a task's program, without its folder; null for what is no name. Some engines record the whole script of a
 * task as its program, which names nothing and is long.
 */
export function programName(program: string | null): string | null {
  const name = program?.split(/[/\\]/).at(-1) ?? "";
  return /^[\p{L}\p{N}\p{P}\p{S}]{1,50}$/u.test(name) && !/[\s;|&<>]/.test(program ?? "") ? name : null;
}

/** The kind of a task: its program, else its name without the number at its end (`align_ID0000012` is an `align`). */
export function groupOf(name: string, program: string | null): string {
  if (program !== null) return program;
  const kind = name.replace(/[_-](?:ID)?\d+$/, "");
  return kind === "" ? name : kind;
}
