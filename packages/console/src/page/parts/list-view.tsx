import { ArrowUp, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import type { List } from "../api/reading.ts";
import { Empty, Loading, Problem } from "./states.tsx";
import { type Column, Table } from "./table.tsx";

interface ListViewProps<T> {
  readonly label: string;
  readonly list: List<T>;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
  readonly hrefOf?: (row: T) => string;
  readonly empty: { readonly icon?: LucideIcon; readonly title: string; readonly text?: string };
  /** The words for one item: "execution". */
  readonly word: string;
}

/** A list that is read as it scrolls, with all that can become of it. */
export function ListView<T>({ label, list, columns, keyOf, hrefOf, empty, word }: ListViewProps<T>): ReactNode {
  const { items, error, isLoading, hasMore, loadMore, restart, hasNews } = list;
  if (isLoading) return <Loading label={`Loading ${label.toLowerCase()}`} lines={10} />;
  if (items.length === 0) {
    if (error !== null) return <Problem error={error} onRetry={restart} />;
    return (
      <Empty {...(empty.icon === undefined ? {} : { icon: empty.icon })} title={empty.title}>
        {empty.text}
      </Empty>
    );
  }
  return (
    <>
      {hasNews ? (
        <button type="button" className="button primary news" onClick={restart}>
          <ArrowUp size={14} aria-hidden="true" /> There is news: go to the newest
        </button>
      ) : null}
      <Table
        label={label}
        columns={columns}
        rows={items}
        keyOf={keyOf}
        hrefOf={hrefOf}
        total={hasMore ? -1 : items.length}
        onEnd={loadMore}
        foot={<Foot list={list} word={word} />}
      />
    </>
  );
}

function Foot<T>({ list, word }: { readonly list: List<T>; readonly word: string }): ReactNode {
  const { items, error, hasMore, isLoadingMore, loadMore } = list;
  const count = `${items.length.toLocaleString("en")} ${word}${items.length === 1 ? "" : "s"}`;
  if (error !== null) {
    return (
      <div className="table-foot" role="alert">
        {error.message}
        <button type="button" className="button" onClick={loadMore}>
          Try again
        </button>
      </div>
    );
  }
  return (
    <div className="table-foot">
      {count}
      {hasMore && (isLoadingMore ? ", loading more…" : ", more as you scroll")}
    </div>
  );
}
