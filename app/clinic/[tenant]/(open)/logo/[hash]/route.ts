import { loadLogo } from '@/lib/settings/loaders';

/** The clinic's logo. Its address carries its hash, so it never changes and may be kept. */
export async function GET(_request: Request, { params }: { params: Promise<{ hash: string }> }): Promise<Response> {
  const image = await loadLogo((await params).hash);
  if (!image) return new Response(null, { status: 404 });
  return new Response(image, {
    headers: { 'content-type': 'image/png', 'x-content-type-options': 'nosniff', 'cache-control': 'public, max-age=31536000, immutable' },
  });
}
