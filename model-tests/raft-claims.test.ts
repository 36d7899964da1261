/** Every claim holds, and goes red under its mutant; the page lists exactly these claims. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { claimRow, raftClaims } from './raft-claims.js';

describe('claims of the thesis', () => {
  it.each(raftClaims.map((claim) => [`R${claim.id}`, claim.text, claim] as const))(
    '%s: %s',
    (_id, _text, { check, mutant }) => {
      check({});
      const { rules, step } = mutant;
      expect(rules !== undefined || step !== undefined).toBe(true);
      expect(() => check({ ...(rules && { rules }), ...(step && { step }) })).toThrow();
    },
  );

  it('are the ones on the page', () => {
    const page = readFileSync(new URL('../docs/raft-claims.md', import.meta.url), 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| R'));
    expect(rows).toEqual(raftClaims.map(claimRow));
  });
});
