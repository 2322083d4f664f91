// Refusals: the closed set of reasons for which the runner does not answer a request, each with one HTTP status. They are sent
// as problem+json (RFC 9457); validators ignore the body, operators and their proxies read it.

const PROBLEMS = {
  'not-found': [404, 'There is nothing at this address'],
  'method-not-allowed': [405, 'This address takes another method'],
  'body-too-large': [413, 'The body is longer than the message can be'],
  'encoding-not-supported': [415, 'The body must be sent as it is, without a content encoding'],
  malformed: [400, 'The body is not the message that belongs here'],
  'wrong-registry': [403, 'The challenge is for another chain or registry'],
  'wrong-node': [403, 'The challenge is for another node'],
  'wrong-epoch': [403, 'The challenge is not of the current epoch'],
  'unknown-validator': [403, 'The challenge is not signed by a validator registered for this epoch'],
  'validator-not-listed': [403, 'This runner answers chosen validators only'],
  'deadline-passed': [410, 'The deadline has passed'],
  'deadline-too-far': [422, 'The deadline is further ahead than any class allows'],
  'nonce-used': [409, 'This nonce was used before'],
  unsupported: [422, 'The parameters are not allowed or larger than this runner can do'],
  'unknown-commitment': [404, 'No such commitment is waiting for its opening'],
  'unknown-fill': [404, 'No memory is filled for such a challenge and waits for its start'],
  'wrong-signer': [403, 'The message is not signed by the validator that sent the challenge'],
  'bad-positions': [422, 'The positions are not those of a draw for this challenge'],
  'queue-full': [503, 'The queue is full'],
  'share-full': [503, 'One validator may hold a share of this runner only, and this one holds it'],
  'memory-full': [503, 'Too many results wait for their opening'],
  'too-often': [503, 'This validator asks more often than any policy, or than this runner answers'],
  'device-lost': [503, 'The device that computes is gone at the moment, and is being started again'],
  'nonces-full': [503, 'Too many challenges in too short a time'],
  'registry-unavailable': [503, 'The registry cannot be read at the moment, so the validator cannot be checked'],
  busy: [503, 'The node works on a scheduled job, which goes before audits on demand'],
  'spots-spent': [503, 'Audits on demand have used their share of this runner’s time'],
  preempted: [503, 'A scheduled job came and took the place of this audit on demand'],
  draining: [503, 'The runner is being stopped'],
  failed: [500, 'The computation failed'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** Thrown anywhere below a route; `detail` goes to the peer, so it must hold nothing private. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ProblemCode;
  readonly status: number;
  /** What a peer is told to wait where the status is 503. */
  readonly retryAfterSeconds: number;

  constructor(code: ProblemCode, detail?: string, retryAfterSeconds = 1) {
    super(detail ?? PROBLEMS[code][1]);
    this.code = code;
    this.status = PROBLEMS[code][0];
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** The RFC 9457 document. */
  toJSON(): { type: string; title: string; status: number; detail: string } {
    return { type: `urn:assay:runner:${this.code}`, title: PROBLEMS[this.code][1], status: this.status, detail: this.message };
  }
}
