// What a view answers: the value, or which problem there is, in words that name cause and mend.
import type { ProblemCode } from '../../../schema/api/problems.ts';

export type Missing = { readonly ok: false; readonly code: ProblemCode; readonly detail: string };
export type Answer<T> = { readonly ok: true; readonly value: T } | Missing;

export const found = <T>(value: T): Answer<T> => ({ ok: true, value });
export const missing = (code: ProblemCode, detail: string): Missing => ({ ok: false, code, detail });
