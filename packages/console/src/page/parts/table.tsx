import { type CSSProperties, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { NARROW, Space, useMedia, useRows } from "./scroller.tsx";
import "./table.css";

/** One column of a table. */
export interface Column<T> {
  readonly head: string;
  /** A track of CSS grid, such as "120px" or "minmax(0, 2fr)". */
  readonly width: string;
  /** The track on a narrow screen; without one the column is left out there. */
  readonly narrow?: string;
  readonly isNumber?: boolean;
  readonly cell: (row: T) => ReactNode;
}

/** A long list of rows of the same shape. */
export interface TableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  /** The page of a row; its first cell links there. */
  readonly hrefOf?: ((row: T) => string) | undefined;
  /** How many rows there are, where more follow than are loaded; -1 if nobody knows. */
  readonly total?: number | undefined;
  /** Called when the last loaded row comes into sight. */
  readonly onEnd?: (() => void) | undefined;
  /** What stands below the last row, such as that more are loading. */
  readonly foot?: ReactNode;
  readonly rowHeight?: number | undefined;
}

/** A table that draws only the rows in sight, walked with the arrow keys or with j and k. */
export function Table<T>(props: TableProps<T>): ReactNode {
  const { label, columns, rows, total = rows.length, onEnd, foot } = props;
  const isNarrow = useMedia(NARROW);
  const shown = isNarrow ? columns.filter(({ narrow }) => narrow !== undefined) : columns;
  const tracks = shown.map(({ width, narrow }) => (isNarrow ? narrow : width)).join(" ");
  const { virtualizer, listRef, offset } = useRows({
    count: rows.length,
    rowHeight: props.rowHeight ?? (isNarrow ? 48 : 34),
  });
  const items = virtualizer.getVirtualItems();
  const lastSeen = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (rows.length > 0 && lastSeen >= rows.length - 20) onEnd?.();
  }, [lastSeen, rows.length, onEnd]);
  const { active, onKeyDown, setActive } = useActiveRow(rows.length, (index) => virtualizer.scrollToIndex(index));
  return (
    <div className="table" role="table" aria-label={label} aria-rowcount={total < 0 ? -1 : total + 1} data-walkable="">
      <div role="rowgroup" className="table-head">
        <div role="row" aria-rowindex={1} className="table-row" style={{ gridTemplateColumns: tracks }}>
          {shown.map(({ head, isNumber }) => (
            <span role="columnheader" key={head} className={isNumber ? "num" : undefined}>
              {head}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="table-body" ref={listRef} onKeyDown={onKeyDown}>
        <Space height={virtualizer.getTotalSize()}>
          {items.map(({ index, size, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const place = { gridTemplateColumns: tracks, height: size, transform: `translateY(${start - offset}px)` };
            return (
              <Row
                key={props.keyOf(row)}
                {...{ row, index, place, columns: shown, hrefOf: props.hrefOf, isActive: index === active, setActive }}
              />
            );
          })}
        </Space>
      </div>
      {foot}
    </div>
  );
}

interface RowProps<T> {
  readonly row: T;
  readonly index: number;
  readonly place: CSSProperties;
  readonly columns: readonly Column<T>[];
  readonly hrefOf: ((row: T) => string) | undefined;
  readonly isActive: boolean;
  readonly setActive: (index: number) => void;
}

function Row<T>({ row, index, place, columns, hrefOf, isActive, setActive }: RowProps<T>): ReactNode {
  return (
    <div role="row" aria-rowindex={index + 2} className="table-row placed" style={place} data-index={index}>
      {columns.map(({ head, cell, isNumber }, column) => (
        <span role="cell" key={head} className={isNumber ? "cell num" : "cell"}>
          {column === 0 && hrefOf ? (
            <Link href={hrefOf(row)} className="row-link" tabIndex={isActive ? 0 : -1} onFocus={() => setActive(index)}>
              {cell(row)}
            </Link>
          ) : (
            cell(row)
          )}
        </span>
      ))}
    </div>
  );
}

const STEPS: ReadonlyMap<string, number> = new Map([
  ["ArrowDown", 1],
  ["j", 1],
  ["ArrowUp", -1],
  ["k", -1],
  ["PageDown", 20],
  ["PageUp", -20],
]);

/** The row that the keyboard is at: one link of the table is in the tab order, and the arrows move on from it. */
export function useActiveRow(
  count: number,
  scrollTo: (index: number) => void,
): {
  readonly active: number;
  readonly setActive: (index: number) => void;
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
} {
  const [active, setActive] = useState(0);
  const wanted = useRef<HTMLElement | null>(null);
  useEffect(() => {
    const list = wanted.current;
    if (list === null) return;
    const row = list.querySelector<HTMLElement>(`[data-index="${active}"]`);
    const target = row?.querySelector<HTMLElement>("a, button") ?? row;
    if (target === null || target === undefined) return;
    wanted.current = null;
    target.focus({ preventScroll: true });
  });
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const step = STEPS.get(event.key);
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey || count === 0) return;
    event.preventDefault();
    const next = Math.min(Math.max(active + step, 0), count - 1);
    wanted.current = event.currentTarget;
    setActive(next);
    scrollTo(next);
  };
  return { active: Math.min(active, Math.max(count - 1, 0)), setActive, onKeyDown };
}
