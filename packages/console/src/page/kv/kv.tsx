import { KeyRound, Search } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { KvRow } from "../../protocol/index.ts";
import { useList, useRead } from "../api/reading.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Facts } from "../parts/facts.tsx";
import { TextFilter } from "../parts/filter-controls.tsx";
import { useFilters } from "../parts/filters.ts";
import { ListView } from "../parts/list-view.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Empty, Loading, Problem } from "../parts/states.tsx";
import type { Column } from "../parts/table.tsx";
import { Ago, Moment } from "../parts/time.tsx";
import { useTitle } from "../parts/title.tsx";
import { PayloadView } from "../payload/payload.tsx";
import "./browser.css";

/** The entries of key/value data, by prefix. */
export function KvPage(): ReactNode {
  useTitle("Key/value");
  const filters = useFilters();
  const prefix = filters.get("prefix");
  return (
    <div className="page">
      <div className="page-head">
        <h1>Key/value</h1>
      </div>
      <div className="browser">
        <Prefixes
          start={filters.get("start")}
          chosen={prefix}
          onChoose={(next) => filters.set({ prefix: next, key: undefined })}
          onStart={(start) => filters.set({ start })}
        />
        {filters.all("prefix").length === 0 ? (
          <Empty icon={KeyRound} title="Choose a prefix">
            Its entries are listed in the byte order of their keys.
          </Empty>
        ) : (
          <Entries key={prefix} prefix={prefix ?? ""} />
        )}
      </div>
    </div>
  );
}

interface PrefixesProps {
  readonly start: string | undefined;
  readonly chosen: string | undefined;
  readonly onChoose: (prefix: string) => void;
  readonly onStart: (start: string) => void;
}

function Prefixes({ start, chosen, onChoose, onStart }: PrefixesProps): ReactNode {
  const { items, isLoading, error, hasMore, loadMore, restart } = useList("/api/kv/prefixes", { start });
  return (
    <nav className="stack" aria-label="Prefixes">
      <TextFilter
        label="Prefixes that begin with"
        placeholder="Begins with"
        value={start}
        onChange={onStart}
        icon={Search}
        isFirst
        width={140}
      />
      {isLoading ? <Loading label="Loading prefixes" lines={4} /> : null}
      {error === null ? null : <Problem error={error} onRetry={restart} />}
      <ul className="choices">
        {items.map((prefix) => (
          <li key={prefix}>
            <button type="button" className="choice" aria-pressed={prefix === chosen} onClick={() => onChoose(prefix)}>
              {prefix === "" ? <em>empty prefix</em> : prefix}
            </button>
          </li>
        ))}
      </ul>
      {!isLoading && items.length === 0 ? <p className="faint">There are no entries.</p> : null}
      {hasMore ? (
        <button type="button" className="button" onClick={loadMore}>
          More prefixes
        </button>
      ) : null}
    </nav>
  );
}

function Entries({ prefix }: { readonly prefix: string }): ReactNode {
  const list = useList("/api/kv", { prefix });
  const [shown, show] = useState<string | null>(null);
  return (
    <div className="stack">
      <ListView
        label="Entries"
        list={list}
        columns={entryColumns(show)}
        keyOf={({ key }) => key}
        word="entry"
        empty={{ icon: KeyRound, title: "The prefix has no entries" }}
      />
      {shown === null ? null : <Entry prefix={prefix} name={shown} onClose={() => show(null)} />}
    </div>
  );
}

function Entry({
  prefix,
  name,
  onClose,
}: {
  readonly prefix: string;
  readonly name: string;
  readonly onClose: () => void;
}): ReactNode {
  const query = useRead("/api/kv/entry", { prefix, key: name });
  return (
    <Dialog title={name === "" ? "The empty key" : name} onClose={onClose} isWide>
      <Loaded query={query} label="Loading the entry" lines={4}>
        {(data) => (
          <>
            <Facts
              facts={[
                ["Version", data.version],
                ["Written", <Moment key="at" at={data.updatedAt} />],
                ["Expires", <Moment key="end" at={data.expiresAt} none="never" />],
              ]}
            />
            {data.value === null ? (
              <p className="faint">Its value is null.</p>
            ) : (
              <PayloadView label="Value" payload={data.value} />
            )}
          </>
        )}
      </Loaded>
    </Dialog>
  );
}

const entryColumns = (show: (key: string) => void): readonly Column<KvRow>[] => [
  {
    head: "Key",
    width: "minmax(140px, 1.2fr)",
    narrow: "minmax(0, 1fr)",
    cell: ({ key }) => (
      <button type="button" className="link row-link" onClick={() => show(key)}>
        {key === "" ? <em>empty key</em> : key}
      </button>
    ),
  },
  {
    head: "Value",
    width: "minmax(160px, 2fr)",
    narrow: "minmax(0, 1fr)",
    cell: ({ value }) => <code className="muted">{value === null ? "null" : value.text.slice(0, 300)}</code>,
  },
  { head: "Version", width: "80px", isNumber: true, cell: ({ version }) => version },
  { head: "Written", width: "84px", isNumber: true, cell: ({ updatedAt }) => <Ago at={updatedAt} /> },
  { head: "Expires", width: "84px", isNumber: true, cell: ({ expiresAt }) => <Ago at={expiresAt} none="never" /> },
];
