/** Where a payload is stored: what the redaction hook gets, and what a download's path says. */
export type PayloadPlace =
  | { readonly of: "execution"; readonly id: string; readonly field: "input" | "state" | "output" | "error" }
  | { readonly of: "task"; readonly id: string; readonly field: "input" | "output" | "error" }
  | { readonly of: "job"; readonly id: string; readonly field: "payload" | "result" | "error" | "progress" }
  | { readonly of: "job-failure"; readonly id: string; readonly token: number }
  | { readonly of: "job-log"; readonly id: string; readonly at: string }
  | { readonly of: "component"; readonly id: string; readonly component: string }
  | { readonly of: "former-state"; readonly id: string; readonly version: number }
  | { readonly of: "former-component"; readonly id: string; readonly component: string; readonly version: number }
  | { readonly of: "history"; readonly id: string; readonly number: number }
  | { readonly of: "timer"; readonly id: string }
  | { readonly of: "wait"; readonly id: string }
  | { readonly of: "event"; readonly id: string; readonly key: string }
  | { readonly of: "schedule"; readonly id: string }
  | { readonly of: "definition"; readonly name: string; readonly version: number }
  | { readonly of: "kv"; readonly prefix: string; readonly key: string }
  | { readonly of: "snapshot"; readonly id: string; readonly version: string }
  | { readonly of: "blob"; readonly key: string };
