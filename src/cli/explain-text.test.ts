import { expect, it } from 'vitest';
import { explain } from '../record/explain/explanation.js';
import { aPolicy, aRange, T0 } from '../testing/builders.js';
import { aHandRecord } from '../testing/hand-record.js';
import { aProposal, aReport } from '../testing/reports.js';
import { explanationText } from './explain-text.js';

it('says of a created count without an expression that it is the started one with its spares', async () => {
  const record = aHandRecord();
  const policy = aPolicy({ created: null, started: aRange('queue'), spare: 2 });
  const created = { current: 3, target: { min: 5, max: 5 }, recommended: 5, wanted: 5 };
  record.recorder.pass(aReport({ policy, proposal: aProposal({ created }) }));
  const text = explanationText(explain(await record.newest()), T0, 'UTC');
  expect(text).toContain('  The started count with its spares wants 5: 3 -> 5\n');
});
