import 'server-only';
import sharp from 'sharp';
import { AppError } from '@/lib/infra/errors';

const signatures: [number, number[]][] = [
  [0, [0x89, 0x50, 0x4e, 0x47]],
  [0, [0xff, 0xd8, 0xff]],
  [8, [0x57, 0x45, 0x42, 0x50]],
];

/**
 * Encodes an image anew as a PNG of at most 320 pixels a side, so that nothing of the file but its pixels is kept.
 * @param file PNG, JPEG or WebP; vector images are refused, because they can carry scripts
 * @throws {AppError} invalid_input
 */
export async function encodeLogo(file: Uint8Array): Promise<Buffer> {
  const known = signatures.some(([offset, bytes]) => bytes.every((byte, index) => file[offset + index] === byte));
  if (!known) throw new AppError('invalid_input', { fields: { logo: 'Choose a PNG, JPEG or WebP image.' } });
  try {
    return await sharp(file, { limitInputPixels: 50_000_000, failOn: 'error' })
      .rotate()
      .resize({ width: 320, height: 320, fit: 'inside', withoutEnlargement: true })
      .png({ palette: true })
      .toBuffer();
  } catch {
    throw new AppError('invalid_input', { fields: { logo: 'This image cannot be read. Save it again, or choose another.' } });
  }
}
