// Signed roots of an epoch, from all peers: verified before they are stored, served on to whoever asks, and held against each
// other. A signer who tells two peers different roots is found as soon as the two words meet anywhere.
import type { Hex } from '../../../protocol/bytes.ts';
import { rootHash, statementSigner } from '../../../protocol/consensus/root.ts';
import type { Statement } from '../../../protocol/consensus/types.ts';
import { faultKey } from '../../../protocol/faults.ts';
import { PEER_JSON_BYTES_MAX } from '../../../schema/wire/limits.ts';
import { parseStatements } from '../../../schema/wire/network.ts';
import type { KnownStatement, NetworkContext, NetworkEpoch } from './ports.ts';
import { askAll, peersOf } from './statements-ask.ts';

/** Two roots are evidence enough; a third would only fill the store. */
const ROOTS_KEPT_MAX = 2;

const placeOf = (statement: Statement): string => `${String(statement.root.round)}/${statement.validator}`;

/** Hashes of the roots that are known of an epoch, by round and validator. */
type Known = Map<string, Set<Hex>>;

function knownRoots(known: readonly KnownStatement[]): Known {
  const roots: Known = new Map();
  for (const { statement, rootHash: hash } of known) note(roots, statement, hash);
  return roots;
}

function note(known: Known, statement: Statement, hash: Hex): void {
  const place = placeOf(statement);
  known.set(place, (known.get(place) ?? new Set()).add(hash));
}

function isNew(known: Known, statement: Statement, hash: Hex): boolean {
  const roots = known.get(placeOf(statement)) ?? new Set();
  return !roots.has(hash) && roots.size < ROOTS_KEPT_MAX;
}

/** By the signer of the validator's seat at that epoch. */
export function isSeatStatement({ domain }: Pick<NetworkContext, 'domain'>, net: NetworkEpoch, statement: Statement): boolean {
  if (statement.root.epoch !== net.epoch) return false;
  const seat = net.seats.find(({ operator }) => operator === statement.validator);
  return seat?.signer === statementSigner(domain, statement); // undefined is nobody's signer
}

/** Verifies and stores what one peer told; what follows a statement that does not stand is not read: no honest peer passes one on. */
async function take(
  context: NetworkContext,
  net: NetworkEpoch,
  told: readonly Statement[],
  known: Known,
  lastRound: number,
): Promise<void> {
  const { store, clock } = context.ports;
  for (const statement of told) {
    if (statement.root.epoch !== net.epoch || statement.root.round > lastRound) continue; // a peer's clock may be ahead
    const hash = rootHash(statement.root);
    if (!isNew(known, statement, hash)) continue;
    if (!isSeatStatement(context, net, statement)) return;
    note(known, statement, hash);
    await store.addStatement(statement, hash, clock.nowMs());
  }
}

/** Two different roots by one signer for one round are a fault that anybody can prove. */
async function keepEvidence(context: NetworkContext, net: NetworkEpoch, known: readonly KnownStatement[]): Promise<void> {
  const first = new Map<string, KnownStatement>();
  for (const entry of known) {
    const place = placeOf(entry.statement);
    const other = first.get(place);
    first.set(place, other ?? entry);
    if (other === undefined || other.rootHash === entry.rootHash) continue;
    const [a, b] = other.rootHash < entry.rootHash ? [other, entry] : [entry, other];
    const { validator, root } = entry.statement;
    await context.ports.store.addFault({
      faultKey: faultKey({ kind: 'roots', validator, epoch: net.epoch, round: root.round }),
      kind: 'two-roots',
      offender: validator,
      epoch: net.epoch,
      state: 'found',
      foundAtMs: context.ports.clock.nowMs(),
      proof: { kind: 'two-roots', validator, a: a.statement, b: b.statement },
      detail: `It signed two roots for epoch ${String(net.epoch)}, round ${String(root.round)}: ${a.rootHash} and ${b.rootHash}.`,
    });
  }
}

/**
 * Asks every seat's validator for the statements that it knows.
 * @param lastRound statements of later rounds are left for later
 * @returns all that are known now
 */
export async function collectStatements(
  context: NetworkContext,
  net: NetworkEpoch,
  lastRound: number,
): Promise<KnownStatement[]> {
  const { store } = context.ports;
  const known = knownRoots(await store.statements(net.epoch));
  const path = `/v1/consensus/${String(net.epoch)}/statements`;
  for (const { bytes } of await askAll(context, peersOf(context, net.seats), path, PEER_JSON_BYTES_MAX)) {
    await take(context, net, parseStatements(bytes) ?? [], known, lastRound);
  }
  const all = await store.statements(net.epoch);
  await keepEvidence(context, net, all);
  return all;
}
