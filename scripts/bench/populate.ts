import type pg from 'pg';

/** How many clinics, and how the rows are spread: the largest has about 4 % of all, the smallest a few hundred of two million. */
export const clinicCount = 1000;
export const largeRows = 2_000_000;
export const smallRows = 20_000;

const weights = `select n, (1.0 / (n + 3)) / sum(1.0 / (n + 3)) over () as share from generate_series(1, ${clinicCount}) as n`;

/** Makes clinics, each with an owner whose session is bound, as provisioning does, in a few statements. */
export async function makeClinics(sql: pg.Client): Promise<void> {
  await sql.query(`
    insert into auth.users (id, aud, role, email, email_confirmed_at, created_at, updated_at, is_sso_user, is_anonymous)
    select gen_random_uuid(), 'authenticated', 'authenticated', 'owner' || n || '@bench.test', now(), now(), now(), false, false
    from generate_series(1, ${clinicCount}) as n`);
  await sql.query(`
    with made as (
      insert into public.tenants (slug, name, time_zone)
      select 'bench-' || n, 'Bench Clinic ' || n, 'UTC' from generate_series(1, ${clinicCount}) as n returning id, slug
    ), settings as (
      insert into public.tenant_settings (tenant_id) select id from made
    ), subscriptions as (
      insert into public.tenant_subscriptions (tenant_id, plan_id, status)
      select made.id, p.id, 'active' from made, public.plans p where p.key = 'enterprise'
    ), roles as (
      insert into public.roles (tenant_id, key, name, is_system)
      select made.id, r.key, r.name, true from made, public.system_roles r
    )
    insert into public.usage_counters (tenant_id, metric, period)
    select made.id, m, 'total' from made, unnest(array['users', 'patients']) as m`);
  await sql.query(`
    insert into public.role_permissions (tenant_id, role_id, permission)
    select r.tenant_id, r.id, s.permission from public.roles r join public.system_role_permissions s on s.role_key = r.key`);
  await sql.query(`insert into public.profiles (user_id, full_name, email_verified_at) select id, 'Owner', now() from auth.users`);
  await sql.query(`
    insert into public.memberships (tenant_id, user_id, role_id)
    select t.id, u.id, r.id from public.tenants t
    join auth.users u on u.email = 'owner' || substr(t.slug, 7) || '@bench.test'
    join public.roles r on r.tenant_id = t.id and r.key = 'owner'`);
}

/** What a clinic gathers besides patients: earlier sessions, lifted holds, finished imports and a log, so that plans are those of real tables. */
export async function addHistory(sql: pg.Client): Promise<void> {
  await sql.query(`set session_replication_role = replica`);
  await sql.query(`
    insert into private.tenant_sessions (session_id, tenant_id, user_id, created_at, last_seen_at, ended_at)
    select gen_random_uuid(), m.tenant_id, m.user_id, now() - make_interval(days => n), now() - make_interval(days => n), now() - make_interval(days => n)
    from public.memberships m, generate_series(1, 40) as n`);
  // Everybody is signed in as well.
  await sql.query(`
    with opened as (
      insert into auth.sessions (id, user_id, created_at, updated_at) select gen_random_uuid(), user_id, now(), now() from public.memberships
      returning id, user_id
    )
    insert into private.tenant_sessions (session_id, tenant_id, user_id, last_seen_at)
    select o.id, m.tenant_id, o.user_id, now() + interval '6 hours' from opened o join public.memberships m on m.user_id = o.user_id`);
  await sql.query(`
    insert into public.tenant_holds (tenant_id, kind, reason, placed_at, lifted_at)
    select t.id, 'unpaid', 'an invoice was open', now() - make_interval(days => n * 30), now() - make_interval(days => n * 30 - 1)
    from public.tenants t, generate_series(1, 10) as n`);
  await sql.query(`
    insert into public.patient_imports (tenant_id, file_name, fields, date_order, status, created_at)
    select t.id, 'patients.csv', array['given_name', 'family_name', 'birth_date'], 'ymd', 'done', now() - make_interval(days => n)
    from public.tenants t, generate_series(1, 20) as n`);
  await sql.query(`
    insert into public.audit_log (tenant_id, occurred_at, actor_id, action, record_id)
    select m.tenant_id, now() - make_interval(mins => n * 40), m.user_id,
      (array['patients.opened', 'patients.update', 'sessions.started', 'patients.insert'])[1 + n % 4], gen_random_uuid()
    from public.memberships m, generate_series(1, 1000) as n`);
  await sql.query(`set session_replication_role = origin`);
  await sql.query('select private.seal_audit()');
}

