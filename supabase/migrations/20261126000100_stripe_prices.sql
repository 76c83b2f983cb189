-- Under which id a price is sold at Stripe. What costs nothing is not sold there.
alter table public.plan_prices
  add column stripe_price_id text unique,
  add check (stripe_price_id is null or (stripe_price_id like 'price\_%' and amount_minor > 0));
