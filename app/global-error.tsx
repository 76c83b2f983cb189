'use client';

export default function GlobalError() {
  return (
    <html lang="en">
      <body>
        <main>
          <h1>This page could not be shown</h1>
          <p>Something went wrong on our side. Your data is safe. Please reload the page.</p>
        </main>
      </body>
    </html>
  );
}
