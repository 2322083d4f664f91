// Metrics by the format's grammar, whatever labels say; and the reader that this is checked with refuses what the format forbids.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gauge, openMetrics, type Family } from '../../../workers/services/profiles/openmetrics.ts';
import { readOpenMetrics } from '../../support/openmetrics.ts';

describe('what is written', () => {
  test('is read back, for any text in a label and any number', () => {
    const values = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), values, (label, help, value) => {
        const family: Family = {
          name: 'a_seconds',
          type: 'gauge',
          unit: 'seconds',
          help,
          samples: [{ labels: { x: label }, value }],
        };
        const [read] = readOpenMetrics(openMetrics([family, gauge('b', 'other', 1)]));
        expect(read?.samples).toEqual([{ name: 'a_seconds', labels: { x: label }, value: value === 0 ? 0 : value }]);
      }),
    );
  });

  test('ends with its end, even of nothing', () => {
    expect(openMetrics([])).toBe('# EOF\n');
    expect(openMetrics([gauge('a', 'unknown', null)])).toBe('# EOF\n');
  });
});

describe('the reader refuses', () => {
  test.each([
    ['no end', '# TYPE a gauge\na 1\n'],
    ['text behind the end', '# TYPE a gauge\na 1\n# EOF\na 2\n'],
    ['a sample without a family', 'a 1\n# EOF\n'],
    ['a family in two pieces', '# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\n# EOF\n'],
    ['metadata behind samples', '# TYPE a gauge\na 1\n# HELP a x\n# EOF\n'],
    ['a sample twice', '# TYPE a gauge\na{x="1"} 1\na{x="1"} 2\n# EOF\n'],
    ['another unit than the name’s', '# TYPE a_ms gauge\n# UNIT a_ms seconds\na_ms 1\n# EOF\n'],
    ['an info without its suffix', '# TYPE a info\na 1\n# EOF\n'],
    ['a counter without its suffix', '# TYPE a counter\na 1\n# EOF\n'],
    ['an unescaped quote', '# TYPE a gauge\na{x="""} 1\n# EOF\n'],
    ['no number', '# TYPE a gauge\na one\n# EOF\n'],
    ['a comment', '# hello\n# EOF\n'],
  ])('%s', (_what, text) => {
    expect(() => readOpenMetrics(text)).toThrow();
  });
});
