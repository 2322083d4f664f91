// Asks a site and holds its answers against the schemas of schema/api.
import { expect } from 'vitest';
import type { z } from 'zod';
import { problem } from '../../../schema/api/problems.ts';
import type { Site } from './web-env.ts';

export async function json<T extends z.ZodType>(site: Site, path: string, schema: T): Promise<z.infer<T>> {
  const answer = await site.get(path);
  expect([answer.status, await answer.clone().text()]).toEqual([200, expect.any(String)]);
  return schema.parse(await answer.json());
}

export async function refused(
  site: Site,
  path: string,
  init?: RequestInit,
): Promise<{ status: number; code: string; detail: string }> {
  const answer = await site.get(path, init);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const body = problem.parse(await answer.json());
  expect(body.status).toBe(answer.status);
  return { status: answer.status, code: body.type.replace('/problems/', ''), detail: body.detail };
}

/** All items of a list, page by page. */
export async function walk<T>(site: Site, path: string, schema: z.ZodType<{ items: T[]; next: string | null }>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = '';
  for (let pages = 0; cursor !== null; pages++) {
    expect(pages).toBeLessThan(100);
    const step: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const page: { items: T[]; next: string | null } = await json(site, `${path}${step}`, schema);
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}
