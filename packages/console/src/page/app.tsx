import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, Route, Router, Switch } from "wouter";
import type { Session } from "../protocol/index.ts";
import { FactsProvider } from "./actions/facts.ts";
import { mountPath } from "./api/base.ts";
import { read } from "./api/client.ts";
import { BlobsPage } from "./blobs/blobs.tsx";
import { DefinitionPage } from "./definitions/definition.tsx";
import { DefinitionsPage } from "./definitions/definitions.tsx";
import { ExecutionPage } from "./execution/execution.tsx";
import { ExecutionsPage } from "./executions/executions.tsx";
import { DeadLettersPage } from "./jobs/dead.tsx";
import { JobPage } from "./jobs/job.tsx";
import { JobsPage } from "./jobs/jobs.tsx";
import { KvPage } from "./kv/kv.tsx";
import { OverviewPage } from "./overview/overview.tsx";
import { Empty, Loading, Problem } from "./parts/states.tsx";
import { QueuePage } from "./queues/queue.tsx";
import { QueuesPage } from "./queues/queues.tsx";
import { Shell } from "./shell/shell.tsx";
import { SignInPage } from "./shell/sign-in.tsx";
import { SnapshotPage } from "./snapshots/snapshot.tsx";
import { SnapshotsPage } from "./snapshots/snapshots.tsx";
import { HealthPage } from "./system/health.tsx";
import { SettingsPage } from "./system/settings.tsx";
import { SchedulePage } from "./timers/schedule.tsx";
import { SchedulesPage } from "./timers/schedules.tsx";
import { TimersPage } from "./timers/timers.tsx";

const PAGES = [
  ["/", OverviewPage],
  ["/executions", ExecutionsPage],
  ["/execution", ExecutionPage],
  ["/queues", QueuesPage],
  ["/queue", QueuePage],
  ["/jobs", JobsPage],
  ["/job", JobPage],
  ["/dead", DeadLettersPage],
  ["/timers", TimersPage],
  ["/schedules", SchedulesPage],
  ["/schedule", SchedulePage],
  ["/definitions", DefinitionsPage],
  ["/definition", DefinitionPage],
  ["/kv", KvPage],
  ["/snapshots", SnapshotsPage],
  ["/snapshot", SnapshotPage],
  ["/blobs", BlobsPage],
  ["/health", HealthPage],
] as const;

/** The console: the sign-in where it is asked for, and then the page of the address. */
export function App(): ReactNode {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ["session"],
    queryFn: ({ signal }) => read("/api/session", {}, signal),
  });
  if (data === undefined) {
    return (
      <main>
        {error === null ? (
          <Loading label="Loading the console" />
        ) : (
          <Problem error={error} onRetry={() => void refetch()} />
        )}
      </main>
    );
  }
  if (data.console === null) return <SignInPage onSession={(session) => client.setQueryData(["session"], session)} />;
  return (
    <Router base={mountPath}>
      <FactsProvider value={data.console}>
        <Shell facts={data.console}>
          <Pages session={data} />
        </Shell>
      </FactsProvider>
    </Router>
  );
}

function Pages({ session }: { readonly session: Session }): ReactNode {
  return (
    <Switch>
      {PAGES.map(([path, component]) => (
        <Route key={path} path={path} component={component} />
      ))}
      <Route path="/settings">
        <SettingsPage session={session} />
      </Route>
      <Route>
        <Empty title="There is no such page">
          <Link href="/">Go to the overview</Link>
        </Empty>
      </Route>
    </Switch>
  );
}
