import type { BrokenEngine } from './broken-engine.ts';

/** Engines that send wrongly, or misread what the sink says. */
export const brokenSinks: readonly BrokenEngine[] = [
  {
    name: 'ignores that SendMessageBatch took only a part',
    file: 'sinks/sqs/answer.ts',
    line: 'foreign ? confused : resultOf(accepted.has(id), failures.get(id))',
    becomes: 'foreign ? confused : resultOf(true, undefined)',
    breaks: ['no-loss'],
  },
  {
    name: "quarantines a record with its neighbour's payload",
    file: 'engine/quarantine/enclose.ts',
    line: 'batch.kept(index)',
    becomes: 'batch.kept(0)',
    breaks: ['no-loss'],
  },
  {
    name: 'sends its messages without the attempts that were made',
    file: 'engine/quarantine/enclose.ts',
    line: 'attempts: counts(history),',
    becomes: 'attempts: { ...counts(history), failed: 0 },',
    breaks: ['uncharged'],
  },
  {
    name: 'gives a message another id each time that it is sent',
    file: 'engine/quarantine/enclose.ts',
    line: 'id: envelopeId(origin, 0),',
    becomes: 'id: envelopeId(origin, now),',
    breaks: ['done-once'],
  },
  {
    name: "takes SQS's acknowledgements by place instead of Id",
    file: 'sinks/sqs/answer.ts',
    line: 'resultOf(accepted.has(id), failures.get(id))',
    becomes: 'resultOf(ids.indexOf(id) < accepted.size, failures.get(ids[ids.indexOf(id) + 1] ?? id))',
    breaks: ['no-loss', 'lane-order'],
  },
  {
    name: 'waits for the sink until the deadline',
    file: 'engine/time/budget.ts',
    line: 'sendBy: respondBy - Math.min(ledgerMs, (reserveMs - marginMs) * ledgerShare),',
    becomes: 'sendBy: deadline,',
    breaks: ['in-budget'],
  },
];
