import { KeyRound } from "lucide-react";
import { type ReactNode, type SyntheticEvent, useState } from "react";
import type { Session } from "../../protocol/index.ts";
import { signIn } from "../api/client.ts";

/** Asks for the console's token. */
export function SignInPage({ onSession }: { readonly onSession: (session: Session) => void }): ReactNode {
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: SyntheticEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get("token");
    try {
      onSession(await signIn(typeof token === "string" ? token : ""));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <main className="sign-in">
      <form className="panel" onSubmit={(event) => void submit(event)}>
        <img src="./icon.svg" alt="" width={36} height={36} />
        <h1>Sign in</h1>
        <label className="stack">
          The console's token
          <span className="field">
            <KeyRound size={14} aria-hidden="true" />
            <input
              name="token"
              type="password"
              autoComplete="current-password"
              required
              aria-describedby="sign-in-problem"
            />
          </span>
        </label>
        <p id="sign-in-problem" role="alert" className="is-bad">
          {problem}
        </p>
        <button type="submit" className="button primary">
          Sign in
        </button>
        <p className="muted">It was printed where the console was started, or set by --token.</p>
      </form>
    </main>
  );
}
