import type { Invoice } from './state';

const text = (line: string) => `(${line.replace(/[^\x20-\x7e]/g, '?').replace(/[\\()]/g, (sign) => `\\${sign}`)})`;

/** A page with the lines of an invoice, as a PDF 1.4 file in ASCII. */
export function invoicePdf(invoice: Invoice): string {
  const amount = (minor: number) => `${(minor / 100).toFixed(2)} ${invoice.currency.toUpperCase()}`;
  const lines = [
    `Invoice ${invoice.number}`,
    `${invoice.customer_name ?? ''} ${invoice.customer_email ?? ''}`,
    ...invoice.lines.data.map((line) => `${line.description}: ${amount(line.amount)}`),
    `Total: ${amount(invoice.total)}`,
    `Status: ${invoice.status}`,
  ];
  const content = `BT /F1 12 Tf 56 780 Td 18 TL ${lines.map((line) => `${text(line)} Tj T*`).join(' ')} ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let file = '%PDF-1.4\n';
  const places = objects.map((object, n) => {
    const place = file.length;
    file += `${n + 1} 0 obj\n${object}\nendobj\n`;
    return place;
  });
  const table = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  return `${file}xref\n0 6\n0000000000 65535 f \n${table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
}
