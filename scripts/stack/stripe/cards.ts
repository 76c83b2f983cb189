import type { PaymentMethod } from './state';

/** What the bank says of a card. https://docs.stripe.com/testing */
type Bank =
  | { says: 'yes' }
  /** Saved without a word, refused when it is charged. */
  | { says: 'no'; decline: string; whenSaved: boolean }
  /** The person must confirm; later payments without them pass when it was confirmed while it was saved, or never. */
  | { says: 'ask'; always: boolean };

type TestCard = { number: string; brand: string; bank: Bank };

const cards = {
  pm_card_visa: { number: '4242424242424242', brand: 'visa', bank: { says: 'yes' } },
  pm_card_mastercard: { number: '5555555555554444', brand: 'mastercard', bank: { says: 'yes' } },
  pm_card_chargeDeclined: {
    number: '4000000000000002',
    brand: 'visa',
    bank: { says: 'no', decline: 'generic_decline', whenSaved: true },
  },
  pm_card_visa_chargeDeclinedInsufficientFunds: {
    number: '4000000000009995',
    brand: 'visa',
    bank: { says: 'no', decline: 'insufficient_funds', whenSaved: true },
  },
  pm_card_chargeCustomerFail: {
    number: '4000000000000341',
    brand: 'visa',
    bank: { says: 'no', decline: 'generic_decline', whenSaved: false },
  },
  pm_card_authenticationRequiredOnSetup: { number: '4000002500003155', brand: 'visa', bank: { says: 'ask', always: false } },
  pm_card_authenticationRequired: { number: '4000002760003184', brand: 'visa', bank: { says: 'ask', always: true } },
} as const satisfies Record<string, TestCard>;

/** The test card of an id such as `pm_card_visa`. */
export const cardOfId = (id: string): TestCard | undefined => (id in cards ? cards[id as keyof typeof cards] : undefined);

/** The test card of a number that somebody typed. */
export const cardOfNumber = (number: string): TestCard | undefined =>
  Object.values(cards).find((card) => card.number === number.replace(/\s/g, ''));

/** What the bank of a saved card says. */
export function bankOf(method: PaymentMethod): Bank {
  return Object.values(cards).find((card) => card.number.slice(-4) === method.card?.last4)?.bank ?? { says: 'yes' };
}

export type { Bank, TestCard };
