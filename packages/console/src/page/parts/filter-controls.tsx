import type { LucideIcon } from "lucide-react";
import { type ReactNode, type SyntheticEvent, useEffect, useState } from "react";
import { formatCount } from "./format.ts";
import { Status } from "./status.tsx";

interface TextFilterProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string | undefined;
  readonly onChange: (value: string) => void;
  readonly icon?: LucideIcon;
  /** Whether / leads here. */
  readonly isFirst?: boolean;
  readonly width?: number;
}

/** A filter by text; it applies with Enter, or when the reader leaves it. */
export function TextFilter(props: TextFilterProps): ReactNode {
  const { label, placeholder, value = "", onChange, icon: Icon, isFirst = false, width = 170 } = props;
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const apply = (): void => {
    if (text.trim() !== value) onChange(text.trim());
  };
  const onSubmit = (event: SyntheticEvent): void => {
    event.preventDefault();
    apply();
  };
  return (
    <form onSubmit={onSubmit} className="field">
      {Icon === undefined ? null : <Icon size={14} aria-hidden="true" />}
      <input
        aria-label={label}
        placeholder={placeholder}
        value={text}
        style={{ width }}
        data-filter={isFirst ? "" : undefined}
        onChange={(event) => setText(event.target.value)}
        onBlur={apply}
        spellCheck={false}
        autoComplete="off"
      />
    </form>
  );
}

interface StatusFilterProps {
  readonly statuses: readonly string[];
  readonly chosen: readonly string[];
  readonly counts?: Readonly<Record<string, number>> | undefined;
  /** A count that reaches it stands for at least as many. */
  readonly countUpTo?: number | null | undefined;
  readonly onChange: (chosen: readonly string[]) => void;
}

/** Chips of statuses with their numbers; those pressed are shown, or all if none is. */
export function StatusFilter({ statuses, chosen, counts, countUpTo, onChange }: StatusFilterProps): ReactNode {
  const toggle = (status: string): void => {
    onChange(chosen.includes(status) ? chosen.filter((each) => each !== status) : [...chosen, status]);
  };
  return (
    <div className="row chips" role="group" aria-label="Status">
      {statuses.map((status) => {
        const count = counts?.[status];
        return (
          <button
            key={status}
            type="button"
            className="chip"
            aria-pressed={chosen.includes(status)}
            onClick={() => toggle(status)}
          >
            <Status status={status} />
            {count === undefined ? null : (
              <span className="count">
                {formatCount(count)}
                {typeof countUpTo === "number" && count >= countUpTo ? "+" : ""}
              </span>
            )}
          </button>
        );
      })}
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string | undefined;
  /** Values and their words; the empty value stands for no choice. */
  readonly options: readonly (readonly [string, string])[];
  readonly onChange: (value: string) => void;
}

/** A filter by one of a few values. */
export function ChoiceFilter({ label, value = "", options, onChange }: ChoiceProps): ReactNode {
  return (
    <label className="field">
      <span className="field-name">{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
