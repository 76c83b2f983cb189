import type Stripe from 'stripe';

/** A price of the catalogue as it is sold: `amountMinor` in the currency's smallest unit. */
export type SoldPrice = {
  plan: string;
  version: number;
  name: string;
  interval: 'month' | 'year';
  currency: string;
  amountMinor: number;
};

/** The key by which Stripe knows a price of the catalogue, in every account. https://docs.stripe.com/products-prices/manage-prices#lookup-keys */
export const lookupKey = ({ plan, version, interval, currency }: SoldPrice) => `${plan}_v${version}_${interval}_${currency}`;

async function product(stripe: Stripe, { plan, name }: SoldPrice): Promise<string> {
  const id = `plan_${plan}`;
  const found = await stripe.products.retrieve(id).catch((error: Stripe.errors.StripeError) => {
    if (error.code === 'resource_missing') return undefined;
    throw error;
  });
  if (!found) await stripe.products.create({ id, name, metadata: { plan } });
  else if (found.name !== name || !found.active) await stripe.products.update(id, { name, active: true });
  return id;
}

/**
 * Makes Stripe sell a price of the catalogue, or finds it there; doing it again changes nothing.
 * @returns Stripe's id of the price, and whether it was made just now
 * @throws {Error} when Stripe has the price's key for something else: a price that was sold is never changed, a new version is
 */
export async function sellPrice(stripe: Stripe, price: SoldPrice): Promise<{ id: string; made: boolean }> {
  const key = lookupKey(price);
  const productId = await product(stripe, price);
  const { data } = await stripe.prices.list({ lookup_keys: [key], limit: 1 });
  const [found] = data;
  if (!found) {
    const made = await stripe.prices.create({
      product: productId,
      currency: price.currency,
      unit_amount: price.amountMinor,
      recurring: { interval: price.interval },
      lookup_key: key,
      metadata: { plan: price.plan, version: String(price.version) },
    });
    return { id: made.id, made: true };
  }
  const same =
    found.unit_amount === price.amountMinor &&
    found.currency === price.currency &&
    found.recurring?.interval === price.interval &&
    found.recurring.interval_count === 1 &&
    found.product === productId;
  if (!same) throw new Error(`Stripe sells ${key} (${found.id}) on other terms than the catalogue; make a new version of the plan.`);
  if (!found.active) await stripe.prices.update(found.id, { active: true });
  return { id: found.id, made: false };
}
