import middy from '@middy/core';
import { eachRecord, partialBatch, quarantine } from 'undam';
import { dynamodbLedger } from 'undam/dynamodb';
import { sqsSink } from 'undam/sqs';

const { QUARANTINE_URL = '', LEDGER_TABLE } = process.env;

/** Every record is poison. */
export const handler = middy()
  .use(partialBatch(LEDGER_TABLE === undefined ? {} : { ledger: dynamodbLedger({ tableName: LEDGER_TABLE }) }))
  .use(quarantine({ sink: sqsSink({ queueUrl: QUARANTINE_URL }), attempts: 1 }))
  .handler(
    eachRecord(async () => {
      throw new Error('poison');
    }),
  );
