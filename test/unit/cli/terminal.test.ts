// What strangers wrote reaches the terminal as text, never as a command to it.
import { describe, expect, it } from 'vitest';
import { plainText } from '../../../cli/terminal.ts';

describe('plainText', () => {
  it('leaves ordinary lines alone, line ends and other alphabets too', () => {
    const text = 'slot 3 draw 0: “größer” ≥ 節點 🙂\n  second line';
    expect(plainText(text)).toBe(text);
  });

  it.each([
    ['a title and a clear screen', '\u001b]0;owned\u0007\u001b[2J', '\\u001b]0;owned\\u0007\\u001b[2J'],
    ['a carriage return that overwrites the line', 'FAILED\rverifies', 'FAILED\\u000dverifies'],
    ['an 8-bit CSI', '\u009b31m', '\\u009b31m'],
    ['backspaces and deletes', 'a\b\u007f', 'a\\u0008\\u007f'],
    ['text turned around', '\u202e\u2066x', '\\u202e\\u2066x'],
  ])('writes out %s', (_what, text, plain) => {
    expect(plainText(text)).toBe(plain);
  });
});
