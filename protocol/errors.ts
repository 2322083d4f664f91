// What protocol/ throws: bytes or numbers that the protocol does not allow. The message says what was wrong, in one clause.

export type ProtocolErrorCode = 'bad_hex' | 'bad_length' | 'bad_form' | 'out_of_range' | 'bad_signature' | 'bad_policy';

export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