const given = [
  'Mary',
  'James',
  'Linda',
  'John',
  'Ana',
  'Wei',
  'Fatima',
  'Liam',
  'Zoë',
  'Omar',
  'Ivan',
  'Noor',
  'Chloé',
  'Marta',
  'Sven',
  'Aiko',
];
const family = [
  'Garcia',
  'Smith',
  'Müller',
  'Okafor',
  'Tanaka',
  'Rossi',
  'Novak',
  'Silva',
  'Kim',
  'Haddad',
  'Larsen',
  'Dubois',
  'Petrov',
  'Chen',
  'Singh',
  'Walsh',
];

/**
 * Fills the clinics up to a number of patients in all. Triggers rest meanwhile: words and counters are made in one go, by the
 * words that the search needs, and the log is left empty.
 */
export async function fillPatients(sql: pg.Client, rows: number): Promise<void> {
  await sql.query(`set session_replication_role = replica`);
  await sql.query(
    `insert into public.patients (tenant_id, given_name, family_name, birth_date, sex, mobile_phone, email, external_id, created_at, updated_at)
     select t.id, ($2::text[])[1 + (i * 7) % ${given.length}], ($3::text[])[1 + (i / 3) % ${family.length}] || substr(md5(i::text), 1, 3),
       date '1930-01-01' + (i * 37) % 33000, (array['female', 'male', 'unknown'])[1 + i % 3],
       '+1 617 ' || lpad((i % 10000000)::text, 7, '0'), 'p' || i || '@mail.test', 'X-' || w.n || '-' || i,
       now() - make_interval(mins => (i % 500000)::int), now() - make_interval(mins => (i % 400000)::int)
     from (${weights}) as w
     join public.tenants t on t.slug = 'bench-' || w.n
     cross join lateral generate_series(
       1 + (select count(*)::int from public.patients p where p.tenant_id = t.id), greatest(1, (w.share * $1)::int)) as i`,
    [rows, given, family],
  );
  // Sorted once at the end, the indexes take a quarter of the time.
  await sql.query(`
    set maintenance_work_mem = '1GB'; set work_mem = '512MB';
    truncate private.patient_words;
    alter table private.patient_words drop constraint patient_words_pkey;
    drop index private.patient_words_patient_idx`);
  await sql.query(`
    insert into private.patient_words (tenant_id, patient_id, word)
    select distinct p.tenant_id, p.id, w from public.patients p,
      unnest(array[private.fold(p.given_name), private.fold(p.family_name), private.fold(p.email), to_char(p.birth_date, 'YYYYMMDD'),
        private.fold(p.external_id), right(regexp_replace(p.mobile_phone, '[^0-9]', '', 'g'), 7)]) as w`);
  await sql.query(`
    alter table private.patient_words add constraint patient_words_pkey primary key (tenant_id, word, patient_id);
    create index patient_words_patient_idx on private.patient_words (tenant_id, patient_id)`);
  await sql.query(`
    update public.usage_counters c set used = n.patients
    from (select tenant_id, count(*) as patients from public.patients group by 1) as n
    where c.tenant_id = n.tenant_id and c.metric = 'patients' and c.period = 'total'`);
  await sql.query(`set session_replication_role = origin`);
  await sql.query('vacuum analyze');
}

/** The owner of a clinic with a session that is bound and fresh. */
export type Owner = { tenantId: string; userId: string; sessionId: string };

export async function bindOwner(sql: pg.Client, slug: string): Promise<Owner> {
  const { rows } = await sql.query(
    `select t.id as "tenantId", m.user_id as "userId", gen_random_uuid() as "sessionId" from public.tenants t
     join public.memberships m on m.tenant_id = t.id where t.slug = $1`,
    [slug],
  );
  const owner: Owner = rows[0];
  await sql.query('insert into auth.sessions (id, user_id, created_at, updated_at) values ($1, $2, now(), now())', [
    owner.sessionId,
    owner.userId,
  ]);
  await sql.query(
    `insert into private.tenant_sessions (session_id, tenant_id, user_id, last_seen_at) values ($1, $2, $3, now() + interval '6 hours')`,
    [owner.sessionId, owner.tenantId, owner.userId],
  );
  return owner;
}
