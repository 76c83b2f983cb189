import { currentSlug } from '@/lib/access/gate';
import { statelessClient, unwrap } from '@/lib/infra/supabase';

/** The clinic's logo. Its address carries its hash, so it never changes and may be kept. */
export async function GET(_request: Request, { params }: { params: Promise<{ hash: string }> }): Promise<Response> {
  const { hash } = await params;
  const slug = await currentSlug();
  const image = unwrap(await statelessClient().rpc('find_logo', { p_slug: slug, p_hash: hash })) as string | null;
  if (!image) return new Response(null, { status: 404 });
  return new Response(Buffer.from(image, 'base64'), {
    headers: { 'content-type': 'image/png', 'x-content-type-options': 'nosniff', 'cache-control': 'public, max-age=31536000, immutable' },
  });
}
