// "Verify this" on a node's page: the form stays hidden without script; with it, the reader's own browser does the check and writes down
// each step. Everything that is shown is set as text, never as markup.
import { checkLeaves, type LeafOutcome, type LeafStep, type LeafTask } from '../../../chain/leaf-check.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import { remotePorts } from './remote.ts';

const WORDS: Readonly<Record<LeafOutcome, string>> = {
  verified: 'Verified: your browser computed the root that stands on chain from the numbers on this page.',
  differs: 'Not verified: what this service says is not what stands on chain.',
  unchecked: 'Not checked.',
};

function taskOf(form: HTMLFormElement): LeafTask {
  const { epoch, nodeIndex, nodeId, registry, chainId, shown } = form.dataset;
  return {
    epoch: Number(epoch),
    nodeIndex: Number(nodeIndex),
    nodeId: nodeId as Hex,
    registry: registry as Hex,
    chainId: Number(chainId),
    shown: JSON.parse(shown ?? '{}') as Record<string, number>,
  };
}

function line({ ok, title, detail }: LeafStep): HTMLLIElement {
  const item = document.createElement('li');
  item.className = ok ? 'held' : 'broke';
  const words = document.createElement('span');
  words.textContent = title;
  const small = document.createElement('small');
  small.textContent = detail;
  item.append(words, small);
  return item;
}

async function run(form: HTMLFormElement, list: HTMLElement, outcome: HTMLElement): Promise<void> {
  list.replaceChildren();
  outcome.className = 'quiet';
  outcome.textContent = 'Checking …';
  const rpc = new FormData(form).get('rpc');
  const tell = (step: LeafStep): void => list.append(line(step));
  let result: LeafOutcome = 'unchecked';
  try {
    result = await checkLeaves(remotePorts(typeof rpc === 'string' ? rpc.trim() : ''), taskOf(form), tell);
  } catch (error) {
    tell({ ok: false, title: 'It could not be checked', detail: error instanceof Error ? error.message : '' });
  }
  outcome.className = result === 'verified' ? 'holds' : 'fails';
  outcome.textContent = WORDS[result];
  outcome.dataset['outcome'] = result;
}

const form = document.querySelector<HTMLFormElement>('form.verify');
const list = document.querySelector<HTMLElement>('#verify-steps');
const outcome = document.querySelector<HTMLElement>('#verify-outcome');
if (form !== null && list !== null && outcome !== null) {
  form.hidden = false;
  const button = form.querySelector('button');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (button !== null) button.disabled = true;
    void run(form, list, outcome).finally(() => {
      if (button !== null) button.disabled = false;
    });
  });
}
