import type { EmulatorContext } from 'emulate';
import { html } from 'hono/html';
import { page } from '../html';
import { bankOf } from './cards';
import { complete, firstInvoice } from './checkout';
import { invoiceOf, pay } from './invoices';
import { attach, typedCard } from './payment-methods';
import { methodFor } from './payments';
import { invoicePdf } from './pdf';
import { StripeProblem } from './problem';
import { refId } from './state';
import type { World } from './world';

type App = EmulatorContext<object>['app'];
type Fields = Record<string, unknown>;

/** What a person reads of an amount in minor units. */
export const money = (amount: number, currency: string) =>
  new Intl.NumberFormat('en-US', { style: 'currency', currency }).format(amount / 100);
export const date = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);
export const field = (fields: Fields, name: string) => (typeof fields[name] === 'string' ? fields[name].trim() : '');

export const problemLine = (problem: string) => (problem ? html`<p role="alert">${problem}</p>` : '');

/** Runs what a form asks for; what is wrong with it becomes a line on the page. */
export function attempt(work: () => void): string {
  try {
    work();
    return '';
  } catch (error) {
    if (error instanceof StripeProblem) return error.message;
    throw error;
  }
}

/** The fields of a card, with what was typed. */
export const cardFields = (fields: Fields) => html`
  <label>Card number <input name="number" inputmode="numeric" autocomplete="cc-number" required value="${field(fields, 'number') || '4242 4242 4242 4242'}"></label>
  <label>Expiry <input name="expiry" autocomplete="cc-exp" required value="${field(fields, 'expiry') || '12 / 34'}"></label>
  <label>Security code <input name="cvc" inputmode="numeric" autocomplete="cc-csc" required value="${field(fields, 'cvc') || '123'}"></label>`;

export const addressOf = (fields: Fields) => {
  const address = Object.fromEntries(['line1', 'city', 'postal_code', 'country'].map((name) => [name, field(fields, name)]));
  return Object.values(address).some(Boolean) ? address : undefined;
};

