// All that one Worker has done and knows at a moment, from its own database.
import { readProgress, readTroubles, type EpochProgress, type Trouble } from './progress.ts';
import { readStanding, type Standing } from './standing.ts';
import type { Member } from './validators.ts';

export type MemberState = {
  readonly member: Member;
  readonly progress: readonly EpochProgress[];
  readonly standing: Standing;
  readonly troubles: readonly Trouble[];
};

/** Null while the Worker is down. @param from rows of earlier epochs are left out */
export async function readState(member: Member, from: number): Promise<MemberState | null> {
  try {
    const database = await member.edge().database();
    const [progress, standing, troubles] = await Promise.all([
      readProgress(database, from),
      readStanding(database, from),
      readTroubles(database),
    ]);
    return { member, progress, standing, troubles };
  } catch {
    return null; // killed in this moment; it comes back
  }
}
