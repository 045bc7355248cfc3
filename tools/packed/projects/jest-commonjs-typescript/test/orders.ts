import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SimulateOptions } from '@undam/simulator';

const poison = 100;

export const orders: SimulateOptions = {
  handler: join(__dirname, '../src/handler.ts'),
  stubs: { './db.ts': pathToFileURL(join(__dirname, 'db.stub.ts')) },
  records: Array.from({ length: 200 }, (_, n) => ({
    atMs: n * 20,
    put: {
      partitionKey: `customer ${n % 20}`,
      data: `{"id":${n},"total":1,"currency":"${n === poison ? 'none' : 'EUR'}"}`,
    },
  })),
  variables: { QUARANTINE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/quarantine' },
  sampleMs: 1_000,
};

export const healthy: number[] = Array.from({ length: 200 }, (_, n) => n).filter((n) => n !== poison);
