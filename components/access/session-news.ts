const key = 'session-news';

/** Has the other tabs of this clinic ask how their session stands; this tab hears nothing of it. */
export function tellOtherTabs(): void {
  window.localStorage.setItem(key, String(Date.now()));
}

/** Runs when another tab has news; answers how to stop listening. */
export function onNews(run: () => void): () => void {
  const hear = (event: StorageEvent) => event.key === key && run();
  window.addEventListener('storage', hear);
  return () => window.removeEventListener('storage', hear);
}
