import type { Pool } from "pg";

/** Throws unless a query's only value is the number that is expected. */
export async function expectNumber(pool: Pool, sql: string, expected: number): Promise<void> {
  const { rows } = await pool.query<{ readonly value: unknown }>(`select (${sql}) as value`);
  const actual = Number(rows[0]?.value);
  if (actual !== expected) throw new Error(`Expected ${expected}, but there is ${actual}: ${sql}`);
}

/** Throws unless two numbers are the same; `what` says what they count. */
export function expectSame(actual: number, expected: number, what: string): void {
  if (actual !== expected) throw new Error(`Expected ${expected} ${what}, but there are ${actual}.`);
}

/** Whether a query has no row. */
export async function hasNoRow(pool: Pool, sql: string): Promise<boolean> {
  const { rows } = await pool.query(`${sql} limit 1`);
  return rows.length === 0;
}

/** Throws if a read found nothing: such a read is quick, and proves nothing. */
export function found<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`${what} was not found.`);
  return value;
}
