// The one error class that services throw. Each transport maps the codes in one table; a message names cause and mend and
// never holds a secret or an RPC's URL.

export type DomainErrorCode = 'not_ready' | 'unavailable' | 'misconfigured' | 'internal';

export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: DomainErrorCode;

  constructor(code: DomainErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
