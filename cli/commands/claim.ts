// `assay claim`: what an account has earned, paid out. The line and its proof come from any API and are checked against the root on
// chain before anything is sent.
import { z } from 'zod';
import { readContracts, readRewards, requireDistributor } from '../../chain/contracts.ts';
import { readLastRoot, readRoot } from '../../chain/roots.ts';
import { encodeClaim, type RewardClaim } from '../../chain/stake-calls.ts';
import { readToken } from '../../chain/stakes.ts';
import type { RegistryClient } from '../../chain/client.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { rewardLeaf } from '../../protocol/consensus/leaves.ts';
import { verifyStandardProof } from '../../protocol/trees/standard.ts';
import { address, hash } from '../../schema/values.ts';
import { amountText } from '../chain/amounts.ts';
import { CliError, hexFlag, integerFlag, required, urlFlag, type Command } from '../command.ts';
import { PROOF_ANSWER_BYTES_MAX, PROOF_STEPS_MAX } from '../limits.ts';
import { fetchBytes } from '../verify/http.ts';
import { writeCommand } from './writes.ts';

/** What is needed of the API's answer; whatever else it says is not looked at. */
const answerSchema = z.object({
  leaf: z.object({ account: address, cumulative: z.string().regex(/^(?:0|[1-9]\d{0,77})$/) }),
  proof: z.array(hash).max(PROOF_STEPS_MAX),
});

function parseAnswer(bytes: Uint8Array): z.infer<typeof answerSchema> | null {
  try {
    return answerSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch {
    return null;
  }
}

/** The account's line under the root of an epoch, when it is that root's. @throws CliError */
async function fetchClaim(api: string, epoch: number, account: Hex, rewardRoot: Hex): Promise<RewardClaim> {
  const base = api.endsWith('/') ? api : `${api}/`;
  const url = new URL(`v1/consensus/${String(epoch)}/rewards/${account}`, base).href;
  const bytes = await fetchBytes(url, PROOF_ANSWER_BYTES_MAX);
  if (bytes === null) {
    throw new CliError(
      `The API has no reward of ${account} under the root of epoch ${String(epoch)}: nothing was earned yet, or take another --api or --epoch.`,
    );
  }
  const answer = parseAnswer(bytes);
  const claim = answer === null ? null : { epoch, account, cumulative: BigInt(answer.leaf.cumulative), proof: answer.proof };
  if (claim === null || answer?.leaf.account !== account || !verifyStandardProof(rewardRoot, rewardLeaf(claim), claim.proof)) {
    throw new CliError(
      `What the API says of ${account} is not in the reward tree of epoch ${String(epoch)} on chain. Nothing was sent. Try another --api.`,
    );
  }
  return claim;
}

/** The epoch asked for, or the newest with a root. @throws CliError */
async function rewardRootOf(client: RegistryClient, wanted: number | null): Promise<{ epoch: number; rewardRoot: Hex }> {
  const epoch = wanted ?? (await readLastRoot(client))?.epoch ?? null;
  const root = epoch === null ? null : await readRoot(client, epoch);
  if (epoch === null || root === null) {
    const where = epoch === null ? 'yet' : `for epoch ${String(epoch)}`;
    throw new CliError(`No consensus root is posted ${where}. Wait for one, or correct --epoch.`);
  }
  return { epoch, rewardRoot: root.rewardRoot };
}

export const claimCommand: Command = writeCommand({
  name: 'claim',
  summary: 'Pays an account the rewards that it has earned.',
  flags: {
    api: 'where the line and its proof are fetched: any validator or gateway; not believed',
    distributor: "the reward distributor's address",
    account: 'who is paid, if not the sender (may be left out)',
    epoch: 'by the root of this epoch, if not the newest (may be left out)',
  },
  more: 'Lines are cumulative: one claim settles all epochs before it. Anybody may send it; the account is paid.',
  prepare: (values) => {
    const api = urlFlag(required(values['api'], '--api'), '--api');
    const given = hexFlag(required(values['distributor'], '--distributor'), '--distributor', 20);
    const other = values['account'] === undefined ? null : hexFlag(values['account'], '--account', 20);
    const wanted = values['epoch'] === undefined ? null : integerFlag(values['epoch'], '--epoch', 0, Number.MAX_SAFE_INTEGER);
    return async (session) => {
      const { client, sender, say, send } = session;
      const account = other ?? sender;
      const contracts = await readContracts(client);
      const distributor = await requireDistributor(client, given, contracts.token);
      const { epoch, rewardRoot } = await rewardRootOf(client, wanted);
      const claim = await fetchClaim(api, epoch, account, rewardRoot);
      const [paid, token] = await Promise.all([
        readRewards(client, distributor, 'claimed', [account]),
        readToken(client, contracts, account),
      ]);
      const due = claim.cumulative - paid;
      const earned = `${account} has earned ${amountText(claim.cumulative, token)} by epoch ${String(epoch)}`;
      const told = { account, epoch, cumulative: String(claim.cumulative), paid: String(due > 0n ? due : 0n) };
      if (due <= 0n) {
        say(`${earned}, and was paid all of it.`);
        return told;
      }
      say(`${earned}, of which ${amountText(paid, token)} were paid.`);
      const what = `claiming ${amountText(due, token)}`;
      await send({ what, to: distributor, data: encodeClaim(claim), contract: 'reward distributor' });
      return told;
    };
  },
});
