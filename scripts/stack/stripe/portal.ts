import type { EmulatorContext } from 'emulate';
import { html } from 'hono/html';
import { z } from 'zod';
import { page } from '../html';
import type { Define } from './api';
import { bankOf } from './cards';
import { customerOf } from './customers';
import { addressOf, attempt, cardFields, date, field, money, problemLine } from './pages';
import { expand, text } from './parameters';
import { attach, cardsOf, detach, typedCard } from './payment-methods';
import { missing } from './problem';
import { idOf, type PortalSession, realTime, refId } from './state';
import { change, type World } from './world';

type App = EmulatorContext<object>['app'];

/** Sessions of the portal. https://docs.stripe.com/api/customer_portal/sessions */
export function definePortal(define: Define, world: World): void {
  define(
    'post',
    '/v1/billing_portal/sessions',
    z.strictObject({
      customer: text,
      configuration: text.optional(),
      return_url: text.optional(),
      flow_data: z.strictObject({ type: z.literal('payment_method_update') }).optional(),
      ...expand,
    }),
    ({ customer, configuration, return_url }) => {
      if (configuration && !world.state.portal_configuration[configuration]) throw missing('configuration', configuration, 'configuration');
      const id = idOf('portal_session');
      const session: PortalSession = {
        id,
        object: 'billing_portal.session',
        configuration: configuration ?? 'bpc_emulated',
        created: realTime(),
        customer: customerOf(world, customer).id,
        customer_account: null,
        flow: null,
        livemode: false,
        locale: null,
        on_behalf_of: null,
        return_url: return_url ?? null,
        url: `${world.url}/portal/${id}`,
      };
      world.state.portal_session[id] = session;
      return session;
    },
  );
}

/** Where customers keep their cards, address and tax ids, and find their invoices. */
export function servePortal(app: App, world: World): void {
  const { state } = world;
  const session = (id: string) => {
    const found = state.portal_session[id];
    if (!found) throw missing('billing_portal.session', id);
    return { ...found, holder: customerOf(world, found.customer) };
  };
  const show = (id: string, fields: Record<string, unknown> = {}, problem = '') => {
    const { holder, return_url } = session(id);
    const usual = refId(holder.invoice_settings.default_payment_method);
    const value = (name: string, known: string | null | undefined) => field(fields, name) || (known ?? '');
    return page(
      'Billing',
      html`<h1>Billing</h1>${problemLine(problem)}
        <h2>Cards</h2>
        <ul>${cardsOf(world, holder.id).map(
          ({ id: card, card: facts }) => html`<li>
            <form method="post"><input type="hidden" name="card" value="${card}">
              <span>${facts?.brand} ending in ${facts?.last4}${card === usual ? ', the usual one' : ''}</span>
              ${card === usual ? '' : html`<button name="act" value="usual">Use this one</button>`}
              <button name="act" value="remove">Remove ${facts?.last4}</button>
            </form></li>`,
        )}</ul>
        <form method="post">${cardFields(fields)}<button name="act" value="add">Add the card</button></form>
        <h2>Address</h2>
        <form method="post">
          <label>Name <input name="name" value="${value('name', holder.name)}"></label>
          <label>Street <input name="line1" value="${value('line1', holder.address?.line1)}"></label>
          <label>City <input name="city" value="${value('city', holder.address?.city)}"></label>
          <label>Postal code <input name="postal_code" value="${value('postal_code', holder.address?.postal_code)}"></label>
          <label>Country <input name="country" maxlength="2" value="${value('country', holder.address?.country)}"></label>
          <button name="act" value="address">Save the address</button>
        </form>
        <h2>Invoices</h2>
        <ul>${Object.values(state.invoice)
          .filter(({ customer, status }) => refId(customer) === holder.id && status !== 'draft')
          .toReversed()
          .map(
            (invoice) =>
              html`<li><a href="/invoice/${invoice.id}">${invoice.number}</a> ${date(invoice.created)} ${money(invoice.total, invoice.currency)} ${invoice.status}</li>`,
          )}</ul>
        ${return_url ? html`<p><a href="${return_url}">Back</a></p>` : ''}`,
    );
  };
  app.get('/portal/:id', async (c) => c.html(String(await show(c.req.param('id')))));
  app.post('/portal/:id', async (c) => {
    const id = c.req.param('id');
    const fields: Record<string, unknown> = await c.req.parseBody();
    const { holder } = session(id);
    const usual = (card: string) =>
      change(world, holder, 'customer.updated', ({ invoice_settings }) => {
        invoice_settings.default_payment_method = card;
      });
    const mine = () => {
      const card = cardsOf(world, holder.id).find((one) => one.id === field(fields, 'card'));
      if (!card) throw missing('PaymentMethod', field(fields, 'card'));
      return card;
    };
    const problem = attempt(() => {
      switch (field(fields, 'act')) {
        case 'add': {
          const card = typedCard(world, field(fields, 'number'), { name: holder.name ?? null });
          attach(world, card, holder.id);
          if (bankOf(card).says === 'ask') state.confirmedCards.push(card.id);
          usual(card.id);
          for (const subscription of Object.values(state.subscription))
            if (refId(subscription.customer) === holder.id)
              change(world, subscription, 'customer.subscription.updated', (altered) => {
                if (altered.default_payment_method) altered.default_payment_method = card.id;
              });
          break;
        }
        case 'usual':
          usual(mine().id);
          break;
        case 'remove':
          detach(world, mine());
          break;
        default:
          change(world, holder, 'customer.updated', (altered) => {
            altered.name = field(fields, 'name') || null;
            altered.address = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null, ...addressOf(fields) };
          });
      }
    });
    return c.html(String(await show(id, problem ? fields : {}, problem)), problem ? 402 : 200);
  });
}
