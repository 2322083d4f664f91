// Lies among validators: archives that are not shown, roots that were never computed, and a line that is cut.
import { rootHash, rootDigest } from '../../protocol/consensus/root.ts';
import { ZERO32, type Hex } from '../../protocol/bytes.ts';
import type { Env } from '../../workers/env.ts';
import { domainOf, epochNow, notFound, signAnyway, type Behaviour } from './behaviour.worker.ts';

/** Where an archive can be had. */
const ARCHIVE_PATH = /^\/v1\/(?:objects|audits)\/|^\/v1\/epochs\/\d+\/archive/;

/** Reports like everybody, and shows nothing of what the report is about. */
export const withholder: Behaviour = {
  answer: async (request, _env, honest) => (ARCHIVE_PATH.test(new URL(request.url).pathname) ? notFound() : honest(request)),
};

/** Manifests of its own that it has shown; an isolate's memory is enough for a lie. */
const shown = new Set<Hex>();

async function isOwnManifest(env: Env, hash: Hex): Promise<boolean> {
  return (await env.DB.prepare('SELECT 1 FROM epochs WHERE archive_hash = ?').bind(hash).first()) !== null;
}

/** Each manifest is shown once, to whoever asks first; without it nobody knows what else to ask for. */
export const singleServer: Behaviour = {
  answer: async (request, env, honest) => {
    const { pathname } = new URL(request.url);
    if (/^\/v1\/epochs\/\d+\/archive/.test(pathname)) return notFound();
    const sha256 = /^\/v1\/objects\/(?:0x)?([0-9a-f]{64})$/.exec(pathname)?.[1];
    if (sha256 === undefined || !(await isOwnManifest(env, `0x${sha256}`))) return honest(request);
    if (shown.has(`0x${sha256}`)) return notFound();
    const response = await honest(request);
    if (response.ok) shown.add(`0x${sha256}`);
    return response;
  },
};

/** Signs what it computed, and beside it a root that nobody computed; both are told to whoever asks. */
export const wrongRoot: Behaviour = {
  network: (ports, env) => {
    const { member, store, clock } = ports;
    if (member === null) return ports;
    return {
      ...ports,
      member: {
        ...member,
        signRoot: async (root) => {
          const right = await member.signRoot(root);
          if (right === null) return null;
          const wrong = { ...right.root, scoreRoot: ZERO32 };
          const signature = signAnyway(env, rootDigest(domainOf(env), wrong));
          await store.addStatement({ validator: right.validator, root: wrong, signature }, rootHash(wrong), clock.nowMs());
          return right;
        },
      },
    };
  },
};

/** The first and the last epoch during which the line is cut. */
const CUT = { from: 3, to: 4 } as const;

async function isCut(env: Env): Promise<boolean> {
  const epoch = await epochNow(env);
  return epoch !== null && epoch >= CUT.from && epoch <= CUT.to;
}

/** Reaches no other validator, and no other reaches it; chain and nodes it still has. */
export const partitioned: Behaviour = {
  network: (ports, env) => ({
    ...ports,
    peers: { ...ports.peers, get: async (...asked) => ((await isCut(env)) ? null : ports.peers.get(...asked)) },
  }),
  answer: async (request, env, honest) => ((await isCut(env)) ? new Response('cut off', { status: 503 }) : honest(request)),
};
