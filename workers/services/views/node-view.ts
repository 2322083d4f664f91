// A node as the chain has it, at one epoch.
import type { Hex } from '../../../protocol/bytes.ts';

export type NodeView = {
  readonly index: number;
  readonly fromEpoch: number;
  readonly nodeId: Hex;
  readonly operator: Hex;
  readonly keyX: Hex;
  readonly keyY: Hex;
  readonly url: string;
  readonly gpuClass: string | null;
  readonly vramMiB: number;
  readonly retired: boolean;
};
