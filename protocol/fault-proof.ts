// A fault with all that proves it (docs/protocol.md, section 18): what is found, kept, and carried to the chain.
import type { BeaconRound } from './beacon.ts';
import type { Hex } from './bytes.ts';
import type { Challenge } from './challenge.ts';
import type { Statement } from './consensus/types.ts';
import type { Policy } from './policy.ts';
import type { EpochReport } from './report.ts';

export type SignedReport = { readonly report: EpochReport; readonly signature: Hex };

/** What a node signed; `signature` is 64 bytes r ‖ s. */
export type NodeReceipt =
  | { readonly type: 'commitment'; readonly commitment: Hex; readonly signature: Hex }
  | {
      readonly type: 'opening';
      readonly commitment: Hex;
      readonly drawHash: Hex;
      readonly openingHash: Hex;
      readonly signature: Hex;
    };

export type FaultProof =
  | { readonly kind: 'two-reports'; readonly a: SignedReport; readonly b: SignedReport }
  | { readonly kind: 'two-roots'; readonly validator: Hex; readonly a: Statement; readonly b: Statement }
  | {
      readonly kind: 'undrawn';
      readonly challenge: Challenge;
      readonly signature: Hex;
      /** The one that is posted for the challenge's epoch. */
      readonly report: EpochReport;
      /** The epoch's beacon round, its signature compressed (48 bytes). */
      readonly beacon: BeaconRound;
      readonly policy: Policy;
    }
  | {
      readonly kind: 'two-receipts';
      readonly nodeId: Hex;
      readonly challengeHash: Hex;
      readonly a: NodeReceipt;
      readonly b: NodeReceipt;
    };