/** What the bank of some cards asks while the holder is there. */
const confirmation = (fields: Fields) =>
  page(
    'Confirm the payment',
    html`<h1>Confirm the payment</h1><p>The bank of this card wants to know that it is you.</p>
      <form method="post">
        ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${String(value)}">`)}
        <button name="bank" value="confirmed">Confirm</button><button name="bank" value="failed">Refuse</button>
      </form>`,
  );

/** The page on which a person pays for a checkout session. */
export function servePaymentPage(app: App, world: World): void {
  const gone = () =>
    page('Payment', html`<h1>This payment page is over</h1><p>It has been used, or it has expired. Go back and begin again.</p>`);
  const show = (id: string, fields: Fields, problem = '') => {
    const session = world.state.checkout_session[id];
    if (session?.status !== 'open') return gone();
    let invalid = problem;
    let invoice = firstInvoice(world, session);
    invalid ||= attempt(() => {
      invoice = firstInvoice(world, session, field(fields, 'code'));
    });
    const trial = world.state.orders[id]?.trial_end;
    return page(
      'Payment',
      html`<h1>Payment</h1>${problemLine(invalid)}
        <ul>${invoice.lines.data.map((line) => html`<li>${line.description} <small>${money(line.amount, line.currency)}</small></li>`)}</ul>
        <p><strong>Due today: ${money(invoice.amount_due, invoice.currency)}</strong>${trial ? html` <small>Your trial goes on until ${date(trial)}.</small>` : ''}</p>
        <form method="post">
          ${cardFields(fields)}
          <label>Name <input name="name" autocomplete="name" value="${field(fields, 'name')}"></label>
          <label>Street <input name="line1" autocomplete="address-line1" value="${field(fields, 'line1')}"></label>
          <label>City <input name="city" autocomplete="address-level2" value="${field(fields, 'city')}"></label>
          <label>Postal code <input name="postal_code" autocomplete="postal-code" value="${field(fields, 'postal_code')}"></label>
          <label>Country <input name="country" maxlength="2" autocomplete="country" value="${field(fields, 'country')}"></label>
          ${session.allow_promotion_codes ? html`<label>Promotion code <input name="code" value="${field(fields, 'code')}"></label>` : ''}
          <button>Subscribe</button>
          ${session.allow_promotion_codes ? html`<button name="act" value="apply">Apply the code</button>` : ''}
        </form>
        ${session.cancel_url ? html`<p><a href="${session.cancel_url}">Back</a></p>` : ''}`,
    );
  };
  app.get('/pay/:id', async (c) => c.html(String(await show(c.req.param('id'), {}))));
  app.post('/pay/:id', async (c) => {
    const fields: Fields = await c.req.parseBody();
    const id = c.req.param('id');
    const session = world.state.checkout_session[id];
    if (session?.status !== 'open') return c.html(String(await gone()), 404);
    if (field(fields, 'act') === 'apply') return c.html(String(await show(id, fields)));
    if (field(fields, 'bank') === 'failed')
      return c.html(String(await show(id, fields, 'The payment was not confirmed. Choose another card, or try again.')), 402);
    let asks = false;
    const problem = attempt(() => {
      const code = field(fields, 'code');
      const address = addressOf(fields);
      const name = field(fields, 'name');
      const method = typedCard(world, field(fields, 'number'), { name: name || null, email: null });
      asks =
        complete(world, session, {
          method,
          confirmed: field(fields, 'bank') === 'confirmed',
          ...(code && { code }),
          ...(address && { address }),
          ...(name && { name }),
        }) === 'ask';
    });
    if (problem) return c.html(String(await show(id, fields, problem)), 402);
    if (asks) return c.html(String(await confirmation(fields)));
    return c.redirect((session.success_url ?? session.return_url ?? '/').replace('{CHECKOUT_SESSION_ID}', id), 303);
  });
}

/** The page of one invoice, on which it can be paid, and its PDF. */
export function serveInvoicePage(app: App, world: World): void {
  const show = (id: string, fields: Fields, problem = '') => {
    const invoice = invoiceOf(world, id);
    return page(
      `Invoice ${invoice.number}`,
      html`<h1>Invoice ${invoice.number}</h1>${problemLine(problem)}
        <p>${invoice.customer_name ?? invoice.customer_email}, ${date(invoice.created)}</p>
        <ul>${invoice.lines.data.map((line) => html`<li>${line.description} <small>${money(line.amount, line.currency)}</small></li>`)}</ul>
        <p><strong>Total: ${money(invoice.total, invoice.currency)}</strong>, ${invoice.status}. <a href="/invoice/${id}/pdf">PDF</a></p>
        ${invoice.status === 'open' ? html`<form method="post">${cardFields(fields)}<button>Pay ${money(invoice.amount_remaining, invoice.currency)}</button></form>` : ''}`,
    );
  };
  app.get('/invoice/:id', async (c) => c.html(String(await show(c.req.param('id'), {}))));
  app.get('/invoice/:id/pdf', (c) => {
    const invoice = invoiceOf(world, c.req.param('id'));
    return c.body(invoicePdf(invoice), 200, {
      'content-type': 'application/pdf',
      'content-disposition': `inline; filename="${invoice.number}.pdf"`,
    });
  });
  app.post('/invoice/:id', async (c) => {
    const fields: Fields = await c.req.parseBody();
    const id = c.req.param('id');
    const invoice = invoiceOf(world, id);
    if (field(fields, 'bank') === 'failed') return c.html(String(await show(id, fields, 'The payment was not confirmed.')), 402);
    let asks = false;
    const problem = attempt(() => {
      const method = typedCard(world, field(fields, 'number'), {});
      asks = field(fields, 'bank') !== 'confirmed' && bankOf(method).says === 'ask';
      if (asks) return;
      attach(world, method, refId(invoice.customer));
      const outcome = pay(world, invoice, { method, present: true });
      if (outcome.says === 'no') throw new StripeProblem('Your card was declined.');
      if (outcome.says === 'paid' && methodFor(world, invoice) === undefined) {
        const customer = world.state.customer[refId(invoice.customer)];
        if (customer) customer.invoice_settings.default_payment_method = method.id;
      }
    });
    if (problem) return c.html(String(await show(id, fields, problem)), 402);
    return c.html(String(await (asks ? confirmation(fields) : show(id, fields))));
  });
}
