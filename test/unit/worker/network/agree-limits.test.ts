// How the limits of agreement relate to the policies that ship, to the slot of a minute, and to what one message may hold.
import { describe, expect, it } from 'vitest';
import { SEATS_MAX } from '../../../../protocol/consensus/weights.ts';
import { toHex } from '../../../../protocol/bytes.ts';
import { shippedPolicies } from '../../../../schema/policy/shipped.ts';
import { PEER_JSON_BYTES_MAX, REPORT_SET_MAX, STATEMENTS_MAX } from '../../../../schema/wire/limits.ts';
import { parseReportSet, parseStatements } from '../../../../schema/wire/network.ts';
import * as limits from '../../../../workers/limits.ts';

const SLOT_MS = 60_000;
/** The longest epoch of each policy: a day holds so many audits of a node, and an hour is what networks run. */
const EPOCH_SECONDS = { embedded: 30, network: 3600 } as const;
const hex = (bytes: number) => toHex(new Uint8Array(bytes).fill(0xff));
const wide = Number.MAX_SAFE_INTEGER;

describe('limits of agreement', () => {
  it('leave a slot its time, although every peer is silent', () => {
    const waves = Math.ceil((SEATS_MAX - 1) / limits.PEERS_IN_FLIGHT_MAX);
    // Statements of the epoch before, and of this one.
    expect(2 * waves * limits.PEER_DEADLINE_MS).toBeLessThan(SLOT_MS);
    expect(limits.PEERS_IN_FLIGHT_MAX).toBeLessThanOrEqual(limits.PROBES_IN_FLIGHT_MAX);
  });

  it.each(shippedPolicies)('all words of an epoch of $name go into one message', ({ name, consensus }) => {
    const epochSeconds = name === 'embedded' || name === 'network' ? EPOCH_SECONDS[name] : 0;
    const rounds = Math.ceil(epochSeconds / consensus.roundSeconds);
    expect(rounds).toBeGreaterThan(1);
    expect(SEATS_MAX * rounds * 2).toBeLessThanOrEqual(STATEMENTS_MAX);
    expect(SEATS_MAX * consensus.windowEpochs).toBeLessThanOrEqual(REPORT_SET_MAX);
  });

  it('the widest messages are read, and one line more is not', () => {
    const root = {
      ...{ epoch: wide, round: 2 ** 32 - 1, scoreRoot: hex(32), rewardRoot: hex(32), penaltyRoot: hex(32) },
      ...{ reportSetHash: hex(32), nodeSetRoot: hex(32), previousRoot: hex(32), policyHash: hex(32) },
    };
    const statements = Array.from({ length: STATEMENTS_MAX }, () => ({ validator: hex(20), root, signature: hex(65) }));
    const reports = Array.from({ length: REPORT_SET_MAX }, () => ({ epoch: wide, validator: hex(20), reportHash: hex(32) }));
    const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    expect(bytesOf({ statements }).length).toBeLessThan(PEER_JSON_BYTES_MAX);
    expect(bytesOf({ reports }).length).toBeLessThan(PEER_JSON_BYTES_MAX);
    expect(parseStatements(bytesOf({ statements }))).toHaveLength(STATEMENTS_MAX);
    expect(parseReportSet(bytesOf({ reports }))).toHaveLength(REPORT_SET_MAX);
    expect(parseStatements(bytesOf({ statements: [...statements, ...statements.slice(0, 1)] }))).toBeNull();
    expect(parseReportSet(bytesOf({ reports: [...reports, ...reports.slice(0, 1)] }))).toBeNull();
  });

  it('a tick sees to reports before anything else of the key, whatever waits', () => {
    expect(limits.INTENTS_PENDING_MAX).toBeGreaterThan(limits.FAULTS_PER_TICK_MAX + limits.BACKLOG_PER_TICK_MAX);
    expect(limits.REPORTS_PER_TICK_MAX).toBeGreaterThanOrEqual(SEATS_MAX);
  });
});
