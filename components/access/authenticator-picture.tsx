import Image from 'next/image';

/** The key of a fresh authenticator, to scan and to type. */
export function AuthenticatorPicture({ picture, secret }: { picture: string; secret: string }) {
  return (
    <>
      <p className="text-sm">Scan this with an authenticator app, or type the key into it. Then enter the code that it shows.</p>
      <Image
        unoptimized
        src={picture}
        alt="The key as a QR code"
        width={192}
        height={192}
        className="self-center rounded-lg border bg-white p-2"
      />
      <p className="text-sm">
        Key: <code className="select-all break-all font-mono">{secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
      </p>
    </>
  );
}
