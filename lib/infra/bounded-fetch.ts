const requestLimit = 10_000;

/**
 * A fetch that ends after ten seconds, its body included, so that a stalled database is an error and not a hanging page. Nothing of
 * it lives on after its answer.
 * @throws {DOMException} TimeoutError
 */
export async function boundedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new DOMException('There was no answer in time.', 'TimeoutError')), requestLimit);
  try {
    const answer = await fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, limit.signal]) : limit.signal });
    const body = await answer.arrayBuffer();
    return new Response(body.byteLength > 0 ? body : null, answer);
  } finally {
    clearTimeout(timer);
  }
}
