// The style sheet's path holds its hash: it may be kept for ever, and a new one has a new path.
import { toHex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { ICON, STYLE } from './style.ts';

const tagOf = (text: string): string => toHex(sha256(new TextEncoder().encode(text))).slice(2, 12);

export const STYLE_PATH = `/assets/${tagOf(STYLE)}.css`;
export const ICON_PATH = `/assets/${tagOf(ICON)}.svg`;
