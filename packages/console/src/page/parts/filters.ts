import { useCallback } from "react";
import { useSearchParams } from "wouter";

/** What the reader filters by, kept in the address, so that it survives a reload and can be sent to others. */
export interface Filters {
  readonly get: (name: string) => string | undefined;
  readonly all: (name: string) => readonly string[];
  /** Sets parameters; undefined and empty ones are removed. */
  readonly set: (changes: Readonly<Record<string, string | readonly string[] | undefined>>) => void;
  readonly query: string;
}

/** The filters in the address. */
export function useFilters(): Filters {
  const [parameters, setParameters] = useSearchParams();
  const set = useCallback<Filters["set"]>(
    (changes) => {
      setParameters(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(changes)) {
            next.delete(name);
            for (const each of typeof value === "string" ? [value] : (value ?? [])) {
              if (each !== "") next.append(name, each);
            }
          }
          return next;
        },
        { replace: true },
      );
    },
    [setParameters],
  );
  return {
    get: (name) => parameters.get(name) ?? undefined,
    all: (name) => parameters.getAll(name),
    set,
    query: parameters.toString(),
  };
}
