/** Hands a file that was made in the browser to its downloads. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // A browser may begin to read it after the click: it is given back when even a slow one has.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
