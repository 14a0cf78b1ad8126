import type { Plan } from "../core/plan.ts";
import { tracedCall } from "../telemetry/calls.ts";
import type { TelemetryAttributes } from "../telemetry/span-parts.ts";

/** Runs a plan in a span that names its statements. */
export function tracedPlan<T>(target: TelemetryAttributes, plan: Plan<unknown>, run: () => Promise<T>): Promise<T> {
  return tracedCall(
    target,
    () => {
      const statements = plan.statements.map(({ statement }) => statement.name.replace("/", "."));
      return { operation: statements[0] ?? "nothing", statements };
    },
    run,
  );
}

/** Makes a write in a span. Its statements are known only once it travels with others. */
export function tracedWrite<T>(target: TelemetryAttributes, name: string, write: () => Promise<T>): Promise<T> {
  // What follows a space is not of the kind, such as the options of claims that travel together.
  return tracedCall(target, () => ({ operation: name.split(" ", 1)[0] ?? name }), write);
}
