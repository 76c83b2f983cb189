import { html, raw } from 'hono/html';

const style = `
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
  body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
  ul { list-style: none; padding: 0 } li { border-top: 1px solid #8884; padding: .75rem 0 }
  small { opacity: .75; overflow-wrap: anywhere } iframe { width: 100%; height: 70vh; border: 1px solid #8884; border-radius: 8px; background: #fff }
  form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; max-width: 34rem }
  label { display: flex; flex-direction: column; gap: .25rem; flex: 1 1 14rem } fieldset { display: contents }
  input, button { font: inherit; padding: .5rem .75rem; border: 1px solid #8888; border-radius: 8px }
  button { cursor: pointer } [role=alert] { color: light-dark(#b00020, #ff8a95) }`;

/** A page of one of the stack's own programs. */
export const page = (title: string, body: ReturnType<typeof html>) => html`<!doctype html>
  <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>${title}</title>
  <style>${raw(style)}</style></head><body>${body}</body></html>`;
