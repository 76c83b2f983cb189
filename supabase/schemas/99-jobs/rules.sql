-- Removes what has run out; called by a job every hour.
create function private.purge_expired() returns void
language sql security definer set search_path = '' as $$
  delete from private.rate_limits where resets_at < now();
  delete from private.handoff_codes where expires_at < now();
  delete from private.email_verifications where expires_at < now();
  delete from private.password_resets where expires_at < now();
  delete from private.platform_invites where expires_at < now();
  delete from private.signup_reservations where tenant_id is not null and expires_at < now();
  delete from private.reserved_names where until < now();
  select private.purge_forgotten();
  select private.end_run_out_sessions();
  with ended as (
    update private.platform_sessions s set ended_at = now() where private.platform_session_runs_out(s) <= now() returning s.session_id
  )
  delete from auth.sessions x using ended where x.id = ended.session_id;
$$;
