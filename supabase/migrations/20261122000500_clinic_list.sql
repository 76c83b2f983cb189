-- Queues a mail with the clinics of an address that has any; silent either way, at most three an hour and six a day per account.
-- The app counts the asking clients, so only the app may call it.
create function private.request_clinic_list(p_email text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_user uuid;
begin
  select u.id into v_user from auth.users u
  where lower(u.email) = lower(p_email)
    and exists (
      select 1 from public.memberships m join public.tenants t on t.id = m.tenant_id
      where m.user_id = u.id and m.status = 'active' and t.status = 'active');
  if v_user is not null and private.take_rate_limit('clinic-list:' || v_user, 3, 3600) = 0
    and private.take_rate_limit('clinic-list-day:' || v_user, 6, 86400) = 0 then
    perform graphile_worker.add_job('send_clinic_list', json_build_object('userId', v_user));
  end if;
end
$$;
create function public.request_clinic_list(p_email text) returns void
language sql volatile set search_path = '' as $$
  select private.request_clinic_list(p_email)
$$;
grant execute on function private.request_clinic_list(text), public.request_clinic_list(text) to service_role;
