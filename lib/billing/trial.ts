/** How long a clinic works on after its trial without a plan, and with a payment that failed, in days; private.settle_billing decides. */
export const graceDays = 7;
export const patienceDays = 14;

/** A moment some days after another, as ISO 8601. */
export function daysAfter(moment: string, days: number): string {
  return new Date(Date.parse(moment) + days * 86_400_000).toISOString();
}
