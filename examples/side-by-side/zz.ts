import { eachRecord } from 'undam';
import { json } from 'undam/decode';
export const a = eachRecord(async (_record, { signal, decoded }) => [signal, decoded], { decode: json() });
export const b = eachRecord(async (_record, { decoded }) => [decoded], { decode: json<unknown>() });
export const c = eachRecord(async (_record, { decoded }) => [decoded], { decode: json<{ x: 1 }>() });
const d1 = json();
export const d = eachRecord(async (_record, { decoded }) => [decoded], { decode: d1 });
export const e = eachRecord(async (record) => [record.kinesis]);
