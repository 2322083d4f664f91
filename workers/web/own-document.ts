// The document of this version without any deployment: what client/schema.ts is generated from, and what tests hold routes and docs against.
import { VERSION } from '../version.ts';
import { mountEverything } from './api/all.ts';
import { documentOf, type ApiDocument } from './document.ts';
import { createApp } from './openapi.ts';

/** As every deployment of this version serves it, without `servers`. */
export function ownDocument(): ApiDocument {
  const app = createApp();
  mountEverything(app);
  return documentOf(app, VERSION);
}
