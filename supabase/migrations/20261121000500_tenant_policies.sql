-- Row-level security of the control-plane tables. The API only reads them; every write is a function's.
alter table public.tenants enable row level security;
alter table public.tenants force row level security;
alter table public.tenant_holds enable row level security;
alter table public.tenant_holds force row level security;
alter table public.tenant_settings enable row level security;
alter table public.tenant_settings force row level security;
alter table public.tenant_domains enable row level security;
alter table public.tenant_domains force row level security;
alter table public.tenant_subscriptions enable row level security;
alter table public.tenant_subscriptions force row level security;
alter table public.tenant_agreements enable row level security;
alter table public.tenant_agreements force row level security;
alter table public.profiles enable row level security;
alter table public.profiles force row level security;
alter table public.permissions enable row level security;
alter table public.permissions force row level security;
alter table public.system_roles enable row level security;
alter table public.system_roles force row level security;
alter table public.system_role_permissions enable row level security;
alter table public.system_role_permissions force row level security;
alter table public.roles enable row level security;
alter table public.roles force row level security;
alter table public.role_permissions enable row level security;
alter table public.role_permissions force row level security;
alter table public.memberships enable row level security;
alter table public.memberships force row level security;

grant select on
  public.tenants, public.tenant_holds, public.tenant_settings, public.tenant_domains, public.tenant_subscriptions,
  public.tenant_agreements, public.profiles, public.permissions, public.system_roles, public.system_role_permissions,
  public.roles, public.role_permissions, public.memberships
to authenticated;

create policy tenants_select on public.tenants for select to authenticated
  using (id = (select private.current_tenant_id()));
comment on policy tenants_select on public.tenants is 'Members see their own clinic.';

create policy tenant_holds_select on public.tenant_holds for select to authenticated
  using (tenant_id = (select private.current_tenant_id()) and (select private.can('settings.read')));
comment on policy tenant_holds_select on public.tenant_holds is 'Who sees the settings sees past holds.';

create policy tenant_settings_select on public.tenant_settings for select to authenticated
  using (tenant_id = (select private.current_tenant_id()) and (select private.can('settings.read')));
comment on policy tenant_settings_select on public.tenant_settings is 'Who may see the settings sees them.';

create policy tenant_domains_select on public.tenant_domains for select to authenticated
  using (tenant_id = (select private.current_tenant_id()) and (select private.can('settings.read')));
comment on policy tenant_domains_select on public.tenant_domains is 'Who sees the settings sees the clinic''s domains.';

create policy tenant_subscriptions_select on public.tenant_subscriptions for select to authenticated
  using (tenant_id = (select private.current_tenant_id()) and (select private.can('billing.read')));
comment on policy tenant_subscriptions_select on public.tenant_subscriptions is 'Who sees billing sees the subscription.';

create policy tenant_agreements_select on public.tenant_agreements for select to authenticated
  using (tenant_id = (select private.current_tenant_id()) and (select private.can('settings.read')));
comment on policy tenant_agreements_select on public.tenant_agreements is 'Who sees the settings sees what was accepted.';

create policy profiles_select on public.profiles for select to authenticated
  using (user_id = (select auth.uid()));
comment on policy profiles_select on public.profiles is 'Everybody sees their own profile.';

create policy permissions_select on public.permissions for select to authenticated using (true);
comment on policy permissions_select on public.permissions is 'The catalogue is the same for everybody.';

create policy system_roles_select on public.system_roles for select to authenticated using (true);
comment on policy system_roles_select on public.system_roles is 'The catalogue is the same for everybody.';

create policy system_role_permissions_select on public.system_role_permissions for select to authenticated using (true);
comment on policy system_role_permissions_select on public.system_role_permissions is 'The catalogue is the same for everybody.';

create policy roles_select on public.roles for select to authenticated
  using (tenant_id = (select private.current_tenant_id()) and (select private.can('roles.read')));
comment on policy roles_select on public.roles is 'Who may see roles sees the clinic''s.';

create policy role_permissions_select on public.role_permissions for select to authenticated
  using (tenant_id = (select private.current_tenant_id()) and (select private.can('roles.read')));
comment on policy role_permissions_select on public.role_permissions is 'Who may see roles sees what they allow.';

create policy memberships_select on public.memberships for select to authenticated
  using (tenant_id = (select private.current_tenant_id()) and (select private.can('team.read')));
comment on policy memberships_select on public.memberships is 'Who may see the team sees its members.';
