import { statelessClient, unwrap } from './supabase';

const lifetime = 5_000;
const capacity = 1_000;
const known = new Map<string, { slug: string | null; until: number }>();

/** The clinic of a verified custom domain, or null; remembered for five seconds. */
export async function slugOfDomain(name: string): Promise<string | null> {
  const found = known.get(name);
  if (found && found.until > Date.now()) return found.slug;
  const slug = unwrap(await statelessClient().rpc('resolve_domain', { p_host: name })) as string | null;
  const [oldest] = known.keys();
  if (known.size >= capacity && oldest !== undefined) known.delete(oldest);
  known.set(name, { slug, until: Date.now() + lifetime });
  return slug;
}
