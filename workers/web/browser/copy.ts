// A copy button in a block of text; the block is as readable and as selectable without it.
const say = (text: string): void => {
  const live = document.querySelector('#said') ?? document.createElement('p');
  live.id = 'said';
  live.className = 'unseen';
  live.setAttribute('role', 'status');
  document.body.append(live);
  live.textContent = text;
};

export function copies(block: HTMLElement): void {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  button.textContent = 'Copy';
  const what = block.dataset['copy'] ?? '';
  button.setAttribute('aria-label', `Copy ${what}`.trim());
  button.addEventListener('click', () => {
    const text = (block.querySelector('code') ?? block).textContent;
    navigator.clipboard.writeText(text).then(
      () => {
        button.textContent = 'Copied';
        say(`Copied ${what}`);
        setTimeout(() => (button.textContent = 'Copy'), 2000);
      },
      () => say('This browser does not let the page copy.'),
    );
  });
  block.append(button);
}
