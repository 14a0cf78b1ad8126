/** What the page needs to know about the console before anything else. Answered to everybody, signed in or not. */
export interface Session {
  /** Whether the other routes answer this browser. */
  readonly isSignedIn: boolean;
  /** "token": the sign-in form asks for the token. "none": the console needs none, or the application decides. */
  readonly signIn: "token" | "none";
  /** Everything else is null until the browser is signed in. */
  readonly console: ConsoleFacts | null;
}

/** Facts about the console and its store. */
export interface ConsoleFacts {
  /** The release of `@holdfast/console`. */
  readonly version: string;
  /** The server's time, in ISO 8601. */
  readonly now: string;
  /** Whether payloads pass a redaction hook first. */
  readonly isRedacted: boolean;
  /** Whether actions are allowed. Otherwise each is answered by 403, `read_only`. */
  readonly allowsActions: boolean;
  /** The schema of the store. */
  readonly schema: string;
  /** Where the database is, without secrets. */
  readonly location: string;
  /** A name for the title bar, such as "production"; null if none was given. */
  readonly title: string | null;
  /** The most bytes of a payload in an answer. Larger ones are truncated, and have a `download`. */
  readonly previewBytes: number;
}

/** The body of a sign-in. The answer sets an HttpOnly cookie; a wrong token is answered by 401. */
export interface SignIn {
  readonly token: string;
}
