const whole = new Intl.NumberFormat('en');
const money = new Map<string, Intl.NumberFormat>();

/** A number with its thousands apart. */
export function formatNumber(value: number): string {
  return whole.format(value);
}

/**
 * An amount of money: without cents where there are none.
 * @param minor in the currency's smallest unit
 */
export function formatMoney(minor: number, currency: string): string {
  const digits = minor % 100 === 0 ? 0 : 2;
  const key = `${currency} ${digits}`;
  const formatter =
    money.get(key) ?? new Intl.NumberFormat('en', { style: 'currency', currency: currency.toUpperCase(), minimumFractionDigits: digits });
  money.set(key, formatter);
  return formatter.format(minor / 100);
}
