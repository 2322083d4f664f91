// A real browser from npm alone. It speaks with nobody but the pages that it is sent to: what browsers do in the background is off.
import { existsSync } from 'node:fs';
import packed from '@sparticuz/chromium';
import { chromium, type Browser } from 'playwright-core';

/** The package has a browser for this kind of machine only; elsewhere CHROME_PATH may name one. */
export const hasBrowser =
  (process.platform === 'linux' && process.arch === 'x64') || existsSync(process.env['CHROME_PATH'] ?? '');

/** Sandboxes need rights that a container does not have; the pages are our own. */
export const FLAGS: readonly string[] = [
  '--no-sandbox',
  '--headless=shell',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--disable-domain-reliability',
  '--no-pings',
  '--font-render-hinting=none',
];

/** Unpacked once; its path serves Lighthouse, too. */
export const browserPath = async (): Promise<string> => process.env['CHROME_PATH'] ?? (await packed.executablePath());

export const launchBrowser = async (): Promise<Browser> =>
  chromium.launch({ executablePath: await browserPath(), args: [...FLAGS], headless: true });
