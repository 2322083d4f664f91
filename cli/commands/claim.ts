// `assay claim`: what an account has earned, paid out. The line and its proof come from any API and are checked against the root on
// chain before anything is sent.
import { z } from 'zod';
import { readContracts, readRewards, requireDistributor } from '../../chain/contracts.ts';
import { encodeClaim } from '../../chain/stake-calls.ts';
import { readToken } from '../../chain/stakes.ts';
import { rewardLeaf } from '../../protocol/consensus/leaves.ts';
import { address } from '../../schema/values.ts';
import { amountText } from '../chain/amounts.ts';
import { fetchLine, lineAmount, rootOfLines } from '../chain/root-lines.ts';
import { hexFlag, integerFlag, required, urlFlag, type Command } from '../command.ts';
import { writeCommand } from './writes.ts';

const leaf = z.object({ account: address, cumulative: lineAmount });

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
      const { epoch, rewardRoot } = await rootOfLines(client, wanted);
      const line = await fetchLine(api, {
        ...{ epoch, of: account, tree: 'reward', root: rewardRoot, leaf, hashOf: rewardLeaf, none: 'nothing was earned yet' },
        isOf: (found) => found.account === account,
      });
      const claim = { epoch, ...line.leaf, proof: line.proof };
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
