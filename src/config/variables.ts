/** The environment as parts of the configuration read it, and the mistakes that they find. */

export type Environment = Readonly<Record<string, string | undefined>>;

/** Why a file cannot be read, in words; null when it can. */
export type AskAboutFile = (path: string) => string | null;

export class Variables {
  readonly mistakes: string[] = [];

  constructor(
    private readonly env: Environment,
    private readonly whyUnreadable: AskAboutFile,
  ) {}

  /** Of all variables, whosever they are. */
  get names(): readonly string[] {
    return Object.keys(this.env);
  }

  /** An empty variable is an absent one: that is how shells and compose files leave things out. */
  value(name: string): string | null {
    const text = this.env[name];
    return text === undefined || text === '' ? null : text;
  }

  /** The path that a variable names. A file that the service makes by itself is not looked for here. */
  file(name: string): string | null {
    const path = this.value(name);
    const why = path === null ? null : this.whyUnreadable(path);
    if (why !== null) this.mistake(`${name} names ${path}, which cannot be read: ${why}.`);
    return path;
  }

  mistake(text: string): void {
    this.mistakes.push(text);
  }
}
