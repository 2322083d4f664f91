// The document of this version without any deployment: what client/schema.ts is generated from, and what tests hold routes and docs against.
import { mountEverything } from './api/all.ts';
import { documentOf, type ApiDocument } from './document.ts';
import { createApp } from './openapi.ts';

/** As every deployment of the version serves it, without `servers`. */
export function ownDocument(version: string): ApiDocument {
  const app = createApp();
  mountEverything(app);
  return documentOf(app, version);
}
