import type { ContractCase } from "./case.ts";
import { contract } from "./contract.ts";

/** A case with the subject that it belongs to, such as "jobs". */
export interface SubjectCase extends ContractCase {
  readonly subject: string;
}

/**
 * Returns the cases whose title contains a text, in the contract's order; all of them by default. A title is the subject and the
 * name, "kv: an expired entry is gone". Upper and lower case are alike.
 */
export function selectCases(only = ""): readonly SubjectCase[] {
  const text = only.toLowerCase();
  return Object.entries(contract).flatMap(([subject, cases]) =>
    cases
      .filter(({ name }) => titleOf({ subject, name }).toLowerCase().includes(text))
      .map((contractCase) => ({ ...contractCase, subject })),
  );
}

/** The subject and the name of a case, as reports show them. */
export function titleOf({ subject, name }: { readonly subject: string; readonly name: string }): string {
  return `${subject}: ${name}`;
}
