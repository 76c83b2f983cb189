import 'server-only';
import sharp from 'sharp';
import { AppError } from '@/lib/infra/errors';

/** Whether the file begins as a PNG, JPEG or WebP does; anything else, however it is called, never reaches a decoder. */
function isRaster(file: Uint8Array): boolean {
  const head = Buffer.from(file.subarray(0, 12)).toString('hex');
  return head.startsWith('89504e470d0a1a0a') || head.startsWith('ffd8ff') || (head.startsWith('52494646') && head.endsWith('57454250'));
}

/**
 * Encodes an image anew as a PNG of at most 320 pixels a side, so that nothing of the file but its pixels is kept.
 * @param file PNG, JPEG or WebP; vector images are refused, because they can carry scripts
 * @throws {AppError} invalid_input
 */
export async function encodeLogo(file: Uint8Array): Promise<Buffer> {
  if (!isRaster(file)) throw new AppError('invalid_input', { fields: { logo: 'Choose a PNG, JPEG or WebP image.' } });
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
