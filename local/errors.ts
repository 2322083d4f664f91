// What stops the embedded network with a plain sentence: cause and mend, no stack. Anything else that is thrown is a defect.

/** Exit codes of `npm start`: 1 is a network that failed, 2 a start that was refused. */
export type ExitCode = 1 | 2;

export class LocalError extends Error {
  override readonly name = 'LocalError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
