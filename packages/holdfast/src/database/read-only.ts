import type { Plan, Statement } from "./plan.ts";

const known = new WeakMap<Statement, boolean>();

/**
 * Whether a plan surely only reads, so that an answer that was lost matters to nobody. Judged by its text, and in doubt it
 * writes: any function of the schema may, but the clock and the end of all keys, and so may a plan that follows.
 */
export function isReadOnlyPlan({ statements, next }: Plan<unknown>): boolean {
  if (next !== undefined) return false;
  return statements.every(({ statement }) => {
    const isReading = known.get(statement) ?? isReadOnlyText(statement.text);
    known.set(statement, isReading);
    return isReading;
  });
}

function isReadOnlyText(text: string): boolean {
  return (
    /^\s*(select|with)\b/i.test(text) &&
    !/\b(insert|update|delete|merge|share|nextval)\b/i.test(text) &&
    !/\bholdfast\.(?!(?:now|last_key)\()\w+\(/.test(text)
  );
}
