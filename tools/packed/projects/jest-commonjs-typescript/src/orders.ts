import { PermanentError } from 'undam';

export enum Currency {
  Euro = 'EUR',
  Dollar = 'USD',
}

export interface Order {
  readonly id: number;
  readonly total: number;
  readonly currency: Currency;
}

export function mustBeOrder({ total, currency }: Order): void {
  if (!Object.values(Currency).includes(currency)) throw new PermanentError('an order in no currency');
  if (total < 0) throw new RangeError('an order below nothing');
}
