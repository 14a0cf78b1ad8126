import { useQueryClient } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import type { ReactNode } from "react";
import type { Session, SystemReport } from "../../protocol/index.ts";
import { useFacts } from "../actions/facts.ts";
import { signOut } from "../api/client.ts";
import { useRead } from "../api/reading.ts";
import { Facts, Panel } from "../parts/facts.tsx";
import { formatBytes } from "../parts/format.ts";
import { Loaded } from "../parts/loaded.tsx";
import { Moment } from "../parts/time.tsx";
import { useTitle } from "../parts/title.tsx";

/** What this console and its store are set to. */
export function SettingsPage({ session }: { readonly session: Session }): ReactNode {
  useTitle("Settings");
  const facts = useFacts();
  const client = useQueryClient();
  const query = useRead("/api/system", {});
  const leave = async (): Promise<void> => {
    client.setQueryData(["session"], await signOut());
  };
  return (
    <div className="page">
      <div className="page-head">
        <h1>Settings</h1>
        <div className="actions">
          {session.signIn === "token" ? (
            <button type="button" className="button" onClick={() => void leave()}>
              <LogOut size={14} aria-hidden="true" /> Sign out
            </button>
          ) : null}
        </div>
      </div>
      <Panel title="Console">
        <Facts
          facts={[
            ["Release", facts.version],
            ["Actions", facts.allowsActions ? "allowed" : "not allowed: it only reads"],
            ["Payloads", facts.isRedacted ? "pass the redaction hook" : "shown as they are"],
            ["Shown of a payload", `at most ${formatBytes(facts.previewBytes)}`],
            ["Location", facts.location],
            ["Schema", facts.schema],
            ...Object.entries(query.data?.settings ?? {}).map(
              ([name, value]) => [name, String(value ?? "not set")] as const,
            ),
          ]}
        />
      </Panel>
      <Loaded query={query} label="Loading the settings">
        {(report) => <StoreSettings report={report} />}
      </Loaded>
    </div>
  );
}

function StoreSettings({ report: { connections, migrations } }: { readonly report: SystemReport }): ReactNode {
  return (
    <>
      <Panel title="Connections of this process">
        <Facts facts={Object.entries(connections).map(([name, count]) => [name, count] as const)} />
      </Panel>
      <section className="panel" aria-label="Migrations">
        <header>
          <h2>Migrations</h2>
        </header>
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col" className="num">
                Applied
              </th>
            </tr>
          </thead>
          <tbody>
            {migrations.toReversed().map(({ name, appliedAt }) => (
              <tr key={name}>
                <td>
                  <code>{name}</code>
                </td>
                <td className="num">
                  <Moment at={appliedAt} none="not yet" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
