// What each problem means and how to mend it: the one table behind /problems/<code>, /v1/problems/<code> and docs/api.md.
import { z } from 'zod';
import { problemCode, type ProblemCode } from './problems.ts';

export type ProblemHelp = { readonly when: string; readonly mend: string };

export const PROBLEM_HELP: Readonly<Record<ProblemCode, ProblemHelp>> = {
  'unknown-route': { when: 'No such path.', mend: 'Take it from /reference or /v1/openapi.json.' },
  'method-not-allowed': { when: 'The path is there, the method is not.', mend: 'The `Allow` header says which methods are.' },
  'bad-id': { when: 'A path part is malformed; each thing has one spelling.', mend: '`detail` says the form.' },
  'bad-query': { when: 'A parameter is unknown, repeated or out of range.', mend: '`detail` names it.' },
  'bad-cursor': { when: 'Not a cursor of this list and order.', mend: 'Take `next` of an answer of the same list.' },
  'bad-header': { when: 'A header that the route reads is malformed.', mend: '`detail` names it.' },
  'not-found': {
    when: 'Nothing has this id, it is not stored any more, the epoch has no final root, or a gateway was asked for own audits.',
    mend: '`detail` says which, and where to look.',
  },
  'bad-body': { when: 'The body is not JSON, or not of the form that the route takes.', mend: '`detail` names the field.' },
  'body-too-large': { when: 'The body has more than 65,536 bytes.', mend: 'Send less in one request.' },
  'bad-media-type': { when: 'The body is not sent as JSON.', mend: 'Send `content-type: application/json`.' },
  unauthenticated: {
    when: 'The route needs a key, and none came, or it is unknown, expired or revoked.',
    mend: 'Send `Authorization: Bearer <key>`; make a key by signing in, or ask whoever runs the service.',
  },
  forbidden: { when: 'The key is good, but lacks the scope.', mend: 'Use a key with the scope that `detail` names.' },
  conflict: {
    when: 'The same idempotency key was used with another content, or what is asked for was done in another way.',
    mend: 'Use a new idempotency key for a new request.',
  },
  gone: { when: 'It was here and will not come back.', mend: 'Nothing; ask for something newer.' },
  'over-quota': { when: 'More requests than the quota allows.', mend: 'Wait as long as `Retry-After` says.' },
  'not-revealed': { when: 'The epoch’s reveal time has not come.', mend: 'Ask again at the time in `detail`.' },
  'not-ready': { when: 'The service has not joined its network yet.', mend: 'Try again in a minute.' },
  unavailable: {
    when: 'Storage, or another part that the route needs, does not answer.',
    mend: 'Try again, with growing pauses.',
  },
  misconfigured: { when: 'The service’s operator has to mend a setting.', mend: 'Nothing to do for a caller.' },
  internal: { when: 'A fault of ours.', mend: 'Try again later.' },
};

export const problemHelp = z.strictObject({
  code: problemCode,
  status: z.int(),
  title: z.string(),
  when: z.string(),
  mend: z.string(),
});
