// An order as its tenant is shown it. The seed is in the proof, and the proof is there at the end only.
import { KIND_PRESENCE } from '../../../protocol/challenge.ts';
import type { SpotDetail, SpotItem } from '../../../schema/api/spots.ts';
import type { SpotRow } from './ports.ts';

export const spotPathOf = (id: string): string => `/v1/audits/on-demand/${id}`;

export function itemOf(row: SpotRow): SpotItem {
  const { id, nodeId, state, createdAtMs, endedAtMs, failure } = row;
  const record = row.proof?.record ?? null;
  const self = spotPathOf(id);
  return {
    ...{ id, nodeId, kind: row.kind === KIND_PRESENCE ? 'presence' : 'gemm', state, createdAtMs, endedAtMs },
    ...{ outcome: record?.outcome ?? null, reason: record?.reason ?? null },
    ...{ measure: record?.measure ?? null, elapsedMs: record?.elapsedMs ?? null, validator: record?.validator ?? null },
    failure,
    links: { self, events: `${self}/events`, transcript: row.transcriptBytes === null ? null : `${self}/transcript` },
  };
}

export function detailOf(row: SpotRow): SpotDetail {
  return { ...itemOf(row), steps: [...row.steps], proof: row.proof };
}
